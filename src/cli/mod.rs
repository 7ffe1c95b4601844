//! The command line: one file a verb, and what they share.
//!
//! A verb's file has an args struct, whose doc comments are the help, and one short `run` that opens a store, calls one
//! operation and renders one result. Only `context` names a concrete store, reads the environment, the clock or the home
//! folder; only `error` turns an error into a kind and so into an exit code.

#![expect(clippy::doc_markdown, reason = "doc comments of arguments are the help, which is no Markdown")]
// `allow`, because the compiler does not run these lints and would call an expectation unfulfilled.
#![allow(
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "doc comments of arguments are the help, which is no Markdown"
)]

mod build;
mod completion;
mod context;
mod copy;
mod create;
mod delete;
mod describe;
mod error;
mod flags;
mod inputs;
mod link;
mod list;
mod login;
mod logout;
mod pull;
mod push;
mod reporter;
mod tag;
mod torn;
mod tree;
mod units;
mod version;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use context::Context;
use error::{CliError, Kind};
use flags::{Common, Shown};

use crate::output::Format;

/// Push, pull and inspect Bills of Behavior (BoB) as OCI artifacts
///
/// A reference is oci://HOST/REPOSITORY[:TAG][@DIGEST] for a registry, or oci-layout://DIR[:TAG][@DIGEST] for a folder
/// in the OCI image layout, which needs no server.
#[derive(Debug, Parser)]
#[command(name = "bobctl", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 registry unreachable or \
failing, 6 integrity, 7 differs or a precondition failed, 130 interrupted";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Pack a folder, upload it and tag it
    #[command(subcommand)]
    Push(PushNoun),
    /// Fetch an artifact, check it and unpack it
    #[command(subcommand)]
    Pull(PullNoun),
    /// Add tags to an artifact
    #[command(subcommand)]
    Tag(TagNoun),
    /// Take a tag away, or delete an artifact
    #[command(subcommand)]
    Delete(DeleteNoun),
    /// Link an artifact to an image
    #[command(subcommand)]
    Link(LinkNoun),
    /// Copy an artifact or image to another registry or layout
    #[command(subcommand)]
    Copy(CopyNoun),
    /// List what a repository holds
    #[command(subcommand)]
    List(ListNoun),
    /// Show what an artifact, image or index is and holds
    #[command(subcommand)]
    Describe(DescribeNoun),
    /// Show what refers to an artifact or image
    #[command(subcommand)]
    Tree(TreeNoun),
    /// Make an artifact's content without pushing it
    #[command(subcommand)]
    Build(BuildNoun),
    /// Create what a cluster needs to fetch and verify artifacts
    #[command(subcommand)]
    Create(create::CreateNoun),
    Login(login::LoginArgs),
    Logout(logout::LogoutArgs),
    /// Print the completion script for a shell
    Completion(completion::CompletionArgs),
    /// Print the version
    Version(version::VersionArgs),
}

#[derive(Debug, Subcommand)]
enum PushNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(Box<push::PushArgs>),
}

#[derive(Debug, Subcommand)]
enum PullNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(Box<pull::PullArgs>),
}

#[derive(Debug, Subcommand)]
enum TagNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(tag::TagArgs),
}

#[derive(Debug, Subcommand)]
enum DeleteNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(delete::DeleteArgs),
}

#[derive(Debug, Subcommand)]
enum LinkNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(Box<link::LinkArgs>),
}

#[derive(Debug, Subcommand)]
enum CopyNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(Box<copy::CopyArgs>),
}

#[derive(Debug, Subcommand)]
enum ListNoun {
    #[command(visible_alias = "artifact")]
    Artifacts(list::ListArgs),
}

#[derive(Debug, Subcommand)]
enum DescribeNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(Box<describe::DescribeArgs>),
}

#[derive(Debug, Subcommand)]
enum TreeNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(Box<tree::TreeArgs>),
}

#[derive(Debug, Subcommand)]
enum BuildNoun {
    #[command(visible_alias = "artifacts")]
    Artifact(build::BuildArgs),
}

impl Cli {
    /// Clap does not see that flags exclude each other when one stands before the verb and one after it.
    fn consistent(self) -> Result<Self, clap::Error> {
        let louder = match &self.common {
            Common { quiet: true, debug: true, .. } => "--debug",
            Common { quiet: true, verbose: 1.., .. } => "--verbose",
            _ => return Ok(self),
        };
        let message = format!("the argument '--quiet' cannot be used with '{louder}'");
        Err(Self::command().error(ErrorKind::ArgumentConflict, message))
    }
}

