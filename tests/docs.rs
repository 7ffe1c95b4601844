//! Help, completions, examples and the README say what the program does.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use snapbox::{assert_data_eq, file};

use crate::support::fault::FaultRegistry;
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story;

const README: &str = include_str!("../README.md");
const SHELLS: [(&str, &str); 5] = [
    ("bash", "bobctl.bash"),
    ("elvish", "bobctl.elv"),
    ("fish", "bobctl.fish"),
    ("powershell", "_bobctl.ps1"),
    ("zsh", "_bobctl"),
];

/// Every command with its path, the program itself first.
fn commands() -> Vec<Vec<String>> {
    fn collect(command: &clap::Command, path: &[String], into: &mut Vec<Vec<String>>) {
        into.push(path.to_vec());
        for inner in command.get_subcommands() {
            collect(inner, &[path, &[inner.get_name().to_owned()]].concat(), into);
        }
    }
    let mut paths = Vec::new();
    collect(&bobctl::command(), &[], &mut paths);
    paths
}

fn help(sandbox: &Sandbox, path: &[String]) -> String {
    sandbox.bobctl(path.iter().map(String::as_str).chain(["--help"])).run().ok()
}

#[test]
fn the_help_of_every_command_is_as_recorded() {
    let sandbox = Sandbox::new();
    let told = |path: &Vec<String>| {
        let words: Vec<&str> = ["bobctl"].into_iter().chain(path.iter().map(String::as_str)).collect();
        format!("$ {} --help\n\n{}", words.join(" "), help(&sandbox, path))
    };
    let all: Vec<String> = commands().iter().map(told).collect();
    let all = all.join("\n");
    assert_data_eq!(all, file!["snapshots/help.txt"].raw());
}

#[test]
fn the_completions_are_those_that_the_program_prints() {
    let sandbox = Sandbox::new();
    for (shell, name) in SHELLS {
        let printed = sandbox.bobctl(["completion", shell]).run().ok();
        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name);
        assert_data_eq!(printed, snapbox::Data::read_from(&recorded, None).raw());
    }
}

#[test]
fn every_flag_in_the_readme_exists() {
    let sandbox = Sandbox::new();
    let flag = Regex::new(r"--[a-z][a-z-]+").unwrap();
    let known: BTreeSet<String> = commands()
        .iter()
        .flat_map(|path| {
            flag.find_iter(&help(&sandbox, path)).map(|found| found.as_str().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    // Those of git, in the command that everything is about, and of cargo.
    let others = ["--short", "--get", "--show-current", "--no-default-features"];
    // Of cargo's one flag the README has the short form only: `--path` is ours as well.
    let unknown: Vec<&str> = flag
        .find_iter(README)
        .map(|found| found.as_str())
        .filter(|flag| !known.contains(*flag) && !others.contains(flag))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn each_push_of_the_readme_works_as_it_is_written() {
    let registry = FaultRegistry::start();
    let sandbox = Sandbox::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    sandbox.program("cp", ["-r", examples.to_str().unwrap(), "examples"]).run().ok();
    sandbox.write("sbom.spdx.json", "{}");
    let commit = sandbox.git_init(".", "https://github.com/org/webapp.git");
    let bin = Path::new(env!("CARGO_BIN_EXE_bobctl")).parent().unwrap();
    let blocks = README.split("```sh\n").filter(|block| block.starts_with("bobctl push artifact"));
    let expected = [
        ("k8sstormcenter/manifests/honey", &commit[..7]),
        ("k8sstormcenter/manifests/pinger", "1.0.0"),
        ("k8sstormcenter/files/webapp", "1.0.0"),
        ("k8sstormcenter/bobs/pinger", "1.0.0"),
        ("k8sstormcenter/sboms/pinger", "1.0.0"),
    ];
    let shelf = Shelf::of(registry.reference("k8sstormcenter/pinger"));
    let images = ["linux/amd64", "linux/arm64"].map(|platform| shelf.image(None, platform, "pinger"));
    shelf.index("1.0.0", &[&images[0], &images[1]]);
    let blocks: Vec<&str> = blocks.map(|block| block.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), expected.len(), "{blocks:?}");
    for (block, (repository, tag)) in blocks.into_iter().zip(expected) {
        let script = block.replace("127.0.0.1:5000", &registry.host());
        assert_ne!(script, block);
        let run = sandbox.program("sh", ["-ec", &script]).path_first(bin).run();
        let notes: Vec<&str> = run.stderr().lines().collect();
        let is_link = block.contains("--link");
        let expected =
            notes.len() == usize::from(is_link) && notes.iter().all(|note| note.contains("linked to sha256:"));
        assert!(expected, "{block}{notes:?}");
        let tag = registry.tag(repository, tag).unwrap_or_else(|| panic!("{tag} of {repository}"));
        assert_eq!(story::digest(&run.ok()), tag.to_string());
    }
}

#[test]
fn the_readme_names_every_environment_variable_that_is_read() {
    let context = include_str!("../src/cli/context.rs");
    let constant = Regex::new(r#"(?m)^const [A-Z_]+: &str = "([A-Z_]+)";"#).unwrap();
    let names: Vec<&str> = constant.captures_iter(context).map(|found| found.extract::<1>().1[0]).collect();
    assert!(names.len() > 5, "{names:?}");
    // Where programs and the home folder are is no setting of ours.
    let missing: Vec<&&str> = names
        .iter()
        .filter(|name| !["PATH", "HOME"].contains(*name) && !README.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
