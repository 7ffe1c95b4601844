//! How much is said on stderr, and how a trace begins.

use std::ffi::{OsStr, OsString};

use crate::cli::flags::Common;
use crate::output::Level;
use crate::store::registry::conceal;

/// The values of `BOBCTL_LOG`, for people.
pub(super) const LEVELS: &str = "debug, info, verbose and off";

/// What the flags say, and where none of them says anything, what the environment does; with its value when that is
/// none of the [`LEVELS`].
pub(super) fn level(common: &Common, variable: Option<&OsStr>) -> (Level, Option<String>) {
    let flag = match common {
        Common { quiet: true, .. } => Some(Level::Quiet),
        Common { debug: true, .. } => Some(Level::Trace),
        Common { verbose: 1.., .. } => Some(Level::Verbose),
        _ => None,
    };
    if let Some(level) = flag {
        return (level, None);
    }
    let value = variable.unwrap_or_default().to_string_lossy();
    match value.trim().to_ascii_lowercase().as_str() {
        "" | "off" => (Level::Normal, None),
        "info" | "verbose" => (Level::Verbose, None),
        "debug" => (Level::Trace, None),
        _ => (Level::Normal, Some(value.into_owned())),
    }
}

/// The first line of a trace: what runs, and how it was called, without secrets.
pub(super) fn introduction(arguments: &[OsString]) -> String {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut line = format!("bobctl {} on {os}/{arch}:", env!("CARGO_PKG_VERSION"));
    for word in masked(arguments) {
        line.push(' ');
        let plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "'\"\\$&;|<>()".contains(c));
        if plain { line.push_str(&word) } else { line.extend(["'", &word, "'"]) }
    }
    line
}

/// The arguments as people may see them, the program's own name left out.
fn masked(arguments: &[OsString]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut hidden = false;
    for argument in arguments.iter().skip(1) {
        let text = argument.to_string_lossy();
        shown.push(match text.split_once('=') {
            _ if hidden => "***".to_owned(),
            Some((flag, _)) if takes_secret(flag) => format!("{flag}=***"),
            _ => conceal(&text),
        });
        hidden = !hidden && takes_secret(&text);
    }
    shown
}

/// Whether the value of this flag is a secret.
fn takes_secret(flag: &str) -> bool {
    let Some(name) = flag.strip_prefix("--") else { return false };
    let general = ["from-", "to-"].iter().find_map(|side| name.strip_prefix(side));
    matches!(general.unwrap_or(name), "creds" | "password")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Color;

    fn said(flags: &str, variable: Option<&str>) -> (Level, Option<String>) {
        let common = Common {
            quiet: flags == "-q",
            verbose: u8::from(flags == "-v"),
            debug: flags == "--debug",
            color: Color::Never,
            no_progress: true,
        };
        level(&common, variable.map(OsStr::new))
    }

    #[test]
    fn the_environment_says_how_much_is_said_unless_a_flag_does() {
        for (flags, variable, expected) in [
            ("", None, Level::Normal),
            ("", Some(""), Level::Normal),
            ("", Some("off"), Level::Normal),
            ("", Some("info"), Level::Verbose),
            ("", Some("verbose"), Level::Verbose),
            ("", Some(" DEBUG "), Level::Trace),
            ("-q", Some("debug"), Level::Quiet),
            ("-v", Some("debug"), Level::Verbose),
            ("--debug", Some("off"), Level::Trace),
            ("--debug", Some("nonsense"), Level::Trace),
        ] {
            assert_eq!(said(flags, variable), (expected, None), "{flags} {variable:?}");
        }
        assert_eq!(said("", Some("Trace")), (Level::Normal, Some("Trace".to_owned())));
    }

    #[test]
    fn the_arguments_are_shown_without_secrets() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (given, shown) in [
            ("push artifact oci://r.io/a:1", "push artifact oci://r.io/a:1"),
            ("x --creds bob:pw --from-creds=bob:pw y", "x --creds *** --from-creds=*** y"),
            ("x --to-creds --creds --password pw", "x --to-creds *** --password ***"),
            ("--password-stdin y --creds", "--password-stdin y --creds"),
            ("--source https://t0ken@git.io/a?sig=x --set a=b", "--source https://***@git.io/a?sig=… --set a=b"),
        ] {
            assert_eq!(masked(&words(&format!("bobctl {given}"))).join(" "), shown);
        }
        let line = introduction(&["bobctl".into(), "a b".into(), "".into()]);
        assert!(line.ends_with(": 'a b' ''"), "{line}");
    }

    #[test]
    fn every_flag_that_takes_a_secret_is_known() {
        fn check(command: &clap::Command) -> usize {
            let secret = |argument: &&clap::Arg| {
                argument.get_action().takes_values()
                    && argument.get_value_names().unwrap_or_default().iter().any(|name| name.contains("PASS"))
            };
            let flags: Vec<_> = command.get_arguments().filter(secret).filter_map(clap::Arg::get_long).collect();
            for flag in &flags {
                assert!(takes_secret(&format!("--{flag}")), "{flag}");
            }
            flags.len() + command.get_subcommands().map(check).sum::<usize>()
        }
        assert!(check(&crate::command()) > 5);
    }
}
