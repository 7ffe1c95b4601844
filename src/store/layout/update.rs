//! Reading `index.json`, finding manifests by it, and changing it so that no one's change is lost (LAY-5, LAY-6).

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use super::faults::local;
use super::folder::{Folder, INDEX, SHARED};
use super::index::{Ambiguous, Index, IndexError, digest_of};
use super::leftovers;
use super::lock::Lock;
use crate::oci::{Descriptor, Tag, Version};
use crate::store::{Fault, Fetched, MAX_MANIFEST, Result, StoreError};

/// The largest `index.json` that is read, in bytes: a hundred thousand tags.
const MAX_INDEX: usize = 32 << 20;
/// How often a change is made again that another program, one without our lock, has undone.
const ATTEMPTS: u32 = 10;
/// How long a program that writes `index.json` in place gets to finish, in pauses between looks (LAY-5).
const PAUSES: [Duration; 4] =
    [Duration::from_millis(20), Duration::from_millis(50), Duration::from_millis(100), Duration::from_millis(200)];

/// The index as it was read last, and the file that it was read from.
#[derive(Default)]
pub(super) struct Cache(Option<(Stamp, Arc<Index>)>);

/// What changes when a file is replaced or written.
#[derive(PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// A change to an index. Made twice, it changes nothing the second time: that is how it is verified.
pub(super) type Change<'a> = &'a dyn Fn(&mut Index) -> Result<()>;

impl Folder {
    /// The index as it is now, for reading.
    pub(super) fn index(&self) -> Result<Arc<Index>> {
        self.require()?;
        let failed = |error| local("read", &self.path_of(&[INDEX]), error);
        let Some(file) = self.open(&[INDEX])? else { return Ok(Arc::new(Index::new())) };
        let stamp = Stamp::of(&file).map_err(failed)?;
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Cache(Some((seen, index))) = &*cache
            && *seen == stamp
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(self.read_index()?.0);
        cache.0 = Some((stamp, Arc::clone(&index)));
        Ok(index)
    }

    /// The index and its bytes. One that cannot be understood is read again a little later: tools that write it in place
    /// may be at it.
    fn read_index(&self) -> Result<(Index, Vec<u8>)> {
        patiently(&PAUSES, || self.parse_index())
    }

    fn parse_index(&self) -> Result<(Index, Vec<u8>)> {
        let Some(bytes) = self.read(&[INDEX], MAX_INDEX)? else { return Ok((Index::new(), Vec::new())) };
        let index = Index::parse(&bytes).map_err(|error| self.broken_index(error))?;
        Ok((index, bytes))
    }

    fn broken_index(&self, error: IndexError) -> StoreError {
        let message = format!("{} is no image index", self.path_of(&[INDEX]).display());
        StoreError::Unreadable(Fault::new(message).caused_by(error))
    }

    /// Change the index under the lock; `what` says in messages what the change is about.
    pub(super) fn update(&self, what: &str, change: Change<'_>) -> Result<()> {
        self.prepare()?;
        let lock = Lock::take(self.path(), self.lock_wait)?;
        leftovers::sweep(self.path(), &lock);
        for _ in 0..ATTEMPTS {
            if !self.attempt(change)? || self.holds(change)? {
                return Ok(());
            }
        }
        let message = format!(
            "{what} was not kept: another program keeps changing {} without a lock",
            self.path_of(&[INDEX]).display()
        );
        Err(StoreError::Unavailable(Fault::new(message).with_hint("run the command again when that program is done")))
    }

    /// Make the change once; whether there was one to make.
    pub(super) fn attempt(&self, change: Change<'_>) -> Result<bool> {
        let (before, bytes) = self.read_index()?;
        let mut after = before.clone();
        change(&mut after)?;
        if after == before {
            return Ok(false);
        }
        let mut file = self.new_file(SHARED)?;
        let path = self.path_of(&[INDEX]);
        let written = file.write_all(&after.to_bytes()).and_then(|()| file.as_file().sync_all());
        written.map_err(|error| local("write", &path, error))?;
        // Programs without our lock may have written since we read. Their change is not ours to throw away. What takes
        // time is done by now: as little as can be lies between this look and the rename.
        if self.read(&[INDEX], MAX_INDEX)?.unwrap_or_default() == bytes {
            self.publish_over(file, &[INDEX])?;
        }
        Ok(true)
    }

