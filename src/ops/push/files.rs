//! Files as an artifact: a layer a file, an empty config and a type, as `oras push` and `regctl artifact put` make it.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::file_source::FileSource;
use super::packed::{ArtifactType, Metadata, Packed, Part, Parts};
use super::piece::FilePushed;
use crate::artifact::file::{self, PlainFile};
use crate::artifact::fit::BobFacts;
use crate::artifact::provenance::{self, Claims, Provenance};
use crate::oci::{Descriptor, media_type};
use crate::ops::Result;
use crate::ops::cancel::blocking;
use crate::ops::report::{Event, Reporter, Step};
use crate::ops::transfer::Blob;
use crate::store::BytesSource;

/// How many files are hashed at the same time.
const HASHED_AT_ONCE: usize = 4;

/// Files to be pushed.
pub struct FileArtifact {
    /// The files, in the order of their layers.
    pub files: Vec<FileGiven>,
    /// What they are together.
    pub artifact_type: String,
}

/// A file to be pushed.
pub struct FileGiven {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub media_type: String,
}

/// Files that have been looked at: nothing about them is left to refuse.
pub(super) struct Files {
    files: Vec<(PlainFile, String)>,
    metadata: Metadata,
}

impl Files {
    /// Look at the files, and ask git where they come from.
    pub(super) async fn prepare(artifact: FileArtifact, claims: Claims, reporter: &Arc<dyn Reporter>) -> Result<Self> {
        let FileArtifact { files, artifact_type } = artifact;
        let (files, Provenance { annotations, warnings }) = blocking(move |_| {
            let (paths, types): (Vec<_>, Vec<_>) = files.into_iter().map(|file| (file.path, file.media_type)).unzip();
            let plain = paths.iter().map(|path| PlainFile::at(path)).collect::<std::result::Result<Vec<_>, _>>()?;
            file::check_names(&plain)?;
            let folders: Vec<PathBuf> = plain.iter().map(PlainFile::folder).collect();
            let provenance = provenance::of_files(&claims, &folders)?;
            Ok((plain.into_iter().zip(types).collect(), provenance))
        })
        .await?;
        reporter.warn_all(&warnings);
        let artifact_type = ArtifactType::Always(artifact_type);
        Ok(Self { files, metadata: Metadata { annotations, artifact_type } })
    }

    /// Hash the files.
    pub(super) async fn pack(self, reporter: &Arc<dyn Reporter>) -> Result<Packed> {
        let total = self.files.iter().map(|(file, _)| file.size()).sum();
        reporter.report(Event::Begin(Step::Pack, Some(total)));
        let sources: Vec<FileSource> = stream::iter(self.files)
            .map(|(file, media_type)| FileSource::hash(file, media_type, reporter.clone()))
            .buffered(HASHED_AT_ONCE)
            .try_collect()
            .await?;
        reporter.report(Event::End(Step::Pack));

        let pushed = sources.iter().map(FileSource::pushed).collect();
        let config = BytesSource::new(media_type::EMPTY, &b"{}"[..]);
        let config = Blob { descriptor: Descriptor::empty(), source: Arc::new(config) };
        let layers = sources.into_iter().map(Blob::from).collect();
        let part = Part { config, layers, facts: BobFacts::default() };
        Ok(Packed { metadata: self.metadata, parts: Parts::Files(part, pushed) })
    }
}

impl FileSource {
    fn pushed(&self) -> FilePushed {
        let layer = self.descriptor();
        FilePushed {
            name: self.name().to_owned(),
            digest: layer.digest.clone(),
            size: layer.size,
            media_type: layer.media_type.clone(),
        }
    }
}

impl From<FileSource> for Blob {
    fn from(source: FileSource) -> Self {
        Self { descriptor: source.descriptor().clone(), source: Arc::new(source) }
    }
}
