//! `build artifact`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::context::Context;
use super::error::CliError;
use super::flags::{FormatOnly, PackFlags, Shown};
use crate::ops::build::{self, Built};
use crate::output::escape;

/// Pack a folder into a file: the content layer that a push makes
///
/// Prints the digest of the file and its name, as sha256sum does.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bobctl build artifact --path ./webapp -o bob.tar.gz")]
pub(super) struct BuildArgs {
    /// The folder or file to pack; - reads YAML from standard input
    #[arg(short = 'f', long, value_name = "DIR|FILE|-", value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// The file to write; an existing one is replaced
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    #[command(flatten)]
    packing: PackFlags,
    #[command(flatten)]
    format: FormatOnly,
}

impl BuildArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let input = Context::content(&self.path, &self.packing)?;
        let layer: Built = context.wait_local(build::build(input, self.output, context.reporter()))?;
        context
            .ui()
            .result(&layer, |layer| format!("{}  {}", layer.digest, escape(&layer.output.to_string_lossy())))?;
        Ok(())
    }
}
