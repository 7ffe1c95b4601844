use std::time::Duration;

use futures_util::TryStreamExt;

use super::*;
use crate::store::blob;

const TYPE: &str = "application/x-test";

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

async fn everything(source: &Spool) -> io::Result<Vec<u8>> {
    let chunks: Vec<Bytes> = source.open().try_collect().await?;
    assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK), "a chunk larger than {CHUNK}");
    Ok(chunks.concat())
}

/// Write `content` in blocks with pauses, as packing does, and finish.
fn make_slowly(mut writer: SpoolWriter, content: Vec<u8>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for block in content.chunks(300_000) {
            writer.write_all(block).unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        writer.finish(Descriptor::of(TYPE, &content));
    })
}

#[tokio::test]
async fn several_readers_follow_content_that_grows_from_memory_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let content = bytes(3 * IN_MEMORY + 17);
    let (writer, spool) = spool(TYPE, folder.path()).unwrap();
    assert_eq!(spool.known(), None);
    let maker = make_slowly(writer, content.clone());
    let late = async {
        tokio::time::sleep(Duration::from_millis(15)).await;
        everything(&spool).await
    };
    let (first, second, late, complete) =
        tokio::join!(everything(&spool), everything(&spool), late, BlobSource::complete(&spool));
    for read in [first, second, late] {
        assert!(read.unwrap() == content);
    }
    assert_eq!(complete.unwrap(), Descriptor::of(TYPE, &content));
    assert_eq!(spool.known(), Some(Descriptor::of(TYPE, &content)));
    assert_eq!(spool.written(), content.len() as u64);
    let read = tokio::task::spawn_blocking(move || {
        let mut whole = Vec::new();
        spool.reader().read_to_end(&mut whole).map(|_| whole)
    });
    assert!(read.await.unwrap().unwrap() == content);
    maker.join().unwrap();
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "the file has no name");
}

#[tokio::test]
async fn bytes_are_read_before_the_content_is_complete() {
    let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    writer.write_all(b"first").unwrap();
    let mut stream = spool.open();
    assert_eq!(stream.try_next().await.unwrap().unwrap(), "first");
    assert!(tokio::time::timeout(Duration::from_millis(20), stream.try_next()).await.is_err(), "nothing more yet");
    writer.write_all(b"second").unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap(), "second");
    writer.finish(Descriptor::of(TYPE, b"firstsecond"));
    assert_eq!(stream.try_next().await.unwrap(), None);
}

#[tokio::test]
async fn small_content_needs_no_folder_that_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let (mut writer, spool) = spool(TYPE, &path).unwrap();
    folder.close().unwrap();
    let content = bytes(IN_MEMORY);
    writer.write_all(&content).unwrap();
    let error = writer.write_all(b"one more").unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    writer.finish(Descriptor::of(TYPE, &content));
    assert!(everything(&spool).await.unwrap() == content);
}

#[tokio::test]
async fn empty_content_is_complete_and_empty() {
    let (writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    writer.finish(Descriptor::of(TYPE, b""));
    assert_eq!(everything(&spool).await.unwrap(), b"");
    assert!(!spool.grown_past(0).await);
}

#[tokio::test]
async fn content_that_fails_fails_every_reader() {
    type End = fn(SpoolWriter);
    let ends: [(End, &str); 3] = [
        (|writer| writer.fail("cannot read bob.yaml"), "cannot read bob.yaml"),
        (drop, "given up"),
        (|writer| writer.finish(Descriptor::of(TYPE, b"other")), "7 bytes were made where 5"),
    ];
    for (end, message) in ends {
        let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
        writer.write_all(b"content").unwrap();
        let maker = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(10));
            end(writer);
        });
        let (read, complete, grown) =
            tokio::join!(everything(&spool), BlobSource::complete(&spool), spool.grown_past(100));
        assert!(read.unwrap_err().to_string().contains(message));
        assert!(complete.unwrap_err().to_string().contains(message));
        assert!(!grown);
        assert_eq!(spool.known(), None);
        maker.join().unwrap();
    }
}

#[tokio::test]
async fn growth_is_waited_for() {
    let (writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    let maker = make_slowly(writer, bytes(1_000_000));
    assert!(spool.grown_past(700_000).await);
    assert!(spool.written() > 700_000);
    assert!(!spool.grown_past(1_000_000).await, "it completed at that size");
    maker.join().unwrap();
}

#[test]
fn a_blocking_reader_does_not_take_a_part_for_the_whole() {
    let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    writer.write_all(b"part").unwrap();
    let error = spool.reader().read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

fn download(chunks: &[&[u8]], blob: &Descriptor) -> BlobStream {
    let chunks: Vec<Result<Bytes>> = chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    blob::checked(stream::iter(chunks).boxed(), blob)
}

#[tokio::test]
async fn a_checked_download_fills_a_spool() {
    let content = bytes(2_000_000);
    let blob = Descriptor::of(TYPE, &content);
    let (writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    let chunks: Vec<&[u8]> = content.chunks(16_000).collect();
    fill(download(&chunks, &blob), writer, &blob).await.unwrap();
    assert_eq!(spool.known(), Some(blob));
    assert!(everything(&spool).await.unwrap() == content);
}

#[tokio::test]
async fn a_download_with_the_wrong_bytes_leaves_no_content() {
    let blob = Descriptor::of(TYPE, b"content");
    let (writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    let error = fill(download(&[b"cont", b"ext"], &blob), writer, &blob).await.unwrap_err();
    assert!(matches!(error, StoreError::Integrity(_)), "{error:?}");
    assert!(everything(&spool).await.unwrap_err().to_string().contains("digest"));
}

#[tokio::test]
async fn a_disk_that_takes_nothing_ends_a_download_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let (writer, spool) = spool(TYPE, &path).unwrap();
    folder.close().unwrap();
    let chunk = Bytes::from(vec![0; IN_MEMORY + 1]);
    // A registry that sends no more: the failing disk must end the download, not the next chunk.
    let stream = stream::iter([Ok(chunk)]).chain(stream::pending()).boxed();
    let blob = Descriptor::of(TYPE, b"any");
    let filled = tokio::time::timeout(Duration::from_secs(5), fill(stream, writer, &blob)).await;
    let error = filled.expect("the download ends").unwrap_err();
    assert!(matches!(error, StoreError::Local(_)), "{error:?}");
    assert!(error.fault().hint().unwrap().contains(path.to_str().unwrap()));
    assert!(spool.known().is_none());
}
