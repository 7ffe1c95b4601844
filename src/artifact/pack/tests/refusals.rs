//! What cannot be packed is named.

use super::*;

#[test]
fn nothing_to_pack_is_an_error() {
    let empty = Folder::new().empty_folder("a/b");
    let error = empty.plan().unwrap_err();
    assert!(matches!(&error, PackError::Empty(path) if *path == empty.path));
    assert!(error.hint().unwrap().contains(".bobignore"));
    let ignored = Folder::of(&["a"]).file(".bobignore", "*\n");
    assert!(matches!(ignored.plan().unwrap_err(), PackError::Empty(_)));
}

#[test]
fn what_is_not_there_is_missing() {
    let folder = Folder::of(&["file"]);
    for path in ["nowhere", "file/below"] {
        let path = folder.path.join(path);
        let error = plan(&Input::Path(path.clone()), &Options::default()).unwrap_err();
        assert!(matches!(&error, PackError::Missing(_)), "{error}");
        assert!(error.to_string().ends_with(&path.display().to_string()));
    }
}

#[test]
#[cfg(unix)]
fn names_that_some_system_cannot_hold_are_refused() {
    for (path, shown, why) in [
        ("a/aux.yaml", "a/aux.yaml", "device"),
        ("nul/x/y", "nul", "device"),
        ("a\\b", "a\\b", "separates"),
        ("v1../x", "v1..", "dot"),
        ("a ", "a ", "space"),
        ("what?", "what?", "'?'"),
        ("c:x", "c:x", "':'"),
        ("bell\u{7}", "bell\\u{7}", "U+0007"),
    ] {
        let refusal = Folder::of(&["ok", path]).refusal();
        assert!(matches!(refusal, Refusal::Name { .. }));
        let message = refusal.to_string();
        assert!(message.contains(&format!("bob/{shown}':")) && message.contains(why), "{message}");
    }
}

