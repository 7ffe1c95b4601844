//! Which files are packed, and which Flux will leave out.

use super::*;

fn ignoring(patterns: &[&str]) -> Options {
    Options { ignore_paths: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(), ..Options::default() }
}

#[test]
fn gits_own_files_are_left_out_unless_asked_for() {
    let all = [
        ".bobignore",
        ".git/config",
        ".gitattributes",
        ".gitignore",
        ".gitmodules",
        "a/.git",
        "a/.gitignore",
        "bob.yaml",
    ];
    let folder = Folder::of(&all);
    assert_eq!(folder.packed_paths(&Options::default()), ["bob.yaml"]);
    let everything = Options { default_ignores: false, ..Options::default() };
    assert_eq!(folder.packed_paths(&everything), all);
}

#[test]
fn nothing_else_is_left_out() {
    let folder =
        Folder::of(&[".github/w.yml", ".hidden", ".ignore", ".rgignore", "a~", "b.swp", "sub/x", "target/t", "x.png"])
            .file(".gitignore", "*\n")
            .file(".ignore", "*\n")
            .file("sub/.ignore", "*\n")
            .file(".git/info/exclude", "*\n");
    fs::write(folder.path.with_file_name(".gitignore"), "*\n").unwrap();
    fs::write(folder.path.with_file_name(".bobignore"), "*\n").unwrap();
    assert_eq!(
        folder.packed_paths(&Options::default()),
        [
            ".github/w.yml",
            ".hidden",
            ".ignore",
            ".rgignore",
            "a~",
            "b.swp",
            "sub/.ignore",
            "sub/x",
            "target/t",
            "x.png"
        ]
    );
}

#[test]
fn bobignore_files_hold_below_their_folder_and_the_inner_one_wins() {
    let folder = Folder::of(&["a.log", "sub/a.log", "sub/keep.log", "sub/top", "sub/deep/b.tmp", "top", "b.tmp"])
        .file(".bobignore", "\u{feff}# comment\r\n*.log\r\n/top\r\n\r\n")
        .file("sub/.bobignore", "!keep.log\n*.tmp\n");
    assert_eq!(folder.packed_paths(&Options::default()), ["b.tmp", "sub/keep.log", "sub/top"]);
}

#[test]
fn ignore_paths_win_over_bobignore_and_bobignore_over_the_defaults() {
    let folder = Folder::of(&["a.md", "b.md", ".gitattributes", "c.txt"]).file(".bobignore", "a.md\n!.gitattributes\n");
    assert_eq!(folder.packed_paths(&Options::default()), [".gitattributes", "b.md", "c.txt"]);
    assert_eq!(folder.packed_paths(&ignoring(&["*.txt", "!a.md", ".gitattributes"])), ["a.md", "b.md"]);
}

#[test]
fn patterns_are_gits() {
    let all = ["build/x", "doc/a.md", "doc/sub/b.md", "sub/build", "sub/doc/c.md"];
    for (pattern, packed) in [
        ("build/", vec!["doc/a.md", "doc/sub/b.md", "sub/build", "sub/doc/c.md"]),
        ("/doc", vec!["build/x", "sub/build", "sub/doc/c.md"]),
        ("doc/*.md", vec!["build/x", "doc/sub/b.md", "sub/build", "sub/doc/c.md"]),
        ("**/doc/**", vec!["build/x", "sub/build"]),
        ("[b-c].md", vec!["build/x", "doc/a.md", "sub/build"]),
    ] {
        assert_eq!(Folder::of(&all).packed_paths(&ignoring(&[pattern])), packed, "{pattern}");
    }
}