    /// Whether the index on disk has the change.
    pub(super) fn holds(&self, change: Change<'_>) -> Result<bool> {
        let (read, _) = self.read_index()?;
        let mut again = read.clone();
        change(&mut again)?;
        Ok(again == read)
    }

    /// The descriptor that `tag` names, whose bytes are there.
    pub(super) fn resolve(&self, tag: &Tag) -> Result<Descriptor> {
        let index = self.index()?;
        let find = || index.find(tag.as_str()).map_err(|ambiguous| self.ambiguous(tag, &ambiguous));
        let entry = if self.is_no_tag(tag, &index) { None } else { find()? };
        let entry = entry.ok_or_else(|| self.no_tag(tag, &index))?;
        let listed: Descriptor = serde_json::from_value(entry.clone()).map_err(|error| {
            let message = format!("the entry of tag '{tag}' in {} cannot be read", self.path_of(&[INDEX]).display());
            StoreError::Unreadable(Fault::new(message).caused_by(error))
        })?;
        let descriptor = Descriptor::new(listed.media_type, listed.digest, listed.size);
        self.have(&descriptor, &format!("tag '{tag}'"))?;
        Ok(descriptor)
    }

    fn have(&self, manifest: &Descriptor, what: &str) -> Result<()> {
        let (digest, size) = (&manifest.digest, manifest.size);
        match self.blob_size(digest)? {
            Some(found) if found == size => Ok(()),
            Some(found) => {
                let message = format!("{what} names manifest {digest}, which has {found} bytes instead of {size}");
                Err(StoreError::Integrity(Fault::new(message)))
            }
            None => {
                let message =
                    format!("{what} names manifest {digest}, which is missing from {}", self.path().display());
                Err(StoreError::NotFound(Fault::new(message)))
            }
        }
    }

    /// A manifest's bytes, unchecked, with what the index says about it.
    pub(super) fn manifest(&self, version: &Version) -> Result<Fetched> {
        let (digest, media_type) = match version {
            Version::Tag(tag) => {
                let descriptor = self.resolve(tag)?;
                (descriptor.digest, descriptor.media_type)
            }
            Version::Digest(digest) => {
                let index = self.index()?;
                let media_type = index.with_digest(digest).and_then(|entry| entry.get("mediaType")?.as_str());
                (digest.clone(), media_type.unwrap_or_default().to_owned())
            }
        };
        let bytes = self.small_blob(&digest, MAX_MANIFEST)?.ok_or_else(|| {
            let message = format!("there is no manifest {digest} in oci-layout://{}", self.path().display());
            StoreError::NotFound(Fault::new(message))
        })?;
        Ok(Fetched { media_type, digest: Some(digest), bytes })
    }

    pub(super) fn no_tag(&self, tag: &Tag, index: &Index) -> StoreError {
        let location = format!("oci-layout://{}", self.path().display());
        // Some tools write layouts without any names: `crane pull --format=oci` for one.
        let nameless = index.entries().iter().find_map(digest_of).filter(|_| !index.has_tags());
        let hint = match nameless {
            Some(digest) => format!("no manifest there has a tag; name one by its digest: {location}@{digest}"),
            None => format!("`bobctl list artifacts {location}` shows the tags there are"),
        };
        StoreError::NotFound(Fault::new(format!("there is no tag '{tag}' in {location}")).with_hint(hint))
    }

    pub(super) fn ambiguous(&self, tag: &Tag, Ambiguous(names): &Ambiguous) -> StoreError {
        let message = format!("tag '{tag}' is ambiguous in {}: {}", self.path().display(), names.join(", "));
        StoreError::Refused(Fault::new(message).with_hint("name the digest instead, as DIR@sha256:…"))
    }
}

/// `read`, and again after each of `pauses` while what is there cannot be understood.
pub(super) fn patiently<T>(pauses: &[Duration], mut read: impl FnMut() -> Result<T>) -> Result<T> {
    for pause in pauses {
        match read() {
            Err(StoreError::Unreadable(_)) => sleep(*pause),
            done => return done,
        }
    }
    read()
}
