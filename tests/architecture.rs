//! The house rules as tests: who imports whom, who touches the outside, and how large things get.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use crate::support::source::Source;

/// What each room may import besides itself. `cli/context` and `cli/error.rs` have rules of their own.
const IMPORTS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &["cli"]),
    ("cli", &["ops", "output", "oci"]),
    ("output", &["oci"]),
    ("ops", &["artifact", "signature", "store", "cluster", "oci"]),
    ("artifact", &["bob", "oci"]),
    ("signature", &["oci"]),
    ("store", &["credentials", "oci"]),
    ("credentials", &["oci"]),
    ("cluster", &[]),
    ("bob", &[]),
    ("oci", &[]),
];

/// The one module that names concrete stores, and reads the environment, the clock and the home folder: a file, and a
/// folder of its parts.
const CONTEXT: [&str; 2] = ["cli/context.rs", "cli/context/"];
/// The one file that turns every room's errors into exit codes.
const ERROR: &str = "cli/error.rs";

/// The longest file, its tests not counted.
const MAX_FILE: usize = 400;
const MAX_FUNCTION: usize = 60;
/// How far above an `unwrap` its reason may stand.
const REASON_WITHIN: usize = 15;

/// Something that only some files may name.
struct Reserved {
    what: &'static str,
    /// How paths start: a crate, or a module of one.
    starts: &'static [&'static str],
    /// What paths have anywhere, as their start is imported elsewhere.
    parts: &'static [&'static str],
    /// Paths that look so and are fine.
    except: &'static [&'static str],
    allowed: fn(&Source) -> bool,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        what: "I/O in a room of pure values",
        starts: &["std::fs", "std::process", "std::net", "tokio", "reqwest", "hyper", "rustix", "tempfile"],
        parts: &["io::stdin"],
        // Addresses are values too.
        except: &["std::net::Ipv4Addr", "std::net::Ipv6Addr", "std::net::IpAddr"],
        allowed: |file| !["oci", "bob", "signature"].contains(&file.room()),
    },
    Reserved {
        what: "HTTP outside of store/registry and cluster/apply",
        starts: &["reqwest", "hyper", "hyper_util", "http"],
        parts: &[],
        except: &[],
        allowed: |file| ["store/registry", "cluster/apply"].iter().any(|folder| file.path.starts_with(folder)),
    },
    Reserved {
        what: "the Kubernetes client outside of cluster/apply",
        starts: &["kube", "k8s_openapi"],
        parts: &[],
        except: &[],
        allowed: |file| file.path.starts_with("cluster/apply"),
    },
    Reserved {
        what: "the environment or the home folder outside of cli/context",
        starts: &["std::env"],
        parts: &[],
        // What the compiler knows, and how a list of folders is taken apart.
        except: &["std::env::consts", "std::env::split_paths"],
        // The arguments are handed on by the one line of `main`.
        allowed: |file| is_context(file) || file.path == "main.rs",
    },
    Reserved {
        what: "the wall clock outside of cli/context",
        starts: &[],
        parts: &["SystemTime::now", "Timestamp::now", "Zoned::now"],
        except: &[],
        allowed: is_context,
    },
    Reserved {
        what: "the terminal outside of output",
        starts: &[],
        parts: &["io::stdout", "io::stderr", "ProgressDrawTarget", "Term"],
        except: &[],
        allowed: |file| file.room() == "output",
    },
    Reserved {
        what: "the YAML crate outside of bob and output",
        starts: &["serde_saphyr"],
        parts: &[],
        except: &[],
        allowed: |file| ["bob", "output"].contains(&file.room()),
    },
];

fn is_context(file: &Source) -> bool {
    let [whole, part] = CONTEXT;
    file.path == whole || file.path.starts_with(part)
}

fn sources() -> Vec<Source> {
    let files = Source::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(files.len() > 10, "the source was not found");
    files
}

/// The top-level modules, `lib` and `main` apart.
fn rooms(files: &[Source]) -> BTreeSet<&str> {
    files.iter().map(Source::room).filter(|room| !["lib", "main"].contains(room)).collect()
}

fn everywhere(check: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    sources().iter().flat_map(check).collect()
}

