//! What `--path`, `--file` and their like mean.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::error::CliError;
use super::flags::STDIN;
use crate::oci::Platform;
use crate::oci::platform::PlatformError;
use crate::ops::link::Platforms;

/// Operating systems, in Go's names.
const SYSTEMS: [&str; 15] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];
/// Architectures, in Go's names.
const ARCHITECTURES: [&str; 15] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
    "s390x", "sparc64", "wasm",
];
/// What people write for them.
const ALIASES: [(&str, &str); 16] = [
    ("macos", "darwin"),
    ("osx", "darwin"),
    ("win", "windows"),
    ("x86_64", "amd64"),
    ("x86-64", "amd64"),
    ("x64", "amd64"),
    ("i386", "386"),
    ("i686", "386"),
    ("x86", "386"),
    ("aarch64", "arm64"),
    ("armv8", "arm64"),
    ("armv7", "arm/v7"),
    ("armhf", "arm/v7"),
    ("armv6", "arm/v6"),
    ("ppc64el", "ppc64le"),
    ("powerpc64le", "ppc64le"),
];
/// Two platforms for examples: whichever is taken, there is another one.
const EXAMPLES: [&str; 2] = ["linux/amd64", "linux/arm64"];
/// What a file is when nothing is said.
const ANY_FILE: &str = "application/octet-stream";

/// What the values of `--path` name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Paths {
    /// One folder, file or standard input, for any platform.
    One(PathBuf),
    /// One for each platform.
    Platforms(Vec<(Platform, PathBuf)>),
}

impl Paths {
    /// Whether one of them is standard input.
    pub(super) fn read_stdin(&self) -> bool {
        match self {
            Self::One(path) => path == Path::new(STDIN),
            Self::Platforms(paths) => paths.iter().any(|(_, path)| path == Path::new(STDIN)),
        }
    }
}

/// Read all values of `--path`, each `[PLATFORM=]DIR|FILE|-`.
pub(super) fn paths(given: &[OsString]) -> Result<Paths, CliError> {
    let mut read = given.iter().map(|text| path(text)).collect::<Result<Vec<_>, _>>()?;
    if let [(None, only)] = read.as_mut_slice() {
        return Ok(Paths::One(std::mem::take(only)));
    }
    let mut platforms: Vec<(Platform, PathBuf)> = Vec::new();
    for (platform, path) in read {
        let Some(platform) = platform else {
            let message = format!("{} paths are given, and '{}' is for no platform", given.len(), path.display());
            let [one, other] = EXAMPLES;
            return Err(mended(message, &format!("--path {one}=./amd64 --path {other}=./arm64")));
        };
        if let Some((_, first)) = platforms.iter().find(|(taken, _)| *taken == platform) {
            let (first, second) = (first.display(), path.display());
            let message = format!("there are two paths for {platform}: '{first}' and '{second}'");
            let other = EXAMPLES.into_iter().find(|example| *example != platform.to_string()).unwrap_or_default();
            return Err(mended(message, &format!("--path {platform}={first} --path {other}={second}")));
        }
        platforms.push((platform, path));
    }
    let stdin: Vec<&Platform> =
        platforms.iter().filter(|(_, path)| path == Path::new(STDIN)).map(|(platform, _)| platform).collect();
    if let [first, second, ..] = stdin.as_slice() {
        let message = format!("standard input can be read once, not for {first} and {second}");
        return Err(mended(message, &format!("--path {first}=- --path {second}=./bob.yaml")));
    }
    Ok(Paths::Platforms(platforms))
}