#[test]
fn a_single_file_can_be_ignored_too() {
    let folder = Folder::of(&["bob.yaml", ".gitignore"]);
    let file = Input::Path(folder.path.join("bob.yaml"));
    assert!(matches!(plan(&file, &ignoring(&["*.yaml"])).unwrap_err(), PackError::Empty(_)));
    let file = Input::Path(folder.path.join(".gitignore"));
    assert!(matches!(plan(&file, &Options::default()).unwrap_err(), PackError::Empty(_)));
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_ignored_is_never_an_error() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::of(&["bob.yaml", "aux.yaml", "x/con/a", "Bob.YAML"])
        .link("dangling", "nowhere")
        .link("loop", "loop")
        .link("up", "..")
        .link("outside", "/etc")
        .fifo("fifo");
    fs::write(folder.path.join(std::ffi::OsStr::from_bytes(b"bad\xff")), "").unwrap();
    let patterns = ["aux.*", "con/", "Bob.YAML", "dangling", "loop/", "up/", "outside", "bad*", "fifo"];
    assert_eq!(folder.packed_paths(&ignoring(&patterns)), ["bob.yaml"]);
    for left in 0..patterns.len() {
        let mut fewer = patterns.to_vec();
        fewer.remove(left);
        assert!(folder.plan_with(&ignoring(&fewer)).is_err(), "{}", patterns[left]);
    }
}

#[test]
#[cfg(unix)]
fn links_are_packed_as_what_they_point_to() {
    let folder = Folder::new()
        .file("real/a.yaml", "a")
        .file("real/run", "#!")
        .mode("real/run", 0o755)
        .link("file.yaml", "real/a.yaml")
        .link("chain", "file.yaml")
        .link("folder", "real")
        .link("sub/up", "../real/run");
    let absolute = folder.path.join("real/a.yaml");
    let folder = folder.link("absolute", absolute);
    let copied = Folder::new()
        .file("real/a.yaml", "a")
        .file("real/run", "#!")
        .mode("real/run", 0o755)
        .file("file.yaml", "a")
        .file("chain", "a")
        .file("folder/a.yaml", "a")
        .file("folder/run", "#!")
        .mode("folder/run", 0o755)
        .file("sub/up", "#!")
        .mode("sub/up", 0o755)
        .file("absolute", "a");
    assert!(folder.layer() == copied.layer());
}

#[test]
#[cfg(unix)]
fn a_folder_may_be_named_by_a_link() {
    let folder = Folder::new().file("real/a.yaml", "a").link("link", "real").link("real/b.yaml", "a.yaml");
    let linked = plan(&Input::Path(folder.path.join("link")), &Options::default()).unwrap();
    assert_eq!(paths_of(&linked), ["a.yaml", "b.yaml"]);
}

#[test]
#[cfg(unix)]
fn resolving_links_packs_what_lies_outside() {
    let elsewhere = Folder::of(&["x/y.yaml", "z.yaml"]).link("x/in", "../z.yaml");
    let folder = Folder::of(&["bob.yaml"]).link("out", &elsewhere.path).link("z", elsewhere.path.join("z.yaml"));
    let options = Options { resolve_symlinks: true, ..Options::default() };
    assert_eq!(folder.packed_paths(&options), ["bob.yaml", "out/x/in", "out/x/y.yaml", "out/z.yaml", "z"]);
}

#[test]
fn flux_leaves_out_pictures_archives_and_ci_files() {
    let folder = Folder::of(&["a/.github/w.yml", "bob.yaml", "doc/x.png", "x.tar.gz", "x.tgz", ".sops.yaml", "png"]);
    assert_eq!(folder.plan().unwrap().left_out_by_flux(), [".sops.yaml", "a/.github/w.yml", "doc/x.png", "x.tar.gz"]);
}

#[test]
fn a_sourceignore_overrules_what_flux_leaves_out() {
    let folder = Folder::of(&["a.png", "b.zip", "bob.yaml", "notes.txt", "sub/a.png", "sub/b.zip", "sub/notes.txt"])
        .file(".sourceignore", "# pictures are wanted\n!*.png\n*.txt\n")
        .file("sub/.sourceignore", "!notes.txt\n/a.png\n");
    assert_eq!(folder.plan().unwrap().left_out_by_flux(), ["b.zip", "notes.txt", "sub/a.png", "sub/b.zip"]);
}