#[test]
fn names_of_content_in_memory_are_checked_too() {
    for name in ["../bob.yaml", "a/b", "nul.yaml", ""] {
        let input = Input::Bytes { name: name.into(), bytes: Bytes::new() };
        assert!(
            matches!(plan(&input, &Options::default()).unwrap_err(), PackError::Refused(Refusal::Name { .. })),
            "{name}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_are_not_utf8_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::of(&["ok"]);
    let bad = folder.path.join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    fs::create_dir(&bad).unwrap();
    assert_eq!(paths_of(&folder.plan().unwrap()), ["ok"]);
    fs::write(bad.join("x"), "").unwrap();
    assert!(folder.refusal().to_string().contains("UTF-8"));
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_are_one_name_elsewhere_are_refused() {
    for (one, other) in [
        ("Bob.yaml", "bob.YAML"),
        ("A/x", "a/y"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("sub/a", "sub/A/b"),
        ("straße", "STRASSE"),
    ] {
        let refusal = Folder::of(&[one, other, "ok"]).refusal();
        assert!(matches!(refusal, Refusal::Collision { .. }), "{refusal}");
        assert!(refusal.to_string().contains("both"), "{refusal}");
    }
    // What is not packed does not collide.
    assert_eq!(paths_of(&Folder::of(&["a/x"]).empty_folder("A").plan().unwrap()), ["a/x"]);
}

#[test]
#[cfg(unix)]
fn links_that_cannot_be_packed_are_named() {
    let elsewhere = Folder::of(&["x"]);
    let leaves = Folder::of(&["ok"]).link("out", elsewhere.path.join("x"));
    let message = leaves.refusal().to_string();
    assert!(message.contains("bob/out' leaves the folder") && message.contains("bob/x'"), "{message}");
    assert!(leaves.plan().unwrap_err().hint().unwrap().contains("--resolve-symlinks"));

    let beside = Folder::of(&["ok"]);
    fs::create_dir(beside.path.with_file_name("bob-2")).unwrap();
    assert!(matches!(beside.link("out", "../bob-2").refusal(), Refusal::LinkLeaves { .. }));

    for target in ["nowhere", "ok/below"] {
        let refusal = Folder::of(&["ok"]).link("sub/dangling", format!("../{target}")).refusal();
        assert!(refusal.to_string().contains("bob/sub/dangling' points to nothing"), "{refusal}");
    }
    for (path, target) in [("loop", "loop"), ("a/up", ".."), ("a/here", "."), ("self", ".")] {
        let refusal = Folder::of(&["a/x"]).link(path, target).refusal();
        assert!(refusal.to_string().contains(&format!("bob/{path}' loops")), "{refusal}");
    }
    assert!(matches!(Folder::of(&["x"]).link("a/b", "../b").link("b/a", "../a").refusal(), Refusal::LinkLoops(_)));
}

#[test]
#[cfg(unix)]
fn loops_are_errors_even_when_links_are_resolved() {
    let resolve = Options { resolve_symlinks: true, ..Options::default() };
    for target in ["loop", ".", ".."] {
        let error = Folder::of(&["ok"]).link("loop", target).plan_with(&resolve).unwrap_err();
        assert!(error.to_string().ends_with("bob/loop' loops"), "{target}: {error}");
    }
    let error = Folder::of(&["ok"]).link("gone", "/nowhere/at/all").plan_with(&resolve).unwrap_err();
    assert!(matches!(error, PackError::Refused(Refusal::LinkDangles(_))), "{error}");
}

#[test]
#[cfg(unix)]
fn what_is_neither_file_nor_folder_is_refused() {
    let fifo = Folder::of(&["ok"]).fifo("pipe");
    assert!(fifo.refusal().to_string().ends_with("bob/pipe': it is a FIFO"));
    let linked = Folder::of(&["ok"]);
    let _socket = std::os::unix::net::UnixListener::bind(linked.path.join("s")).unwrap();
    assert!(linked.refusal().to_string().ends_with("bob/s': it is a socket"));
    let device = plan(&Input::Path("/dev/null".into()), &Options::default()).unwrap_err();
    assert_eq!(device.to_string(), "cannot pack '/dev/null': it is a device");
    let resolve = Options { resolve_symlinks: true, ..Options::default() };
    let error = Folder::of(&["ok"]).link("null", "/dev/null").plan_with(&resolve).unwrap_err();
    assert!(error.to_string().ends_with("bob/null': it is a device"));
}

#[test]
fn more_names_in_a_path_than_are_unpacked_are_refused() {
    let path = |names: usize| vec!["d"; names].join("/");
    assert_eq!(paths_of(&Folder::of(&[&path(64)]).plan().unwrap()), [path(64)]);
    assert!(matches!(Folder::of(&[&path(65)]).refusal(), Refusal::TooDeep(_)));
}

#[test]
fn a_pattern_that_is_none_is_named_with_its_line() {
    let refusal = Folder::of(&["ok"]).file("sub/.bobignore", "fine\n\n{a\n").refusal();
    assert!(refusal.to_string().contains("bob/sub/.bobignore:3: "), "{refusal}");
    assert!(refusal.to_string().contains("{a"), "{refusal}");
    let refusal = Folder::of(&["ok"]).file(".bobignore", b"fine\n\xff\n").refusal();
    assert!(refusal.to_string().ends_with("bob/.bobignore:2: the line is not UTF-8"), "{refusal}");
    let options = Options { ignore_paths: vec!["{a".into()], ..Options::default() };
    let error = Folder::of(&["ok"]).plan_with(&options).unwrap_err();
    assert!(error.to_string().starts_with("--ignore-paths: "), "{error}");
}

#[test]
#[cfg(unix)]
fn a_bobignore_that_is_no_file_is_not_waited_for() {
    let folder = Folder::of(&["ok"]).fifo(".bobignore");
    assert_eq!(folder.packed_paths(&Options::default()), ["ok"]);
}
