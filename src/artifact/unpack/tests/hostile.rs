//! Hostile and broken layers, SEC-20 to SEC-27 and SEC-30: each is an error that says what is wrong, and nothing beside or
//! below the output's parent changes.

use super::archive::{Tar, gzip, noise, put, record};
use super::*;

/// What the error has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Hostile,
    Broken,
    Limit,
}
use Class::{Broken, Hostile, Limit};

struct Case {
    name: &'static str,
    layers: Vec<Vec<u8>>,
    class: Class,
    part: &'static str,
}

fn case(name: &'static str, tar: Tar, class: Class, part: &'static str) -> Case {
    bytes(name, gzip(&tar.end()), class, part)
}

fn bytes(name: &'static str, layer: Vec<u8>, class: Class, part: &'static str) -> Case {
    Case { name, layers: vec![layer], class, part }
}

fn file(name: &str) -> Tar {
    Tar::new().file(name, 0o644, b"x")
}

fn sized(size: &'static str) -> Tar {
    Tar::new().with(b'0', "a", b"x", |header| put(header, 124, size))
}

fn names() -> Vec<Case> {
    let renamed = |path: &str| Tar::new().pax(&[("path", path)]).file("innocent", 0o644, b"x");
    let long =
        |name: &str| Tar::new().entry(b'L', "././@LongLink", 0o644, name.as_bytes()).file("innocent", 0o644, b"x");
    vec![
        case("absolute path", file("/etc/passwd"), Hostile, r#""/etc/passwd" is refused: its path is absolute"#),
        case("parent", file("../escape"), Hostile, "'..'"),
        case("parent behind a folder", file("a/../../escape"), Hostile, "'..'"),
        case("parent behind a dot", file("./../escape"), Hostile, "'..'"),
        case("parent as a folder", Tar::new().folder("../escape/", 0o755), Hostile, "'..'"),
        case("double slash", file("//host/share"), Hostile, "absolute"),
        case("UNC", file("\\\\host\\share"), Hostile, "separates"),
        case("parent by backslash", file("..\\escape"), Hostile, "separates"),
        case("drive letter", file("C:/windows"), Hostile, "drive letter"),
        case("no name", file(""), Hostile, "no name"),
        case("device name", file("d/nul.yaml"), Hostile, "device"),
        case("trailing dot", file("a."), Hostile, "dot or a space"),
        case("trailing space", file("a /b"), Hostile, "dot or a space"),
        case("dot in the middle", file("a/./b"), Hostile, "'.'"),
        case("empty part", file("a//b"), Hostile, "empty"),
        case("escape sequence", file("a\x1b[2Jb"), Hostile, "control character"),
        case("not UTF-8", Tar::new().with(b'0', "a", b"", |header| header[0] = 0xff), Hostile, "UTF-8"),
        case("NUL in the name", file("a\0/../escape"), Hostile, "NUL"),
        case("file with a slash", file("a/"), Hostile, "name of a folder"),
        case("file as the root", file("./"), Hostile, "name of a folder"),
        case(
            "parent in the prefix",
            Tar::new().with(b'0', "escape", b"x", |header| put(header, 345, "..")),
            Hostile,
            r#""../escape" is refused"#,
        ),
        case("parent by PAX path", renamed("../escape"), Hostile, r#""../escape" is refused"#),
        case("absolute by PAX path", renamed("/etc/passwd"), Hostile, "absolute"),
        case("empty PAX path", renamed(""), Hostile, "no name"),
        case("NUL in the PAX path", renamed("a\0b"), Hostile, "control character"),
        case("parent by GNU name", long("../escape\0"), Hostile, r#""../escape" is refused"#),
        case("NUL in the GNU name", long("a\0b\0"), Hostile, "control character"),
        case(
            "PAX and GNU name",
            {
                let tar = Tar::new().pax(&[("path", "a")]).entry(b'L', "././@LongLink", 0o644, b"b\0");
                tar.file("c", 0o644, b"x")
            },
            Hostile,
            "two forms",
        ),
    ]
}

fn kinds() -> Vec<Case> {
    let link = |kind| Tar::new().with(kind, "link", b"", |header| put(header, 157, "../../etc/passwd"));
    let chain = Tar::new().with(b'2', "d", b"", |header| put(header, 157, "..")).file("d/escape", 0o644, b"x");
    let long_link =
        |kind| Tar::new().entry(b'K', "././@LongLink", 0o644, b"../target\0").entry(kind, "link", 0o644, b"");
    vec![
        case("symbolic link", link(b'2'), Hostile, r#""link" is refused: it is a symbolic link"#),
        case("hard link", link(b'1'), Hostile, "hard link"),
        case("file through a link", chain, Hostile, r#""d" is refused: it is a symbolic link"#),
        case("character device", link(b'3'), Hostile, "character device"),
        case("block device", link(b'4'), Hostile, "block device"),
        case("FIFO", link(b'6'), Hostile, "FIFO"),
        case("contiguous file", link(b'7'), Hostile, "neither a file nor a folder"),
        case("GNU sparse", link(b'S'), Hostile, "sparse"),
        case("GNU volume label", link(b'V'), Hostile, "neither"),
        case("Solaris extended header", link(b'X'), Hostile, "neither"),
        case("unknown type", link(b'?'), Hostile, "neither"),
        case("long link target", long_link(b'2'), Hostile, r#""link" is refused: it is a symbolic link"#),
        case("link target on a file", long_link(b'0'), Hostile, "no link"),
        case("linkpath on a file", Tar::new().pax(&[("linkpath", "/etc")]).file("a", 0o644, b""), Hostile, "a link"),
        case(
            "PAX sparse",
            Tar::new().pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")]).file("a", 0o644, b""),
            Hostile,
            "sparse",
        ),
        case("folder with content", Tar::new().entry(b'5', "d/", 0o755, b"x"), Hostile, "folder with content"),
    ]
}

fn collisions() -> Vec<Case> {
    let both = |one: &str, other: &str| Tar::new().file(one, 0o644, b"1").file(other, 0o644, b"2");
    let mut cases = vec![
        case("the same name twice", both("a", "a"), Hostile, "a file of that path already"),
        case("the same name spelt twice", both("a", "./a"), Hostile, "a file of that path already"),
        case("letter case", both("bob.yaml", "BOB.yaml"), Hostile, "same name on some disks"),
        case("letter case of folders", both("d/a", "D/b"), Hostile, "same name on some disks"),
        case("normalisation", both("\u{e9}", "e\u{301}"), Hostile, "same name on some disks"),
        case("case folding", both("\u{df}", "SS"), Hostile, "same name on some disks"),
        case("a file below a file", both("a", "a/b"), Hostile, "a file of that path already"),
        case("a file over a folder", both("a/b", "a"), Hostile, "a folder of that path already"),
        case("a folder over a file", file("a").folder("a/", 0o755), Hostile, "a file of that path already"),
        case("a folder twice", Tar::new().folder("d/", 0o755).folder("d", 0o755), Hostile, "twice"),
    ];
    let layers = vec![gzip(&file("a").end()), gzip(&file("A").end())];
    cases.push(Case { name: "between layers", layers, class: Hostile, part: "same name on some disks" });
    cases
}

fn headers() -> Vec<Case> {
    let pax = |key: &str, value: &str| Tar::new().pax(&[(key, value)]).file("a", 0o644, b"x");
    let global = |key: &str, value: &str| {
        Tar::new().entry(b'g', "pax_global_header", 0o666, record(key, value).as_bytes()).file("a", 0o644, b"x")
    };
    vec![
        case(
            "negative size",
            Tar::new().with(b'0', "a", b"x", |header| header[124..136].fill(0xff)),
            Hostile,
            "negative",
        ),
        case(
            "size beyond 63 bits",
            {
                Tar::new()
                    .with(b'0', "a", b"x", |header| header[124..136].copy_from_slice(b"\x80\0\0\0\xff\0\0\0\0\0\0\x01"))
            },
            Hostile,
            "too large",
        ),
        case(
            "size beyond 64 bits",
            {
                Tar::new()
                    .with(b'0', "a", b"x", |header| header[124..136].copy_from_slice(b"\x80\x01\0\0\0\0\0\0\0\0\0\x01"))
            },
            Hostile,
            "too large",
        ),
        case("size with a minus", sized("-0000000001\0"), Hostile, "number"),
        case("size in words", sized("one\0\0\0\0\0\0\0\0\0"), Hostile, "number"),
        case("PAX size that differs", pax("size", "1000"), Hostile, "two sizes"),
        case(
            "PAX size that hides an entry",
            {
                let hidden = file("../escape").0;
                Tar::new().pax(&[("size", &hidden.len().to_string())]).file("a", 0o644, b"").raw(&hidden)
            },
            Hostile,
            "two sizes",
        ),
        case("negative PAX size", pax("size", "-1"), Hostile, "size"),
        case("PAX size beyond 63 bits", pax("size", "9223372036854775808"), Hostile, "size"),
        case("PAX path twice", Tar::new().pax(&[("path", "a"), ("path", "b")]).file("c", 0o644, b""), Hostile, "twice"),
        case(
            "two extended headers",
            Tar::new().pax(&[]).pax(&[]).file("a", 0o644, b""),
            Hostile,
            "two extended headers",
        ),
        case(
            "damaged extended header",
            Tar::new().entry(b'x', "././@PaxHeader", 0o644, b"999 path=a\n").file("a", 0o644, b""),
            Hostile,
            "extended header is damaged",
        ),
        case("global path", global("path", "../escape"), Hostile, r#""pax_global_header" is refused"#),
        case("global size", global("size", "0"), Hostile, "every entry"),
        case("global linkpath", global("linkpath", "x"), Hostile, "link"),
        case(
            "mode that is none",
            Tar::new().with(b'0', "a", b"x", |header| put(header, 100, "rwx")),
            Hostile,
            "number",
        ),
        case("extended header at the end", Tar::new().pax(&[("path", "a")]), Broken, "between an extended header"),
    ]
}

fn streams() -> Vec<Case> {
    let good = Tar::new().file("a", 0o644, &noise(2000, 1));
    let whole = gzip(&good.clone().end());
    let large = gzip(&Tar::new().file("a", 0o644, &noise(1 << 20, 1)).file("b", 0o644, &noise(1 << 20, 2)).end());
    let joined = |parts: &[&[u8]]| parts.concat();
    let mut damaged = whole.clone();
    damaged[30] ^= 1;
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    let behind = |more: &[u8]| gzip(&joined(&[&good.clone().end(), more]));
    vec![
        bytes("nothing at all", Vec::new(), Broken, "gzip stream ends too early"),
        bytes("no gzip", good.clone().end(), Broken, "not a gzip stream"),
        bytes("gzip of nothing", gzip(b""), Broken, "tar archive ends too early"),
        bytes("gzip of no tar", gzip(&b"kind: ApplicationProfile\n".repeat(100)), Broken, "no tar archive"),
        bytes("gzip of a short text", gzip(b"hello"), Broken, "ends too early"),
        bytes("gzip header alone", whole[..10].to_vec(), Broken, "ends too early"),
        bytes("gzip cut in its content", whole[..whole.len() / 2].to_vec(), Broken, "ends too early"),
        bytes("gzip cut in its trailer", whole[..whole.len() - 1].to_vec(), Broken, "gzip stream ends too early"),
        bytes("large gzip cut", large[..large.len() - 70_000].to_vec(), Broken, "ends too early"),
        bytes("damaged gzip", damaged, Broken, ""),
        bytes("wrong gzip checksum", wrong_sum, Broken, "damaged"),
        bytes(
            "garbage behind gzip",
            joined(&[&whole, b"garbage behind the end"]),
            Broken,
            "followed by something else",
        ),
        bytes("one byte behind gzip", joined(&[&whole, b"\0"]), Broken, "ends too early"),
        bytes("zeros behind gzip", joined(&[&whole, &[0; 512]]), Broken, "followed by something else"),
        bytes("half a second member", joined(&[&whole, &whole[..20]]), Broken, "ends too early"),
        bytes("a second archive", joined(&[&whole, &gzip(&file("b").end())]), Broken, "behind the end"),
        bytes("data behind the end", behind(b"x"), Broken, "behind the end"),
        bytes("data far behind the end", behind(&joined(&[&[0; 700_000], b"x"])), Broken, "behind the end"),
        bytes("tar without an end", gzip(&good.0), Broken, "tar archive ends too early"),
        bytes("tar with half an end", gzip(&joined(&[&good.0, &[0; 512]])), Broken, "tar archive ends too early"),
        bytes("tar cut in a header", gzip(&joined(&[&good.0, &good.0[..100]])), Broken, "tar archive ends too early"),
        bytes("tar cut in a file", gzip(&good.0[..1000]), Broken, "tar archive ends too early"),
        bytes(
            "tar cut in a large file",
            gzip(&Tar::new().file("a", 0o644, &noise(2 << 20, 1)).0[..1 << 20]),
            Broken,
            "early",
        ),
        bytes("a size that nothing follows", gzip(&sized("00010000000\0").0), Broken, "tar archive ends too early"),
        case("empty block amid", good.clone().raw(&[0; 512]).file("b", 0o644, b""), Broken, "empty block amid"),
        bytes(
            "wrong checksum",
            {
                let mut tar = good.clone().end();
                tar[0] ^= 1;
                gzip(&tar)
            },
            Broken,
            "no tar archive",
        ),
    ]
}

fn limits() -> Vec<Case> {
    let many = (0..60).fold(Tar::new(), |tar, number| tar.file(&format!("f{number}"), 0o644, b""));
    let entry = (0..9).fold(Tar::new(), |tar, number| tar.file(&format!("f{number}"), 0o644, &noise(1 << 20, number)));
    let long = "x".repeat(60);
    let comment = |kind, size| Tar::new().entry(kind, "header", 0o644, record("comment", &"c".repeat(size)).as_bytes());
    let global = comment(b'g', 60_000);
    let gnu = Tar::new().entry(b'L', "././@LongLink", 0o644, &vec![b'a'; 70_000]).file("a", 0o644, b"");
    vec![
        case("a large file", Tar::new().file("a", 0o644, &noise((5 << 20) + 1, 1)), Limit, "and a file may have"),
        case("many bytes", entry, Limit, "it unpacks to more than 8388608 bytes"),
        case("a size that is only claimed", sized("77777777777\0"), Limit, "and a file may have"),
        case("many files", many, Limit, "more than 50 files and folders"),
        case(
            "many folders in one path",
            (0..8).fold(Tar::new(), |tar, n| tar.file(&format!("{n}/b/c/d/e/f/g"), 0o644, b"")),
            Limit,
            "more than 50 files and folders",
        ),
        case("many levels", file(&format!("{}f", "d/".repeat(8))), Limit, "9 parts, and 8 are allowed"),
        case(
            "a long path",
            Tar::new().pax(&[("path", &format!("{long}/{long}/{long}/{long}"))]).file("a", 0o644, b""),
            Limit,
            "bytes, and 200 are allowed",
        ),
        case("a large extended header", comment(b'x', 70_000).file("a", 0o644, b""), Limit, "extended header"),
        case("a large GNU name", gnu, Limit, "extended header"),
        case("extended headers without end", Tar(global.0.repeat(200)), Limit, "it unpacks to more than 8388608 bytes"),
        bytes(
            "a bomb behind the end",
            gzip(&[&file("a").end()[..], &vec![0; 16 << 20]].concat()),
            Limit,
            "200 times its size",
        ),
        bytes(
            "a bomb of many members",
            {
                let zeros = gzip(&vec![0; 1 << 20]);
                [gzip(&file("a").end()), zeros.repeat(20)].concat()
            },
            Limit,
            "200 times its size",
        ),
    ]
}

fn small() -> Limits {
    Limits {
        total: 8 << 20,
        file: 5 << 20,
        entries: 50,
        names: 2000,
        path: 200,
        depth: 8,
        ratio: 200,
        extension: 64 << 10,
    }
}

#[test]
fn hostile_layers_change_nothing() {
    let cases = [names(), kinds(), collisions(), headers(), streams(), limits()];
    for Case { name, layers, class, part } in cases.into_iter().flatten() {
        let temp = tempfile::tempdir().unwrap();
        let parent = temp.path().join("parent");
        fs::create_dir_all(parent.join("out")).unwrap();
        fs::write(parent.join("out/old.yaml"), "old").unwrap();
        fs::write(temp.path().join("escape"), "untouched").unwrap();
        let before = listing(temp.path());
        for output in ["out", "new", "new/deep"] {
            let error = pull(&parent.join(output), &layers, &small()).expect_err(name);
            let found = match &error {
                UnpackError::Hostile { .. } => Hostile,
                UnpackError::Broken { .. } => Broken,
                UnpackError::Limit { .. } => Limit,
                other => panic!("{name}: {other}"),
            };
            assert_eq!(found, class, "{name}: {error}");
            assert!(error.to_string().contains(part), "{name}: {error}");
            assert_eq!(listing(temp.path()), before, "{name} into {output}");
        }
    }
}

/// A bomb is stopped by what it unpacks to, not by what its headers say.
#[test]
fn a_bomb_is_stopped_early() {
    let temp = tempfile::tempdir().unwrap();
    let bomb = gzip(&Tar::new().file("zeros", 0o644, &vec![0; 64 << 20]).end());
    let mut unpacker = Unpacker::new(temp.path(), Limits::default()).unwrap();
    let error = unpacker.layer(&mut bomb.as_slice()).unwrap_err();
    assert!(error.to_string().contains("more than 200 times its size"), "{error}");
    assert!(error.hint().is_none(), "no flag raises this limit");
    assert!(fs::metadata(temp.path().join("zeros")).unwrap().len() <= 11 << 20);
}

#[test]
fn the_flag_is_named_where_it_helps() {
    let temp = tempfile::tempdir().unwrap();
    let layer = gzip(&file("a").end());
    for limits in [Limits { total: 0, ..Limits::default() }, Limits { file: 0, ..Limits::default() }] {
        let error = Unpacker::new(temp.path(), limits).unwrap().layer(&mut layer.as_slice()).unwrap_err();
        assert!(error.hint().unwrap().contains("--max-unpacked-size"), "{error}");
    }
}

#[test]
fn long_hostile_names_are_shortened_in_messages() {
    let temp = tempfile::tempdir().unwrap();
    let long = "x".repeat(4000);
    let claim = |header: &mut [u8; 512]| put(header, 124, "77777777777\0");
    for tar in [
        Tar::new().pax(&[("path", &format!("../{long}"))]).file("a", 0o644, b""),
        Tar::new().pax(&[("path", &long)]).file("a", 0o644, b""),
        Tar::new().pax(&[("path", &format!("{long}{long}"))]).file("a", 0o644, b""),
        Tar::new().pax(&[("path", &"d/".repeat(2000))]).folder("a", 0o644),
        Tar::new()
            .pax(&[("path", &format!("{}a", "d/".repeat(60).replace('d', &long[..60])))])
            .with(b'0', "a", b"", claim),
    ] {
        let layer = gzip(&tar.end());
        let error = Unpacker::new(temp.path(), Limits::default()).unwrap().layer(&mut layer.as_slice()).unwrap_err();
        assert!(error.to_string().len() < 400, "{error}");
    }
}
