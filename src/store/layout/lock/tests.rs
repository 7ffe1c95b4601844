use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::*;

const SOON: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(20);

fn no_locks(_: &File) -> std::result::Result<(), TryLockError> {
    Err(TryLockError::Error(Errno::NOLCK.into()))
}

fn ways() -> [Box<TryLock>; 2] {
    [Box::new(File::try_lock), Box::new(no_locks)]
}

#[test]
fn one_holder_at_a_time() {
    for way in ways() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take_with(folder.path(), SOON, &way).unwrap();
        let error = Lock::take_with(folder.path(), SOON, &way).err().expect("it is held");
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
        assert!(error.fault().hint().unwrap().contains(NAME));
        drop(first);
        Lock::take_with(folder.path(), SOON, &way).unwrap();
    }
}

#[test]
fn a_holder_is_waited_for() {
    for way in ways() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take_with(folder.path(), SOON, &way).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                sleep(Duration::from_millis(50));
                drop(first);
            });
            Lock::take_with(folder.path(), LONG, &way).unwrap();
        });
    }
}

#[test]
fn threads_exclude_each_other_where_there_are_no_locks() {
    let folder = tempfile::tempdir().unwrap();
    let inside = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let lock = Lock::take_with(folder.path(), LONG, &no_locks).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                    sleep(Duration::from_millis(1));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lock);
                }
            });
        }
    });
}

#[test]
fn without_locks_the_message_says_whose_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Lock::take_with(folder.path(), SOON, &no_locks).unwrap();
    let error = Lock::take_with(folder.path(), SOON, &no_locks).err().expect("it is held");
    assert!(error.to_string().contains(&format!("process {} on ", std::process::id())), "{error}");
}

#[test]
fn a_dead_owner_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let owner = folder.path().join(OWNER);
    std::fs::write(&owner, "process 1 on elsewhere").unwrap();
    assert!(Lock::take_with(folder.path(), SOON, &no_locks).is_err(), "it is young");
    let old = SystemTime::now() - DEAD - Duration::from_secs(1);
    File::options().write(true).open(&owner).unwrap().set_modified(old).unwrap();
    let lock = Lock::take_with(folder.path(), LONG, &no_locks).unwrap();
    assert!(std::fs::read_to_string(&owner).unwrap().contains(&std::process::id().to_string()));
    drop(lock);
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "only the lock file stays");
}

#[test]
fn a_link_in_the_lock_files_place_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    std::os::unix::fs::symlink(&target, folder.path().join(NAME)).unwrap();
    assert!(Lock::take(folder.path(), SOON).is_err());
    assert!(!target.exists());
}