/// A path, after a platform where there is one. What stands before the first `=` is a platform when it looks like one:
/// a folder of such a name is written with `./` in front.
fn path(given: &OsStr) -> Result<(Option<Platform>, PathBuf), CliError> {
    if given.is_empty() {
        return Err(mended("--path is empty".to_owned(), "--path ./webapp"));
    }
    let Some((left, right)) = split(given, |bytes| bytes.iter().position(|byte| *byte == b'=')) else {
        return Ok((None, given.into()));
    };
    let Some(left) = left.to_str().filter(|left| looks_like_a_platform(left)) else { return Ok((None, given.into())) };
    let shown = given.to_string_lossy();
    let Some(platform) = known(left) else {
        let right = right.to_string_lossy();
        let message = format!("'{left}' in '{shown}' is no platform that is known");
        let example = format!("--path {}={right}, or --path ./{shown} for a folder of that name", mend(left));
        return Err(mended(message, &example));
    };
    if right.is_empty() {
        let example = format!("--path {platform}=./{}", platform.architecture);
        return Err(mended(format!("nothing follows '{shown}'"), &example));
    }
    Ok((Some(platform), right.into()))
}

/// Whether a text has the form `os/architecture[/variant]` in any letter case, and cannot be meant as `./` or `../`; or is
/// an architecture whose system was forgotten.
fn looks_like_a_platform(text: &str) -> bool {
    if is_architecture(text) {
        return true;
    }
    let part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    matches!(text.split('/').count(), 2 | 3) && text.split('/').all(part)
}

fn known(text: &str) -> Option<Platform> {
    let platform: Platform = text.parse().ok()?;
    let known = SYSTEMS.contains(&platform.os.as_str()) && ARCHITECTURES.contains(&platform.architecture.as_str());
    known.then_some(platform)
}

fn is_architecture(text: &str) -> bool {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == text).map(|(_, usual)| *usual);
    let named = alias.unwrap_or(text).split('/').next().unwrap_or_default();
    ARCHITECTURES.contains(&named)
}

/// The platform that was probably meant.
fn mend(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let text = if is_architecture(&text) { format!("linux/{text}") } else { text };
    let usual = |part| ALIASES.iter().find(|(alias, _)| *alias == part).map_or(part, |(_, usual)| *usual);
    let mended = text.split('/').map(usual).collect::<Vec<_>>().join("/");
    known(&mended).map_or_else(|| EXAMPLES[0].to_owned(), |platform| platform.to_string())
}

/// Read a value of `--file`, `PATH[:MEDIATYPE]`.
pub(super) fn file(given: &OsStr) -> Result<(PathBuf, String), CliError> {
    const EXAMPLE: &str = "--file sbom.json:application/spdx+json";
    let (path, kind) = match split(given, |bytes| bytes.iter().rposition(|byte| *byte == b':')) {
        Some((path, kind)) => {
            let kind = kind.to_string_lossy();
            (path, media_type(&kind).map_err(|message| mended(message, EXAMPLE))?)
        }
        None => (given, ANY_FILE.to_owned()),
    };
    if path.is_empty() {
        return Err(mended(format!("--file '{}' names no file", given.to_string_lossy()), EXAMPLE));
    }
    if path == STDIN {
        let message = "--file reads no standard input: a file is pulled again under its name".to_owned();
        return Err(mended(message, EXAMPLE));
    }
    Ok((path.into(), kind))
}

/// `type/subtype` without parameters, as the image specification asks for.
pub(super) fn media_type(text: &str) -> Result<String, String> {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match text.split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(text.to_owned()),
        _ => Err(format!("'{text}' is no media type; write type/subtype")),
    }
}

/// Parse `all` or a list of platforms, separated by commas.
pub(super) fn platforms(text: &str) -> Result<Platforms, String> {
    if text == "all" {
        return Ok(Platforms::All);
    }
    let list = text.split(',').map(str::parse).collect::<Result<Vec<_>, _>>();
    list.map(Platforms::These).map_err(|error: PlatformError| error.to_string())
}

/// What stands before and after the byte at the position that `at` finds.
fn split(text: &OsStr, at: impl Fn(&[u8]) -> Option<usize>) -> Option<(&OsStr, &OsStr)> {
    let bytes = text.as_bytes();
    let at = at(bytes)?;
    Some((OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..])))
}