impl Verb {
    fn shown(&self) -> Shown {
        match self {
            Self::Push(PushNoun::Artifact(args)) => args.shown(),
            Self::Pull(PullNoun::Artifact(args)) => args.shown(),
            Self::Tag(TagNoun::Artifact(args)) => args.shown(),
            Self::Delete(DeleteNoun::Artifact(args)) => args.shown(),
            Self::Link(LinkNoun::Artifact(args)) => args.shown(),
            Self::Copy(CopyNoun::Artifact(args)) => args.shown(),
            Self::List(ListNoun::Artifacts(args)) => args.shown(),
            Self::Describe(DescribeNoun::Artifact(args)) => args.shown(),
            Self::Tree(TreeNoun::Artifact(args)) => args.shown(),
            Self::Build(BuildNoun::Artifact(args)) => args.shown(),
            Self::Create(noun) => noun.shown(),
            Self::Login(args) => args.shown(),
            Self::Logout(args) => args.shown(),
            Self::Completion(_) => Shown::default(),
            Self::Version(args) => args.shown(),
        }
    }

    fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Push(PushNoun::Artifact(args)) => args.run(context),
            Self::Pull(PullNoun::Artifact(args)) => args.run(context),
            Self::Tag(TagNoun::Artifact(args)) => args.run(context),
            Self::Delete(DeleteNoun::Artifact(args)) => args.run(context),
            Self::Link(LinkNoun::Artifact(args)) => args.run(context),
            Self::Copy(CopyNoun::Artifact(args)) => args.run(context),
            Self::List(ListNoun::Artifacts(args)) => args.run(context),
            Self::Describe(DescribeNoun::Artifact(args)) => args.run(context),
            Self::Tree(TreeNoun::Artifact(args)) => args.run(context),
            Self::Build(BuildNoun::Artifact(args)) => args.run(context),
            Self::Create(noun) => noun.run(context),
            Self::Login(args) => args.run(context),
            Self::Logout(args) => args.run(context),
            Self::Completion(args) => args.run(context),
            Self::Version(args) => args.run(context),
        }
    }
}

/// Run the program with these arguments, its own name included, and return its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments).and_then(Cli::consistent) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &arguments),
    };
    let context = Context::new(&cli.common, cli.verb.shown());
    context.introduce(&arguments);
    let result = cli.verb.run(&context);
    // Whoever closes stdout early has read enough.
    let Err(error) = result.or_else(|error| if error.is_closed_stdout() { Ok(()) } else { Err(error) }) else {
        return ExitCode::SUCCESS;
    };
    context.ui().error(&error.report());
    error.kind().exit_code()
}

/// The command, for completions and the documentation.
pub fn command() -> clap::Command {
    Cli::command()
}

/// What clap has to say: help and version are results, anything else is a usage error.
fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let json = error.use_stderr() && wants_json(arguments);
    let hidden = torn::secret(error, arguments);
    if let Some(error) = hidden.or_else(|| json.then(|| explained(&error.to_string()))) {
        context::plain_ui(if json { Format::Json } else { Format::Text }).error(&error.report());
        return Kind::Usage.exit_code();
    }
    match error.print() {
        Err(problem) if problem.kind() != io::ErrorKind::BrokenPipe => Kind::Failure.exit_code(),
        _ if error.use_stderr() => Kind::Usage.exit_code(),
        _ => ExitCode::SUCCESS,
    }
}

/// Whether JSON is asked for, as far as that can be told of arguments that make no sense.
fn wants_json(arguments: &[OsString]) -> bool {
    // Their -o names a file or folder.
    let short = !arguments.iter().any(|argument| argument == "pull" || argument == "build");
    let flag = |argument: &OsString| argument == "--format" || (short && argument == "-o");
    arguments.windows(2).any(|pair| flag(&pair[0]) && pair[1] == "json")
        || arguments.iter().any(|argument| argument == "--format=json" || (short && argument == "-ojson"))
}

/// Clap's text as an error: its first paragraph, which may list arguments, and its tip.
fn explained(text: &str) -> CliError {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let message = lines.split(|line| line.is_empty()).next().unwrap_or_default().join(" ");
    let error = CliError::usage(anyhow::anyhow!("{}", message.trim_start_matches("error: ")));
    match lines.iter().find_map(|line| line.strip_prefix("tip: ")) {
        Some(tip) => error.with_hint(tip),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }
}
