//! `push artifact`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOrShort, PackFlags, RegistryFlags, STDIN, Shown};
use crate::oci::Location;
use crate::ops::push::{self, Claims, Conditions, PushRequest};
use crate::output::escape;

/// Pack a folder, upload it and tag it
///
/// Prints HOST/REPOSITORY@DIGEST. The same folder with the same annotations gives the same digest on every machine.
/// Without --source and --revision, git is asked for them.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bobctl push artifact oci://ghcr.io/org/bobs/webapp:$(git rev-parse --short HEAD) --path ./webapp"
)]
pub(super) struct PushArgs {
    /// Where to push: oci://HOST/REPOSITORY[:TAG] or oci-layout://DIR[:TAG]; without a tag it is reachable by digest
    #[arg(value_name = "REF")]
    reference: String,
    #[arg(hide = true)]
    more: Vec<String>,
    #[command(flatten)]
    packing: PackFlags,
    /// Where the content comes from, a URL; user and password in it are left out [default: the git remote 'origin']
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// The revision of the content, <branch>@sha1:<commit> [default: HEAD]
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// An annotation of the manifest (repeat)
    #[arg(short = 'a', long, value_name = "KEY=VALUE")]
    annotations: Vec<String>,
    /// Annotations from a JSON file of the form {"$manifest":{"key":"value"}}
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    annotation_file: Option<PathBuf>,
    /// A further tag (repeat)
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Set the time of creation to 1970-01-01T00:00:00Z
    #[arg(long)]
    reproducible: bool,
    #[command(flatten)]
    conditions: ConditionFlags,
    /// The config's media type, for registries that accept only some
    #[arg(long, value_name = "TYPE", value_parser = media_type)]
    config_media_type: Option<String>,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

/// Under which conditions something is written.
#[derive(Debug, Clone, Copy, Args)]
struct ConditionFlags {
    /// Write nothing when the tag has this content with these annotations already
    #[arg(long)]
    if_changed: bool,
    /// Fail when a tag exists and names something else
    #[arg(long)]
    no_clobber: bool,
    /// Pack and print, but ask and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl From<ConditionFlags> for Conditions {
    fn from(flags: ConditionFlags) -> Self {
        Self { if_changed: flags.if_changed, no_clobber: flags.no_clobber, dry_run: flags.dry_run }
    }
}

impl PushArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let request = self.request()?;
        if request.reference.tag.is_none() && request.tags.is_empty() {
            context.ui().note("no tag is given; the artifact is reachable by its digest alone");
        }
        if let Location::Registry(repository) = &request.reference.location
            && repository.is_official()
        {
            let text = format!("{repository} is docker's own; your repositories are docker.io/USER/NAME");
            context.ui().warning(&text);
        }
        if self.conditions.dry_run {
            context.ui().note("dry run: nothing is written");
        }
        let store = context.store(&request.reference.location, &self.registry, Access::Push)?;
        let pushed = context.wait(&self.registry, push::push(store.as_ref(), request, context.reporter()))?;
        if pushed.unchanged {
            context.ui().note("already up to date");
        }
        context.ui().result(&pushed, |pushed| escape(&pushed.reference))?;
        Ok(())
    }

    fn request(&self) -> Result<PushRequest, CliError> {
        if self.registry.password_stdin && self.packing.path == Path::new(STDIN) {
            let error = CliError::usage(anyhow::anyhow!("--path - and --password-stdin both read standard input"));
            return Err(error.with_hint("write the YAML to a file, or take the login from docker's config.json"));
        }
        let mut annotations =
            self.annotation_file.as_deref().map(push::read_annotation_file).transpose()?.unwrap_or_default();
        annotations.extend(push::parse_annotations(self.annotations.iter().map(String::as_str))?);
        Ok(PushRequest {
            reference: flags::target(&self.reference, &self.more)?,
            tags: flags::tags(&self.tag)?,
            content: Context::content(&self.packing)?,
            claims: Claims {
                source: self.source.clone(),
                revision: self.revision.clone(),
                annotations,
                created: Context::created(self.reproducible)?,
            },
            config_media_type: self.config_media_type.clone(),
            conditions: self.conditions.into(),
        })
    }
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
