//! Other programs that change the same layout meanwhile.

use super::*;
use crate::store::Fault;

#[tokio::test]
async fn an_index_that_is_being_written_in_place_is_read_a_moment_later() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let path = sandbox.path().join("index.json");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..40]).unwrap();
    let error = sandbox.layout.resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable(_)), "{error:?}");
    assert!(error.to_string().contains("index.json"), "{error}");

    let layout = Arc::new(Layout::open(sandbox.path()));
    let reader = tokio::spawn(async move { layout.manifest(&version("v1")).await });
    tokio::time::sleep(Duration::from_millis(15)).await;
    fs::write(&path, &whole).unwrap();
    assert_eq!(reader.await.unwrap().unwrap(), manifest);
}

#[test]
fn a_slow_writer_gets_five_looks_and_what_is_no_matter_of_time_one() {
    let unreadable = || StoreError::Unreadable(Fault::new("half"));
    let refused = || StoreError::Refused(Fault::new("too large"));
    for (failures, error, looks, found) in
        [(4, unreadable as fn() -> StoreError, 5, true), (9, unreadable, 5, false), (1, refused, 1, false)]
    {
        let seen = std::cell::Cell::new(0);
        let read = || {
            seen.set(seen.get() + 1);
            if seen.get() > failures { Ok(()) } else { Err(error()) }
        };
        let result = update::patiently(&[Duration::ZERO; 4], read);
        assert_eq!((seen.get(), result.is_ok()), (looks, found), "{failures} failures");
    }
}

/// A change for [`Folder::update`]: the tag `v2`.
fn name_v2(manifest: &RawManifest, index: &mut index::Index) {
    index.set_tag("v2", &json!(manifest.descriptor()), &|_| false);
}

#[tokio::test]
async fn a_change_that_another_program_overwrites_is_made_again() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let path = sandbox.path().join("index.json");
    let stale = fs::read(&path).unwrap();
    let folder = &sandbox.layout.folder;
    let change = |index: &mut index::Index| {
        name_v2(&manifest, index);
        Ok(())
    };

    assert!(folder.attempt(&change).unwrap());
    assert!(folder.holds(&change).unwrap());
    fs::write(&path, &stale).unwrap();
    assert!(!folder.holds(&change).unwrap(), "the loss is seen");
    assert!(folder.attempt(&change).unwrap(), "and made good");
    assert!(!folder.attempt(&change).unwrap());
    assert_eq!(sandbox.names(), ["v1", "v2"]);
}

#[tokio::test]
async fn a_change_that_another_program_makes_meanwhile_is_not_thrown_away() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let folder = &sandbox.layout.folder;
    let meddled = std::cell::Cell::new(false);
    let change = |index: &mut index::Index| {
        if !meddled.replace(true) {
            let mut theirs = sandbox.index();
            let mut entry = theirs["manifests"][0].clone();
            entry["annotations"][REF_NAME] = json!("theirs");
            theirs["manifests"].as_array_mut().unwrap().push(entry);
            sandbox.set_index(&theirs);
        }
        name_v2(&manifest, index);
        Ok(())
    };
    folder.update("tag 'v2'", &change).unwrap();
    assert_eq!(sandbox.names(), ["v1", "theirs", "v2"]);
}

#[tokio::test]
async fn a_program_that_never_stops_overwriting_is_an_error() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let folder = &sandbox.layout.folder;
    let round = std::cell::Cell::new(0);
    let change = |index: &mut index::Index| {
        round.set(round.get() + 1);
        let mut theirs = sandbox.index();
        theirs["x-round"] = json!(round.get());
        sandbox.set_index(&theirs);
        name_v2(&manifest, index);
        Ok(())
    };
    let error = folder.update("tag 'v2'", &change).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("tag 'v2' was not kept"), "{error}");
}

#[tokio::test]
async fn a_locked_layout_is_waited_for_and_then_named() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let impatient = Layout {
        location: sandbox.layout.location.clone(),
        folder: Arc::new(Folder::new(sandbox.path().to_owned(), Duration::from_millis(30))),
    };
    let lock = lock::Lock::take(sandbox.path(), LOCK_WAIT).unwrap();
    let error = impatient.write_manifest(&manifest, Some(&tag("v2"))).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert_eq!(impatient.manifest(&version("v1")).await.unwrap(), manifest, "reading needs no lock");
    drop(lock);
    impatient.write_manifest(&manifest, Some(&tag("v2"))).await.unwrap();
}

#[tokio::test]
async fn a_marker_that_comes_while_the_layout_is_made_is_not_foreign() {
    let (sandbox, _) = Sandbox::with_v1().await;
    // What the second of two writers sees when the first one is done between its two looks.
    Folder::new(sandbox.path().to_owned(), LOCK_WAIT).refuse_foreign_folder().unwrap();
}