fn mended(message: String, example: &str) -> CliError {
    CliError::usage(anyhow::anyhow!(message)).with_hint(format!("write {example}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[&str]) -> Result<Paths, CliError> {
        paths(&given.iter().map(OsString::from).collect::<Vec<_>>())
    }

    fn platform(given: &str) -> Option<String> {
        path(OsStr::new(given)).unwrap().0.map(|platform| platform.to_string())
    }

    #[test]
    fn a_platform_stands_before_the_first_equals_sign() {
        for (given, expected) in [
            ("linux/amd64=./x", Some("linux/amd64")),
            ("linux/arm/v7=a=b", Some("linux/arm/v7")),
            ("windows/amd64=-", Some("windows/amd64")),
            ("./x", None),
            ("-", None),
            ("a=b", None),
            ("./linux/amd64=x", None),
            ("/srv/a=b", None),
            ("../a=b", None),
            ("my folder/a=b", None),
            ("a/b/c/d=e", None),
        ] {
            assert_eq!(platform(given).as_deref(), expected, "{given}");
        }
        assert_eq!(read(&["a=b"]).unwrap(), Paths::One("a=b".into()));
        assert_eq!(
            read(&["linux/arm/v7=a=b"]).unwrap(),
            Paths::Platforms(vec![("linux/arm/v7".parse().unwrap(), "a=b".into())])
        );
    }

    #[test]
    fn a_mistake_is_shown_mended() {
        for (given, message, mended) in [
            (&["linux/x86_64=./x"][..], "'linux/x86_64'", "--path linux/amd64=./x, or --path ./linux/x86_64=./x"),
            (&["Linux/ARM64=./x"], "'Linux/ARM64'", "--path linux/arm64=./x"),
            (&["linux/armv7=x"], "'linux/armv7'", "--path linux/arm/v7=x"),
            (&["amd64=./x"], "'amd64'", "--path linux/amd64=./x, or --path ./amd64=./x"),
            (&["aarch64=./x"], "'aarch64'", "--path linux/arm64=./x"),
            (&["configs/v=1"], "no platform that is known", "--path ./configs/v=1"),
            (&["linux/arm64="], "nothing follows 'linux/arm64='", "--path linux/arm64=./arm64"),
            (&[""], "empty", "--path ./webapp"),
            (&["a", "b"], "2 paths are given, and 'a' is for no platform", "--path linux/amd64=./amd64 --path"),
            (&["linux/amd64=a", "b"], "'b' is for no platform", "--path linux/amd64=./amd64"),
            (
                &["linux/amd64=a", "linux/amd64=b"],
                "two paths for linux/amd64: 'a' and 'b'",
                "--path linux/amd64=a --path linux/arm64=b",
            ),
            (&["linux/amd64=-", "linux/arm64=-"], "standard input can be read once", "--path linux/amd64=- --path"),
        ] {
            let report = read(given).unwrap_err().report();
            assert!(report.message.contains(message), "{given:?}: {}", report.message);
            assert!(report.hint.as_ref().is_some_and(|hint| hint.contains(mended)), "{given:?}: {:?}", report.hint);
        }
    }

    #[test]
    fn a_media_type_stands_after_the_last_colon() {
        let file = |given: &str| file(OsStr::new(given));
        assert_eq!(file("a/b.txt").unwrap(), ("a/b.txt".into(), ANY_FILE.to_owned()));
        assert_eq!(file("a:b/c:text/plain").unwrap(), ("a:b/c".into(), "text/plain".to_owned()));
        for (wrong, part) in [
            ("a.txt:", "no media type"),
            ("a.txt:text", "no media type"),
            ("a.txt:text/plain;x=y", "no media type"),
            (":text/plain", "names no file"),
            ("", "names no file"),
            ("-", "standard input"),
            ("-:text/plain", "standard input"),
        ] {
            let message = file(wrong).unwrap_err().report().message;
            assert!(message.contains(part), "{wrong}: {message}");
        }
    }
}
