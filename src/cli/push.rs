//! `push artifact`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOrShort, PackFlags, RegistryFlags, Shown, SideFlags};
use super::inputs::{self, Paths};
use crate::oci::Location;
use crate::ops::link::Platforms;
use crate::ops::push::{
    self, Claims, Conditions, FileArtifact, FileGiven, Folders, LinkTo, PushRequest, Pushed, Types, What,
};
use crate::output::escape;

/// Pack a folder, upload it and tag it
///
/// Prints HOST/REPOSITORY@DIGEST. The same folder with the same annotations gives the same digest on every machine.
/// Without --source and --revision, git is asked for them. With a platform before each --path, a BoB for each is pushed
/// and an index of them. With --file, files are pushed as they are. With --link, what is pushed refers to an image and is
/// found from there; it is kept in the image's repository too, under the same digest.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bobctl push artifact oci://ghcr.io/org/bobs/webapp:$(git rev-parse --short HEAD) --path ./webapp\n  bobctl push artifact oci://ghcr.io/org/bobs/webapp:1.0.0 --path ./webapp \\\n    --link oci://ghcr.io/org/webapp:1.0.0\n  bobctl push artifact oci://ghcr.io/org/bobs/webapp:1.0.0 \\\n    --path linux/amd64=./amd64 --path linux/arm64=./arm64\n  bobctl push artifact oci://ghcr.io/org/sboms/webapp:1.0.0 --file sbom.json:application/spdx+json \\\n    --artifact-type application/spdx+json",
    group = ArgGroup::new("content").args(["path", "file"]).required(true)
)]
pub(super) struct PushArgs {
    /// Where to push: oci://HOST/REPOSITORY[:TAG] or oci-layout://DIR[:TAG]; without a tag it is reachable by digest
    #[arg(value_name = "REF")]
    reference: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// The folder or file to pack; - reads YAML from standard input; with linux/amd64= or the like in front, what to pack
    /// for that platform (repeat)
    #[arg(short = 'f', long, value_name = "[PLATFORM=]DIR|FILE|-", value_hint = ValueHint::AnyPath)]
    path: Vec<OsString>,
    /// A file to push as it is, named by its file name (repeat) [default media type: application/octet-stream]
    #[arg(
        long, value_name = "PATH[:MEDIATYPE]", value_hint = ValueHint::FilePath,
        conflicts_with_all = ["ignore_paths", "no_default_ignores", "resolve_symlinks", "config_media_type"]
    )]
    file: Vec<OsString>,
    /// What the files of --file are together, a media type; with --link, what the BoB is
    /// [default: application/vnd.bob.artifact+yaml]
    #[arg(long, value_name = "TYPE", value_parser = inputs::media_type)]
    artifact_type: Option<String>,
    #[command(flatten)]
    image: ImageFlags,
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
    #[arg(long, value_name = "TYPE", value_parser = inputs::media_type)]
    config_media_type: Option<String>,
    #[command(flatten)]
    packing: PackFlags,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

/// The image that is linked to.
#[derive(Debug, Args)]
struct ImageFlags {
    /// Link what is pushed to this image or index, a reference like REF
    #[arg(long, value_name = "IMAGE")]
    link: Option<String>,
    /// Link the images in the index too: all that the BoB is for, or those of these platforms, separated by commas
    #[arg(long, value_name = "all|LIST", value_parser = inputs::platforms, requires = "link")]
    platforms: Option<Platforms>,
    /// Link even if the BoB's profiles name another image or architecture
    #[arg(long, requires = "link", conflicts_with = "file")]
    allow_mismatch: bool,
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
    /// Pack and print, but write nothing, and ask nothing but the image of --link
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
            context.ui().note("no tag is given; the artifact is reachable by its digest alone, and some registries delete what no tag names");
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
        let target = &request.reference.location;
        let (store, link) = match self.image.link.as_deref() {
            None => (context.store(target, &self.registry, Access::Push)?, None),
            Some(image) => {
                let image = flags::reference(image, &[])?;
                let sides = SideFlags::default();
                let (own, store) = context.writable_pair(target, &image.location, &self.registry, &sides)?;
                let ImageFlags { platforms, allow_mismatch, .. } = self.image;
                (own, Some(LinkTo { store, image, platforms, allow_mismatch }))
            }
        };
        let request = PushRequest { link, ..request };
        let pushed = context.wait(&self.registry.access, push::push(&store, request, context.reporter()))?;
        if pushed.unchanged {
            context.ui().note("already up to date");
        }
        context.ui().result(&pushed, lines)?;
        Ok(())
    }

    fn request(&self) -> Result<PushRequest, CliError> {
        let mut annotations =
            self.annotation_file.as_deref().map(push::read_annotation_file).transpose()?.unwrap_or_default();
        annotations.extend(push::parse_annotations(self.annotations.iter().map(String::as_str))?);
        Ok(PushRequest {
            reference: flags::target(&self.reference, &self.more)?,
            tags: flags::tags(&self.tag)?,
            what: if self.file.is_empty() { self.folders()? } else { self.files()? },
            claims: Claims {
                source: self.source.clone(),
                revision: self.revision.clone(),
                annotations,
                created: Context::created(self.reproducible)?,
            },
            conditions: self.conditions.into(),
            concurrency: usize::from(self.registry.concurrency),
            link: None,
        })
    }

    /// What `--path` says.
    fn folders(&self) -> Result<What, CliError> {
        if self.artifact_type.is_some() && self.image.link.is_none() {
            let message = "--artifact-type is for files that are pushed with --file, and for what --link links";
            let error = CliError::usage(anyhow::anyhow!(message));
            return Err(error.with_hint("leave it out: a BoB is known by its config"));
        }
        let paths = inputs::paths(&self.path)?;
        if self.registry.access.password_stdin && paths.read_stdin() {
            let error = CliError::usage(anyhow::anyhow!("--path - and --password-stdin both read standard input"));
            return Err(error.with_hint("write the YAML to a file, or take the login from docker's config.json"));
        }
        let folders = match paths {
            Paths::One(path) => Folders::One(Context::content(&path, &self.packing)?),
            Paths::Platforms(paths) => {
                let content = |(platform, path): (_, PathBuf)| Ok((platform, Context::content(&path, &self.packing)?));
                Folders::Platforms(paths.into_iter().map(content).collect::<Result<_, CliError>>()?)
            }
        };
        let types = Types { config: self.config_media_type.clone(), artifact: self.artifact_type.clone() };
        Ok(What::Bob { folders, types })
    }

    /// What `--file` says.
    fn files(&self) -> Result<What, CliError> {
        let Some(artifact_type) = self.artifact_type.clone() else {
            let error = CliError::usage(anyhow::anyhow!("--file is given without --artifact-type"));
            return Err(error.with_hint("write what the files are, --artifact-type application/spdx+json for one"));
        };
        let file = |given: &OsString| inputs::file(given).map(|(path, media_type)| FileGiven { path, media_type });
        let files = self.file.iter().map(file).collect::<Result<_, CliError>>()?;
        Ok(What::Files(FileArtifact { files, artifact_type }))
    }
}

/// What was pushed, and one a line the links that have digests of their own.
fn lines(pushed: &Pushed) -> String {
    let references: Vec<String> =
        [pushed.reference.as_str()].into_iter().chain(pushed.further_links()).map(escape).collect();
    references.join("\n")
}
