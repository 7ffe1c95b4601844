//! Blobs: written once and whole, verified on each read, through no link.

use super::*;

#[tokio::test]
async fn a_blob_that_is_there_is_not_written_again() {
    let (sandbox, _) = Sandbox::with_v1().await;
    let blob = BytesSource::new(TYPE, "app");
    let inode = || {
        let metadata = fs::metadata(sandbox.blob_path(&blob.descriptor().digest)).unwrap();
        (std::os::unix::fs::MetadataExt::ino(&metadata), metadata.modified().unwrap())
    };
    let before = inode();
    sandbox.layout.write_blob(&blob).await.unwrap();
    assert_eq!(inode(), before);
}

#[tokio::test]
async fn a_blob_that_a_crash_cut_short_is_written_again() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    for bytes in [&b"app"[..], manifest.bytes()] {
        let path = sandbox.blob_path(&Digest::of(bytes));
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes[..2]).unwrap();
    }
    push(&sandbox.layout, "app", Some("v1")).await;
    assert_eq!(read(&sandbox.layout, &Descriptor::of(TYPE, b"app")).await.unwrap(), b"app");
    assert_eq!(sandbox.layout.manifest(&version("v1")).await.unwrap(), manifest);
}

#[tokio::test]
async fn every_read_is_verified() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let layer = Descriptor::of(TYPE, b"app");
    let tamper = |digest: &Digest, bytes: &[u8]| {
        let path = sandbox.blob_path(digest);
        fs::remove_file(&path).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for bytes in [&b"apq"[..], b"ap", b"apps"] {
        tamper(&layer.digest, bytes);
        let error = read(&sandbox.layout, &layer).await.unwrap_err();
        assert!(matches!(error, StoreError::Integrity(_)), "{error:?}");
        assert!(error.to_string().contains(&layer.digest.to_string()), "{error}");
    }
    let mut same_size = manifest.bytes().to_vec();
    *same_size.last_mut().unwrap() = b' ';
    for bytes in [same_size.as_slice(), b"{}"] {
        tamper(manifest.digest(), bytes);
        for name in ["v1", &manifest.digest().to_string()] {
            let error = sandbox.layout.manifest(&version(name)).await.unwrap_err();
            assert!(matches!(error, StoreError::Integrity(_)), "{name}: {error:?}");
            assert!(error.to_string().contains(&manifest.digest().to_string()), "{error}");
        }
    }
}

#[tokio::test]
async fn links_and_special_files_are_refused() {
    type Trap = fn(&Sandbox, &Path);
    let manifest = RawManifest::from_manifest(&manifest_of(&Sandbox::new().layout, "app").await);
    let blob = format!("blobs/sha256/{}", manifest.digest().hex());
    let link: Trap = |sandbox, path| {
        let aside = sandbox.root.path().join("aside");
        fs::rename(path, &aside).unwrap();
        symlink(&aside, path).unwrap();
    };
    let folder: Trap = |_, path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    };
    let fifo: Trap = |_, path| {
        fs::remove_file(path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    for (trap, place, what) in [
        (link, "blobs", "symbolic link"),
        (link, "blobs/sha256", "symbolic link"),
        (link, &blob, "symbolic link"),
        (link, "index.json", "symbolic link"),
        (link, "oci-layout", "symbolic link"),
        (folder, &blob, "folder"),
        (fifo, &blob, "special file"),
        (fifo, "index.json", "special file"),
    ] {
        let (sandbox, manifest) = Sandbox::with_v1().await;
        trap(&sandbox, &sandbox.path().join(place));
        let written = sandbox.layout.write_manifest(&manifest, Some(&tag("v2"))).await.map(|_| ());
        let read = sandbox.layout.manifest(&version("v1")).await.map(|_| ());
        for (doing, result) in [("write", written), ("read", read)] {
            let error = result.expect_err(&format!("{doing} with a {what} for {place}"));
            assert!(matches!(error, StoreError::Refused(_)), "{doing} {place}: {error:?}");
            let message = error.to_string();
            assert!(message.contains(place) && message.contains(what), "{doing} {place}: {message}");
        }
    }
}

#[tokio::test]
async fn a_new_blob_does_not_go_through_a_link() {
    for place in ["blobs", "blobs/sha256"] {
        let (sandbox, _) = Sandbox::with_v1().await;
        let aside = sandbox.root.path().join("aside");
        fs::rename(sandbox.path().join(place), &aside).unwrap();
        symlink(&aside, sandbox.path().join(place)).unwrap();
        let count = || aside.read_dir().unwrap().count();
        let before = count();
        let error = sandbox.layout.write_blob(&BytesSource::new(TYPE, "new")).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
        assert_eq!(count(), before);
    }
}

#[tokio::test]
async fn content_is_written_while_it_grows() {
    use std::io::Write;
    let sandbox = Sandbox::new();
    let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    let blob = Descriptor::of(TYPE, &content);
    let (made, end) = (content.clone(), blob.clone());
    let maker = std::thread::spawn(move || {
        made.chunks(1_000_000).for_each(|block| writer.write_all(block).unwrap());
        writer.finish(end);
    });
    sandbox.layout.write_blob(&spool).await.unwrap();
    maker.join().unwrap();
    assert!(read(&sandbox.layout, &blob).await.unwrap() == content);
    let mut chunks = sandbox.layout.blob(&blob).await.unwrap();
    assert_eq!(chunks.next().await.unwrap().unwrap().len(), 256 << 10);
}

#[tokio::test]
async fn content_that_fails_or_changes_leaves_nothing() {
    struct Changed(BytesSource);
    #[async_trait]
    impl BlobSource for Changed {
        fn known(&self) -> Option<Descriptor> {
            Some(Descriptor::of(TYPE, b"as it was"))
        }
        async fn complete(&self) -> std::io::Result<Descriptor> {
            self.0.complete().await
        }
        fn open(&self) -> crate::store::blob::SourceStream {
            self.0.open()
        }
    }
    let (sandbox, _) = Sandbox::with_v1().await;
    let files =
        || sandbox.path().join("blobs/sha256").read_dir().unwrap().count() + sandbox.path().read_dir().unwrap().count();
    let before = files();
    let (writer, broken) = spool(TYPE, &std::env::temp_dir()).unwrap();
    writer.fail("cannot read bob.yaml");
    let changed = Changed(BytesSource::new(TYPE, "different"));
    for (source, part) in [(&broken as &dyn BlobSource, "cannot be read"), (&changed, "changed while")] {
        let error = sandbox.layout.write_blob(source).await.unwrap_err();
        assert!(matches!(error, StoreError::Local(_)), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(files(), before);
    }
}

#[tokio::test]
async fn a_sha512_blob_is_kept_and_verified_as_such() {
    let sandbox = Sandbox::new();
    let digest = Digest::of_with(Algorithm::Sha512, b"app");
    let blob = Descriptor::new(TYPE, digest.clone(), 3);
    let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    std::io::Write::write_all(&mut writer, b"app").unwrap();
    writer.finish(blob.clone());
    sandbox.layout.write_blob(&spool).await.unwrap();
    assert!(sandbox.path().join("blobs/sha512").join(digest.hex()).is_file());
    assert_eq!(read(&sandbox.layout, &blob).await.unwrap(), b"app");
}
