//! Flags that several verbs share, each group once.

mod reach;
mod sides;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::error::CliError;
use super::units;
use crate::oci::range::is_fallback_or_signature;
use crate::oci::{Location, Reference, Tag};
use crate::output::{Color, Format};
pub(super) use reach::{Creds, Flagged, Line, Login, PairFiles, Reach};
pub(super) use sides::{SideFlags, or_one_side};

/// Flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Common {
    /// Say nothing but errors on stderr; the result is printed all the same
    #[arg(short, long, global = true, conflicts_with_all = ["verbose", "debug"])]
    pub(super) quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Trace every HTTP request on stderr, without secrets: for bug reports; includes -v
    #[arg(long, global = true)]
    pub(super) debug: bool,
    /// Colour stderr
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub(super) color: Color,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub(super) no_progress: bool,
}

/// How the result of a verb is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shown {
    pub(super) format: Format,
}

/// `--format`, with `-o` for it: verbs whose `-o` names no file.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct FormatOrShort {
    /// The format of the result
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// `--format` alone: verbs whose `-o` names a file or folder.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct FormatOnly {
    /// The format of the result
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// How a registry is reached, and how much at a time.
#[derive(Debug, Args)]
#[command(next_help_heading = "Registry")]
pub(super) struct RegistryFlags {
    #[command(flatten)]
    pub(super) access: AccessFlags,
    /// How many blobs move at the same time
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) concurrency: u16,
}

/// How a registry is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Registry")]
pub(super) struct AccessFlags {
    /// User name and password; the password shows in the process list, so prefer --password-stdin
    #[arg(long, value_name = "USER[:PASS]", conflicts_with = "username", hide_possible_values = true)]
    pub(super) creds: Option<Creds>,
    /// User name; the password comes by --password-stdin
    #[arg(long, value_name = "USER", requires = "password_stdin")]
    pub(super) username: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(super) password_stdin: bool,
    /// Speak HTTP instead of HTTPS
    #[arg(long, alias = "insecure-registry", conflicts_with_all = ["tls_skip_verify", "ca_file", "cert_file", "key_file"])]
    pub(super) plain_http: bool,
    /// Accept any certificate
    #[arg(long, conflicts_with = "ca_file")]
    pub(super) tls_skip_verify: bool,
    /// Trust the CA certificates of this PEM file as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) ca_file: Option<PathBuf>,
    /// Show this client certificate, a PEM file, to a registry that asks for one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "key_file")]
    pub(super) cert_file: Option<PathBuf>,
    /// The private key of --cert-file, a PEM file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "cert_file")]
    pub(super) key_file: Option<PathBuf>,
    /// The folder of docker's config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) docker_config: Option<PathBuf>,
    /// Give up after this time, 90s or 1h30m for one; 0 is never [default: never]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub(super) timeout: Option<Duration>,
    /// Give up when the registry is silent for this long; 0 is never
    #[arg(long, value_name = "DURATION", value_parser = units::duration, default_value = "60s")]
    pub(super) idle_timeout: Duration,
}

/// The path that means standard input.
pub(super) const STDIN: &str = "-";

/// What of a folder is packed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Packing")]
pub(super) struct PackFlags {
    /// Leave out what matches these patterns, in the syntax of .gitignore (repeat, or separate by commas)
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(super) ignore_paths: Vec<String>,
    /// Pack .git/, .gitignore, .gitmodules, .gitattributes and .bobignore too
    #[arg(long)]
    pub(super) no_default_ignores: bool,
    /// Pack what a symbolic link points to outside of the folder
    #[arg(long)]
    pub(super) resolve_symlinks: bool,
}

/// Parse the reference of a command that takes one; `more` is what stands after it.
pub(super) fn reference(given: &str, more: &[String]) -> Result<Reference, CliError> {
    alone(given, more, "")?;
    given.parse().map_err(CliError::from)
}

/// Parse the repository of a command that takes one; `more` is what stands after it.
pub(super) fn repository(given: &str, more: &[String]) -> Result<Location, CliError> {
    alone(given, more, "")?;
    given.parse().map_err(CliError::from)
}

/// A shell that expands `:$(git tag --points-at HEAD)` to two tags leaves a second argument behind.
/// What to do with the second is the `advice`.
fn alone(given: &str, more: &[String], advice: &str) -> Result<(), CliError> {
    if more.is_empty() {
        return Ok(());
    }
    let error = anyhow::anyhow!("no further reference is expected, and '{}' follows '{given}'", more.join("', '"));
    let hint = "if a command like $(git tag --points-at HEAD) printed several lines, ";
    Err(CliError::usage(error).with_hint(format!("{hint}write {given} alone{advice}")))
}

/// Parse the reference of a command that writes its tag, and further ones that `--tag` gives.
pub(super) fn target(given: &str, more: &[String]) -> Result<Reference, CliError> {
    alone(given, more, " and give each further tag with --tag")?;
    destination(given, &[])
}

/// Parse the reference of a command that writes its tag alone.
pub(super) fn destination(given: &str, more: &[String]) -> Result<Reference, CliError> {
    alone(given, more, "")?;
    let reference: Reference = given.parse()?;
    reference.tag.iter().try_for_each(not_machinery)?;
    Ok(reference)
}

/// Parse the values of `--tag`.
pub(super) fn tags(given: &[String]) -> Result<Vec<Tag>, CliError> {
    let tags: Vec<Tag> = given.iter().map(|tag| tag.parse()).collect::<Result<_, _>>()?;
    tags.iter().try_for_each(not_machinery)?;
    Ok(tags)
}

/// Some tags are lists of referrers, or signatures: writing one would lose what is linked to an image.
fn not_machinery(tag: &Tag) -> Result<(), CliError> {
    if !is_fallback_or_signature(tag) {
        return Ok(());
    }
    let error = anyhow::anyhow!("the tag {tag} is kept for what is linked to a manifest: its referrers and signatures");
    Err(CliError::usage(error).with_hint("choose another tag; a digest stands after '@': REPOSITORY@sha256:…"))
}
