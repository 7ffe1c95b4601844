//! A layout that several tools write into, one after the other: each finds all that the others have left.

use super::tool::{self, listed, of, olareg, plain, regctl_flag, tool};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, digest, pull, push, webapp};

/// Copies `TAG` from the registry into the layout, with the tool of this name.
fn copy<'a>(sandbox: &'a Sandbox, with: &str, from: &str, tag: &str) -> Option<Command<'a>> {
    let run = tool(sandbox, with)?;
    let layout = story::layout(sandbox);
    let (from, to) = (format!("{from}:{tag}"), layout.tagged(tag));
    let (host, _) = from.split_once('/').expect("a host");
    Some(match with {
        "oras" => run(&["copy", "--from-plain-http", &from, "--to-oci-layout", plain(&to)]),
        "regctl" => run(&[&regctl_flag(host), "image", "copy", &from, &tool::regctl_name(&to)]),
        "skopeo" => {
            let from = format!("docker://{from}");
            run(&["copy", "--quiet", "--src-tls-verify=false", &from, &tool::skopeo_name(&to)])
        }
        "crane" => run(&["pull", "--format=oci", "--annotate-ref", &from, plain(layout.repository())]),
        other => panic!("{other} is none of the tools"),
    })
}

/// The digest that the tool finds in the layout.
fn found(sandbox: &Sandbox, with: &str, tag: &str) -> String {
    let run = tool(sandbox, with).expect("it was there before");
    let reference = story::layout(sandbox).tagged(tag);
    let raw = match with {
        "oras" => run(&["manifest", "fetch", "--oci-layout", plain(&reference)]),
        "regctl" => run(&["manifest", "get", "--format=raw-body", &tool::regctl_name(&reference)]),
        "skopeo" => run(&["inspect", "--raw", &tool::skopeo_name(&reference)]),
        other => panic!("{other} reads no tags of layouts"),
    };
    of(&raw.run().ok())
}

/// A layout made by `with`: `list`, `pull` and `tag` work on it, and the tool still reads it.
fn adopt(with: &str) {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some((_alive, host)) = olareg() else { return };
    let repository = format!("{host}/org/webapp");
    let pushed = digest(&push(&sandbox, &format!("oci://{repository}:1.0.0"), "bob", &[]).run().ok());
    let Some(copy) = copy(&sandbox, with, &repository, "1.0.0") else { return };
    copy.run().ok();

    let layout = story::layout(&sandbox);
    assert_eq!(listed(&sandbox, layout.repository()), [("1.0.0".to_owned(), pushed.clone())].into());
    pull(&sandbox, &layout.tagged("1.0.0"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    sandbox.bobctl(["tag", "artifact", &layout.tagged("1.0.0"), "--tag", "stable"]).run().ok();
    if with == "crane" {
        // It reads a layout as a whole: two names are two entries, which go into an index.
        let there = format!("{host}/from/layout:1");
        let crane = tool(&sandbox, "crane").expect("it was there before");
        crane(&["push", "--index", plain(layout.repository()), &there]).run().ok();
        assert_eq!(
            crane(&["digest", "--platform=all", &format!("{host}/from/layout@{pushed}")]).run().ok().trim_end(),
            pushed
        );
        return;
    }
    for tag in ["1.0.0", "stable"] {
        assert_eq!(found(&sandbox, with, tag), pushed, "{tag}");
    }
}

#[test]
fn oras_made_the_layout() {
    adopt("oras");
}

#[test]
fn regctl_made_the_layout() {
    adopt("regctl");
}

#[test]
fn skopeo_made_the_layout() {
    adopt("skopeo");
}

#[test]
fn crane_made_the_layout_with_a_full_name() {
    adopt("crane");
}

#[test]
fn crane_made_the_layout_without_a_name() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (Some(crane), Some((_alive, host))) = (tool(&sandbox, "crane"), olareg()) else { return };
    let reference = format!("{host}/org/webapp:1.0.0");
    let pushed = digest(&push(&sandbox, &format!("oci://{reference}"), "bob", &[]).run().ok());
    let layout = story::layout(&sandbox);
    crane(&["pull", "--format=oci", &reference, plain(layout.repository())]).run().ok();

    // Whoever asks for the tag is told what there is instead.
    let error = pull(&sandbox, &layout.tagged("1.0.0"), "out", &[]).run().fails(3);
    assert!(error.contains("1.0.0") && error.contains(&layout.at(&pushed)), "{error}");
    let by_digest = layout.at(&pushed);
    pull(&sandbox, &by_digest, "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));

    // One name is still one entry, which crane takes back.
    sandbox.bobctl(["tag", "artifact", &by_digest, "--tag", "1.0.0"]).run().ok();
    let back = format!("{host}/from/layout:1.0.0");
    crane(&["push", plain(layout.repository()), &back]).run().ok();
    assert_eq!(crane(&["digest", &back]).run().ok().trim_end(), pushed);
}

#[test]
fn nothing_is_lost_when_tools_take_turns() {
    for with in ["oras", "regctl", "skopeo"] {
        let sandbox = Sandbox::new();
        let Some((_alive, host)) = olareg() else { return };
        let (layout, repository) = (story::layout(&sandbox), format!("{host}/org/webapp"));
        let push = |reference: &str, content: &str| {
            sandbox.write("bob/content", content);
            digest(&push(&sandbox, reference, "bob", &[]).run().ok())
        };
        // In turn: the tool copies one from the registry, `push` writes one into the layout.
        let mut expected = Vec::new();
        let mut left_out = false;
        for round in 0..3 {
            let theirs = format!("theirs-{round}");
            expected.push((theirs.clone(), push(&format!("oci://{repository}:{theirs}"), &theirs)));
            let Some(copy) = copy(&sandbox, with, &repository, &theirs) else {
                left_out = true;
                break;
            };
            copy.run().ok();
            let ours = format!("ours-{round}");
            expected.push((ours.clone(), push(&layout.tagged(&ours), &ours)));
        }
        if left_out {
            continue;
        }
        let nameless = push(layout.repository(), "without a tag");
        // The same tag again, from the other side; and a tag of ours moved to what the tool has brought.
        copy(&sandbox, with, &repository, "theirs-0").expect("it was there before").run().ok();
        sandbox.bobctl(["tag", "artifact", &layout.tagged("theirs-1"), "--tag", "moved"]).run().ok();
        expected.push(("moved".to_owned(), expected[2].1.clone()));

        assert_eq!(listed(&sandbox, layout.repository()), expected.iter().cloned().collect(), "{with}");
        for (tag, digest) in &expected {
            assert_eq!(found(&sandbox, with, tag), *digest, "{with}, {tag}");
            let out = format!("{tag} out");
            pull(&sandbox, &layout.tagged(tag), &out, &[]).run().ok();
            let content = if tag == "moved" { "theirs-1" } else { tag };
            assert_eq!(sandbox.read(format!("{out}/content")), content, "{with}");
        }
        pull(&sandbox, &layout.at(&nameless), "nameless out", &[]).run().ok();
        assert_eq!(sandbox.read("nameless out/content"), "without a tag", "{with}");
    }
}
