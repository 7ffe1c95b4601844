//! Flags for one side of a command with two references: `--from-…` and `--to-…`, the same nine twice.
//!
//! Each is as the general one of the rest of its name. What belongs together is replaced together: a side with flags of
//! its own for the line (HTTP or TLS, and whom to trust) or for the login has none of the general ones for that.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint, value_parser};

use super::super::error::CliError;
use super::RegistryFlags;
use super::reach::{Creds, Flagged, Line, Login, PairFiles, Reach};

const HEADING: &str = "Registry, one side";

/// What is set for one side alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct OneSide {
    line: Line,
    login: Login,
    docker_config: Option<PathBuf>,
}

/// What is set for each side alone. Goes with [`RegistryFlags`], which hold for both.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct SideFlags {
    /// The side of the first reference.
    from: OneSide,
    /// The side of the second reference.
    to: OneSide,
}

impl Reach {
    /// The reaches of the first reference and of the second.
    pub(in crate::cli) fn of_sides(flags: &RegistryFlags, sides: &SideFlags) -> [Self; 2] {
        [(&sides.from, &FROM), (&sides.to, &TO)].map(|(side, names)| Self::general(flags).replaced(side, names.prefix))
    }

    fn replaced(mut self, side: &OneSide, prefix: &'static str) -> Self {
        if side.line != Line::default() {
            self.line = Flagged { value: side.line.clone(), prefix };
        }
        // A folder of logins is a login too: general credentials would hide what is in it.
        if !side.login.is_empty() || side.docker_config.is_some() {
            self.login = Flagged { value: side.login.clone(), prefix };
        }
        self.docker_config = side.docker_config.clone().or(self.docker_config);
        self
    }
}

/// An error of a command with two references, whose hint may name flags that hold for both.
pub(in crate::cli) fn or_one_side(error: CliError) -> CliError {
    let names_one = |hint: &str| GENERAL.iter().any(|flag| hint.contains(flag));
    error.with_more(names_one, "; flags that begin with --from- or --to- are for one side alone")
}

/// The flags for both sides that hints name.
const GENERAL: [&str; 4] = ["--creds", "--plain-http", "--ca-file", "--cert-file"];

/// The names of one side's flags: clap keeps nothing but text of the program itself.
struct Names {
    prefix: &'static str,
    whom: &'static str,
    creds: &'static str,
    username: &'static str,
    password_stdin: &'static str,
    plain_http: &'static str,
    tls_skip_verify: &'static str,
    ca_file: &'static str,
    cert_file: &'static str,
    key_file: &'static str,
    docker_config: &'static str,
}

macro_rules! names {
    ($side:literal, $whom:literal) => {
        Names {
            prefix: concat!("--", $side, "-"),
            whom: $whom,
            creds: concat!($side, "-creds"),
            username: concat!($side, "-username"),
            password_stdin: concat!($side, "-password-stdin"),
            plain_http: concat!($side, "-plain-http"),
            tls_skip_verify: concat!($side, "-tls-skip-verify"),
            ca_file: concat!($side, "-ca-file"),
            cert_file: concat!($side, "-cert-file"),
            key_file: concat!($side, "-key-file"),
            docker_config: concat!($side, "-docker-config"),
        }
    };
}

const FROM: Names = names!("from", "the first reference");
const TO: Names = names!("to", "the second reference");

impl Names {
    fn arguments(&self) -> [Arg; 9] {
        let flag = |name: &'static str| {
            let (_, general) = name.split_once('-').unwrap_or_default();
            let help = format!("As --{general}, for {} alone", self.whom);
            Arg::new(name).long(name).help(help).help_heading(HEADING)
        };
        let switch = |name| flag(name).action(ArgAction::SetTrue);
        let path =
            |name, value, hint| flag(name).value_name(value).value_hint(hint).value_parser(value_parser!(PathBuf));
        [
            flag(self.creds).value_name("USER[:PASS]").conflicts_with(self.username),
            flag(self.username).value_name("USER").requires(self.password_stdin),
            switch(self.password_stdin),
            switch(self.plain_http).conflicts_with_all([
                self.tls_skip_verify,
                self.ca_file,
                self.cert_file,
                self.key_file,
            ]),
            switch(self.tls_skip_verify).conflicts_with(self.ca_file),
            path(self.ca_file, "FILE", ValueHint::FilePath),
            path(self.cert_file, "FILE", ValueHint::FilePath).requires(self.key_file),
            path(self.key_file, "FILE", ValueHint::FilePath).requires(self.cert_file),
            path(self.docker_config, "DIR", ValueHint::DirPath),
        ]
    }

    fn read(&self, matches: &ArgMatches) -> OneSide {
        let text = |name| matches.get_one::<String>(name).cloned();
        let path = |name| matches.get_one::<PathBuf>(name).cloned();
        OneSide {
            line: Line {
                plain_http: matches.get_flag(self.plain_http),
                tls_skip_verify: matches.get_flag(self.tls_skip_verify),
                ca_file: path(self.ca_file),
                pair: PairFiles::of(path(self.cert_file), path(self.key_file)),
            },
            login: Login {
                creds: text(self.creds).map(Creds::from),
                username: text(self.username),
                password_stdin: matches.get_flag(self.password_stdin),
            },
            docker_config: path(self.docker_config),
        }
    }
}

impl Args for SideFlags {
    fn augment_args(command: Command) -> Command {
        command.args(FROM.arguments()).args(TO.arguments())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SideFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { from: FROM.read(matches), to: TO.read(matches) })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
