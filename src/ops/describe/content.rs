//! What a manifest's config and layers say, with as few of them fetched as will do.

use std::sync::Arc;

use super::description::{Bob, File};
use super::{DescribeRequest, is_empty, total};
use crate::artifact::config::Said;
use crate::artifact::inside::{Inside, Texts};
use crate::artifact::layers;
use crate::artifact::unpack::{Limits, UnpackError, Unpacked};
use crate::oci::{Manifest, Platform, media_type};
use crate::ops::cancel::blocking;
use crate::ops::fetch::{Download, Layers, MAX_CONFIG};
use crate::ops::report::{Event, Reporter, Step};
use crate::ops::{OpError, Result, platform};
use crate::store::{Store, StoreError};

/// The largest layers, compressed, that are fetched without being asked for: for counts and default values.
const MAX_UNASKED: u64 = 16 << 20;
/// A config document of ours that names nothing, or a short test, is no longer than this: with such a one the layer waits
/// until the config has said whether it is needed. A longer one names profiles or values, so both are fetched at once.
const SMALL_CONFIG: u64 = 340;

/// How the names of temporary folders begin.
const FOLDER: &str = ".bobctl-";

/// What there is to read, and for whom.
pub(super) struct Content<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) manifest: &'a Manifest,
    pub(super) request: &'a DescribeRequest,
    pub(super) reporter: &'a Arc<dyn Reporter>,
}

/// What was read.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) said: Option<Said>,
    pub(super) bob: Option<Bob>,
    pub(super) files: Option<Vec<File>>,
}

impl Content<'_> {
    /// Read the config, and the layers where they are needed. Content for another platform than `wanted` is refused.
    pub(super) async fn read(&self, wanted: Option<&Platform>) -> Result<Shown> {
        let early = self.layers_go_with_config();
        let (said, mut layers) =
            tokio::try_join!(self.said(), async { if early { self.layers().await } else { Ok(None) } })?;
        platform::hold(said.as_ref().and_then(|said| said.promise.platform.as_ref()), wanted)?;
        if !early && self.wants_layers(said.as_ref()) {
            layers = self.layers().await?;
        }
        let opened = match layers {
            Some(layers) => self.unless_local(self.open(said.as_ref(), layers).await)?,
            None => None,
        };
        let (bob, files) = opened.unwrap_or_else(|| (said.as_ref().and_then(from_config), None));
        Ok(Shown { said, bob, files })
    }

    /// A machine without room for the layers is no reason to fail, unless they were asked for.
    fn unless_local<T>(&self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(
                error @ (OpError::Local(_)
                | OpError::Unpack(UnpackError::Disk { .. })
                | OpError::Store(StoreError::Local(_))),
            ) if !self.request.files => {
                let warning = format!("counts and default values are left out: {error}");
                self.reporter.report(Event::Warning(&warning));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What the config says. One that is no document of ours or an image's says nothing.
    async fn said(&self) -> Result<Option<Said>> {
        let config = &self.manifest.config;
        let is_document = media_type::essence(&config.media_type).ends_with("json");
        if !is_document || is_empty(config) || config.size > MAX_CONFIG as u64 {
            return Ok(None);
        }
        let bytes = self.store.small_blob(config, MAX_CONFIG).await?;
        match Said::read(&bytes) {
            Ok(said) => Ok(Some(said)),
            // Without what it promises the layers could not be held against anything.
            Err(error) if self.request.files => Err(OpError::Config(error)),
            Err(error) => {
                self.reporter.report(Event::Warning(&format!("the config cannot be read: {error}")));
                Ok(None)
            }
        }
    }

    /// Whether the layers are needed, as far as can be told before the config is here.
    fn layers_go_with_config(&self) -> bool {
        let config = &self.manifest.config;
        let is_ours = media_type::same(&config.media_type, media_type::BOB_CONFIG);
        let likely = is_ours && config.size > SMALL_CONFIG && total(self.manifest) <= MAX_UNASKED;
        (likely || self.request.files) && layers::roles(self.manifest).is_ok()
    }

    /// Whether the layers are needed, now that the config is known; a note says why something is left out.
    fn wants_layers(&self, said: Option<&Said>) -> bool {
        let names_some = said
            .and_then(|said| said.bob.as_ref())
            .is_some_and(|bob| !bob.profiles.is_empty() || !bob.values.is_empty());
        if !names_some && !self.request.files {
            return false;
        }
        if let Err(why) = layers::roles(self.manifest) {
            if self.request.files {
                self.reporter.report(Event::Note(&format!("there are no files to list: {why}")));
            }
            return false;
        }
        let size = total(self.manifest);
        if size > MAX_UNASKED && !self.request.files {
            let note = format!("counts and default values are in the content of {size} bytes; --files fetches it");
            self.reporter.report(Event::Note(&note));
            return false;
        }
        true
    }

    async fn layers(&self) -> Result<Option<Layers>> {
        let download = Download {
            store: self.store,
            folder: &self.request.scratch,
            concurrency: self.request.concurrency,
            reporter: self.reporter,
        };
        self.unless_local(download.layers(self.manifest).await)
    }

    /// Unpack the layers, with all checks of `pull`, and read them.
    async fn open(&self, said: Option<&Said>, layers: Layers) -> Result<(Option<Bob>, Option<Vec<File>>)> {
        let promise = said.map(|said| said.promise.clone()).unwrap_or_default();
        layers.hold(&promise)?;
        self.reporter.report(Event::Begin(Step::Unpack, None));
        let scratch = self.request.scratch.clone();
        let (files, texts) = blocking(move |wanted| {
            // A private folder, gone with all that is in it before anything is parsed, and after any failure.
            let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(scratch).map_err(OpError::Local)?;
            let files = layers.unpack(folder.path(), Limits::default(), &promise, &wanted).map_err(without_flag)?;
            let texts = Texts::collect(folder.path(), &files).map_err(OpError::Local)?;
            Ok((files, texts))
        })
        .await?;
        self.reporter.report(Event::End(Step::Unpack));
        let (inside, warnings) = blocking(move |_| Ok(texts.read())).await?;
        self.reporter.warn_all(&warnings);
        let bob = self.bob(said, inside, warnings.is_empty());
        Ok((bob, self.request.files.then(|| files.into_iter().map(shown).collect())))
    }

    /// What the layer holds counts; that the config says something else is worth knowing, as `link` goes by the config.
    fn bob(&self, said: Option<&Said>, inside: Inside, whole: bool) -> Option<Bob> {
        let Some(summary) = said.and_then(|said| said.bob.as_ref()) else {
            return (!inside.profiles.is_empty()).then_some(Bob { content: None, inside });
        };
        if whole && *summary != inside.summary() {
            let warning = "the config does not say what the content holds; what the content holds is shown";
            self.reporter.report(Event::Warning(warning));
        }
        Some(Bob { content: said.and_then(|said| said.promise.content.clone()), inside })
    }
}

fn from_config(said: &Said) -> Option<Bob> {
    let summary = said.bob.clone()?;
    Some(Bob { content: said.promise.content.clone(), inside: summary.into() })
}

fn shown(file: Unpacked) -> File {
    File { path: file.path, mode: format!("{:04o}", file.mode), size: file.size }
}

/// The limit has no flag here: such content is for `pull`, into a place of one's own choice.
fn without_flag(error: OpError) -> OpError {
    match error {
        OpError::Unpack(UnpackError::Limit { what, .. }) => OpError::Unpack(UnpackError::Limit { what, flag: None }),
        error => error,
    }
}