#[test]
fn imports_point_downwards() {
    let files = sources();
    let rooms = rooms(&files);
    let wrong: Vec<String> = files.iter().flat_map(|file| wrong_imports(file, &rooms)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

fn wrong_imports(file: &Source, rooms: &BTreeSet<&str>) -> Vec<String> {
    let own = file.room();
    let Some((_, allowed)) = IMPORTS.iter().find(|(room, _)| *room == own) else {
        return vec![format!("{}: the room '{own}' is not in the map", file.path)];
    };
    let is_wrong = |segments: &[String]| {
        let Some(room) = segments.get(1).map(String::as_str).filter(|_| segments[0] == "crate") else { return false };
        let fits = match file.path.as_str() {
            _ if is_context(file) => true,
            ERROR => allowed.contains(&room) || names_an_error(segments),
            _ => allowed.contains(&room),
        };
        rooms.contains(room) && room != own && !fits
    };
    let wrong = file.paths().into_iter().filter(|path| is_wrong(&path.segments));
    wrong.map(|path| format!("{}:{}: {}", file.path, path.line, path.segments.join("::"))).collect()
}

/// Errors, and what comes with them: the fault in a store's error and the registry's answer in that.
fn names_an_error(segments: &[String]) -> bool {
    let is_error = |name: &String| name.ends_with("Error") || ["Fault", "Answer"].contains(&name.as_str());
    segments.iter().skip(2).any(is_error)
}

#[test]
fn what_is_reserved_stays_where_it_belongs() {
    assert_eq!(
        everywhere(|file| RESERVED.iter().flat_map(|rule| rule.broken_by(file)).collect()),
        Vec::<String>::new()
    );
}

impl Reserved {
    fn broken_by(&self, file: &Source) -> Vec<String> {
        if (self.allowed)(file) {
            return Vec::new();
        }
        let broken = file.paths().into_iter().filter(|path| {
            let path = format!("{}::", path.segments.join("::"));
            let starts = |parts: &[&str]| parts.iter().any(|part| path.starts_with(&format!("{part}::")));
            let has = |part: &&str| format!("::{path}").contains(&format!("::{part}::"));
            (starts(self.starts) || self.parts.iter().any(has)) && !starts(self.except)
        });
        let lines: BTreeSet<usize> = broken.map(|path| path.line).collect();
        lines.into_iter().map(|line| format!("{}:{line}: {}", file.path, self.what)).collect()
    }
}

#[test]
fn only_output_prints() {
    assert_eq!(everywhere(prints), Vec::<String>::new());
}

/// A child's `.stdout(…)` and an output's `.stdout` are not the terminal: macros, and calls without arguments, are.
fn prints(file: &Source) -> Vec<String> {
    let pattern = Regex::new(r"\b(e?print(ln)?!|std(out|err)\(\))").unwrap();
    let found = pattern.find_iter(&file.code).filter(|_| file.room() != "output");
    found.map(|found| format!("{}:{}: {}", file.path, file.line_of(found.start()), found.as_str())).collect()
}

#[test]
fn one_file_a_room_names_the_yaml_crate() {
    let names = |file: &Source| file.paths().iter().any(|path| path.segments[0] == "serde_saphyr");
    let files = sources();
    let naming: Vec<&str> = files.iter().filter(|file| names(file)).map(Source::room).collect();
    assert_eq!(naming.len(), naming.iter().collect::<BTreeSet<_>>().len(), "{naming:?}");
}

#[test]
fn files_and_functions_stay_small() {
    assert_eq!(everywhere(too_large), Vec::<String>::new());
}

fn too_large(file: &Source) -> Vec<String> {
    let lines = file.text.lines().count() - file.test_lines;
    let long_file = (lines > MAX_FILE).then(|| format!("{}: {lines} lines", file.path));
    let long = file.functions().into_iter().filter(|function| function.lines > MAX_FUNCTION);
    let long =
        long.map(|function| format!("{}:{}: {} lines in {}", file.path, function.line, function.lines, function.name));
    long_file.into_iter().chain(long).collect()
}

#[test]
fn what_may_panic_says_why_it_does_not() {
    assert_eq!(everywhere(unreasoned), Vec::<String>::new());
}

fn unreasoned(file: &Source) -> Vec<String> {
    let pattern = Regex::new(r"\.(unwrap\(\)|expect\()").unwrap();
    let lines: Vec<&str> = file.text.lines().collect();
    let has_reason =
        |line: usize| lines[line.saturating_sub(REASON_WITHIN)..line].iter().any(|line| line.contains("reason = "));
    let found = pattern.find_iter(&file.code).map(|found| file.line_of(found.start()));
    found.filter(|&line| !has_reason(line)).map(|line| format!("{}:{line}: no reason nearby", file.path)).collect()
}

#[test]
fn the_crate_docs_name_every_room() {
    let files = sources();
    let docs: String = include_str!("../src/lib.rs").lines().filter(|line| line.starts_with("//!")).collect();
    let unnamed: Vec<&str> = rooms(&files).into_iter().filter(|room| !docs.contains(&format!("`{room}`"))).collect();
    assert!(unnamed.is_empty(), "the map in src/lib.rs does not name {unnamed:?}");
}

/// The checks themselves: code that breaks a rule is found, code that looks so is not.
mod checks {
    use super::*;

    fn paths(path: &str, text: &str) -> Vec<String> {
        Source::new(path, text).paths().into_iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn trees_of_imports_are_unfolded() {
        assert_eq!(
            paths("ops/push.rs", "use crate::{oci::Digest as D, store::{self, blob::*}};\nuse std::{fs, io};"),
            ["crate::oci::Digest", "crate::store", "crate::store::blob", "std::fs", "std::io"]
        );
        assert_eq!(
            paths("store/blob.rs", "super::super::oci::Tag; super::X; self::y::Z; bobctl::cli::run; a::<B>::c"),
            ["crate::oci::Tag", "crate::store::X", "crate::store::blob::y::Z", "crate::cli::run", "a"]
        );
    }

    #[test]
    fn comments_strings_and_tests_are_no_code() {
        let text = "// crate::a::b\n/* crate::c::d /* */ crate::e::f */ const A: &[&str] = &[\"crate::g::h\\\"\", r#\"crate::i::j\"#];\n\
                    fn f<'a>(x: &'a str) -> char { '\"' }\n#[cfg(test)]\nmod tests {\n use crate::k::l;\n}\nuse crate::m::n;";
        let file = Source::new("a.rs", text);
        assert_eq!(paths("a.rs", text), ["crate::m::n"]);
        assert_eq!((file.test_lines, file.code.len()), (4, text.len()));
        assert_eq!(file.paths()[0].line, 8);
    }

    #[test]
    fn an_import_that_points_upwards_is_found() {
        let rooms = BTreeSet::from(["cli", "ops", "output", "oci", "store", "artifact", "bob"]);
        let wrong = |path: &str, text: &str| wrong_imports(&Source::new(path, text), &rooms);
        assert_eq!(
            wrong("store/blob.rs", "use crate::oci::Digest;\nuse crate::ops::push;"),
            ["store/blob.rs:2: crate::ops::push"]
        );
        assert_eq!(wrong("oci/mod.rs", "use super::store::Store;"), ["oci/mod.rs:1: crate::store::Store"]);
        assert_eq!(wrong("cli/push.rs", "use crate::store::Store;").len(), 1);
        assert_eq!(wrong("cli/context.rs", "use crate::store::Store;").len(), 0);
        assert_eq!(wrong("cli/context/stores.rs", "use crate::store::Store;").len(), 0);
        assert_eq!(wrong("cli/contexts.rs", "use crate::store::Store;").len(), 1);
        assert_eq!(wrong("cli/error.rs", "use crate::store::{Store, StoreError};").len(), 1);
        assert_eq!(wrong("cellar/mod.rs", ""), ["cellar/mod.rs: the room 'cellar' is not in the map"]);
    }

    #[test]
    fn reserved_things_are_found() {
        let broken = |path: &str, text: &str| -> usize {
            let file = Source::new(path, text);
            RESERVED.iter().map(|rule| rule.broken_by(&file).len()).sum::<usize>() + prints(&file).len()
        };
        for (path, text, count) in [
            ("oci/digest.rs", "use std::{fs, fmt};", 1),
            ("oci/reference.rs", "x.parse::<std::net::Ipv4Addr>()", 0),
            ("oci/platform.rs", "std::env::consts::ARCH", 0),
            ("bob/values.rs", "use tokio::fs;", 1),
            ("artifact/pack.rs", "use std::fs;", 0),
            ("artifact/pack.rs", "reqwest::get(url)", 1),
            ("store/layout.rs", "super::http::x()", 0),
            ("cluster/secret.rs", "kube::Client::new()", 1),
            ("cluster/apply/api.rs", "kube::Client::new()", 0),
            ("artifact/pack.rs", "std::env::var(NAME)", 1),
            ("cli/context.rs", "std::env::var(NAME); SystemTime::now()", 0),
            ("cli/context/stores.rs", "std::env::var_os(NAME)", 0),
            ("ops/push.rs", "std::time::SystemTime::now()", 1),
            ("ops/push.rs", "Instant::now()", 0),
            ("ops/push.rs", "println!()", 1),
            ("cli/push.rs", "use std::io::stderr;", 1),
            ("credentials/helper.rs", "Command::new(x).stdout(Stdio::piped()); output.stdout", 0),
            ("output/mod.rs", "std::io::stdout()", 0),
            ("artifact/config.rs", "serde_saphyr::from_str(x)", 1),
        ] {
            assert_eq!(broken(path, text), count, "{path}: {text}");
        }
    }

    #[test]
    fn sizes_are_counted_without_tests() {
        let function = |lines: usize| format!("fn long(a: [u8; 2]) {{\n{}}}\n", "x;\n".repeat(lines - 2));
        let found = |text: &str| too_large(&Source::new("a.rs", text));
        assert_eq!(found(&function(60)), Vec::<String>::new());
        assert_eq!(found(&function(61)), ["a.rs:1: 61 lines in long"]);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(300));
        assert_eq!(found(&format!("{}{tests}", "\n".repeat(400))), Vec::<String>::new());
        assert_eq!(found(&format!("{}{tests}", "\n".repeat(401))), ["a.rs: 401 lines"]);
        assert_eq!(found("type A = fn(u8);\ntrait B { fn c(&self) -> u8; }\n"), Vec::<String>::new());
    }

    #[test]
    fn a_reason_has_to_stand_near() {
        let found = |text: &str| unreasoned(&Source::new("a.rs", text)).len();
        assert_eq!(found("a.unwrap();"), 1);
        assert_eq!(found("#[expect(clippy::expect_used, reason = \"it is checked\")]\na.expect(\"checked\");"), 0);
        assert_eq!(found("a.unwrap_or(1); // .unwrap()"), 0);
    }
}
