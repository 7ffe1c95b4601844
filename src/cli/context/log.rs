//! How much is said on stderr, and how a trace begins.

use std::ffi::{OsStr, OsString};

use crate::cli::flags::Common;
use crate::store::registry::conceal;

/// The values of `BOBCTL_LOG`, for people.
pub(super) const LEVELS: &str = "debug, info, verbose and off";

/// How much is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Level {
    /// How often `--verbose` counts as given.
    pub(super) verbose: u8,
    /// Whether every request and answer is told.
    pub(super) trace: bool,
    /// A value of the environment that is none.
    pub(super) unknown: Option<String>,
}

impl Level {
    /// What the flags say, and where none of them says anything, what the environment does.
    pub(super) fn new(common: &Common, variable: Option<&OsStr>) -> Self {
        if common.debug || common.quiet || common.verbose > 0 {
            let verbose = common.verbose.max(u8::from(common.debug));
            return Self { verbose, trace: common.debug, unknown: None };
        }
        let value = variable.unwrap_or_default().to_string_lossy();
        match value.trim().to_ascii_lowercase().as_str() {
            "" | "off" => Self::default(),
            "info" | "verbose" => Self { verbose: 1, ..Self::default() },
            "debug" => Self { verbose: 1, trace: true, unknown: None },
            _ => Self { unknown: Some(value.into_owned()), ..Self::default() },
        }
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

    fn level(flags: &str, variable: Option<&str>) -> (u8, bool, Option<String>) {
        let common = Common {
            quiet: flags == "-q",
            verbose: u8::from(flags == "-v"),
            debug: flags == "--debug",
            color: Color::Never,
            no_progress: true,
        };
        let Level { verbose, trace, unknown } = Level::new(&common, variable.map(OsStr::new));
        (verbose, trace, unknown)
    }

    #[test]
    fn the_environment_says_how_much_is_said_unless_a_flag_does() {
        for (flags, variable, verbose, trace) in [
            ("", None, 0, false),
            ("", Some(""), 0, false),
            ("", Some("off"), 0, false),
            ("", Some("info"), 1, false),
            ("", Some("verbose"), 1, false),
            ("", Some(" DEBUG "), 1, true),
            ("-q", Some("debug"), 0, false),
            ("-v", Some("debug"), 1, false),
            ("--debug", Some("off"), 1, true),
            ("--debug", Some("nonsense"), 1, true),
        ] {
            assert_eq!(level(flags, variable), (verbose, trace, None), "{flags} {variable:?}");
        }
        assert_eq!(level("", Some("Trace")), (0, false, Some("Trace".to_owned())));
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
                argument.get_value_names().unwrap_or_default().iter().any(|name| name.contains("PASS"))
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
