//! `create secret`: what its kinds share.

mod cluster;
pub(super) mod cosign;
pub(super) mod notation;
pub(super) mod oci;

use clap::{Args, Subcommand};

use self::cluster::ClusterFlags;
use super::context::Context;
use super::error::CliError;
use super::flags::{FormatOrShort, Shown};
use crate::ops::secret::{Identity, Manifest, Secret};
use crate::output::Format;

/// What can be created.
#[derive(Debug, Subcommand)]
pub(super) enum CreateNoun {
    /// Create a secret in the cluster, or print it
    #[command(subcommand)]
    Secret(SecretKind),
}

/// Kinds of secrets.
#[derive(Debug, Subcommand)]
pub(super) enum SecretKind {
    Oci(Box<oci::OciArgs>),
    Notation(Box<notation::NotationArgs>),
    Cosign(Box<cosign::CosignArgs>),
}

impl CreateNoun {
    pub(super) fn shown(&self) -> Shown {
        let Self::Secret(kind) = self;
        match kind {
            SecretKind::Oci(args) => args.secret.shown(),
            SecretKind::Notation(args) => args.secret.shown(),
            SecretKind::Cosign(args) => args.secret.shown(),
        }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let Self::Secret(kind) = self;
        match kind {
            SecretKind::Oci(args) => args.run(context),
            SecretKind::Notation(args) => args.run(context),
            SecretKind::Cosign(args) => args.run(context),
        }
    }
}

/// What every kind of secret takes.
#[derive(Debug, Args)]
pub(super) struct SecretFlags {
    /// The secret's name
    #[arg(value_name = "NAME")]
    name: String,
    /// The secret's namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// A label of the secret (repeat)
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// An annotation of the secret (repeat)
    #[arg(long, value_name = "KEY=VALUE")]
    annotation: Vec<String>,
    /// Print the secret as YAML for kubectl apply or git, instead of applying it
    #[arg(long)]
    export: bool,
    /// Export the content as text to be read, not in base64; a key that is removed from that stays in the cluster
    #[arg(long, requires = "export")]
    string_data: bool,
    #[command(flatten)]
    cluster: ClusterFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl SecretFlags {
    fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    /// The secret's name and marks, checked.
    fn identity(&self) -> Result<Identity, CliError> {
        let identity = Identity::new(&self.name, self.namespace.as_deref())?;
        Ok(identity.labelled(&self.label)?.annotated(&self.annotation)?)
    }

    /// Print the secret, or apply it.
    fn finish(&self, secret: &Secret, context: &Context) -> Result<(), CliError> {
        if self.export { self.print(secret, context) } else { self.cluster.apply(secret, context) }
    }

    /// The document itself is the result: in YAML unless JSON is asked for.
    fn print(&self, secret: &Secret, context: &Context) -> Result<(), CliError> {
        let manifest = if self.string_data { secret.readable_manifest() } else { secret.manifest() };
        match self.format.format {
            Format::Text | Format::Json => context.ui().result(&manifest, Manifest::yaml)?,
            // The same bytes as without a format, not what a library makes of the document.
            Format::Yaml => context.ui().data(manifest.yaml().as_bytes())?,
        }
        Ok(())
    }
}
