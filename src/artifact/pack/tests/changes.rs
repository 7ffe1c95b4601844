//! Files that change under our hands, and places that fail.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const BIG: usize = 7 << 20;

/// A plan of small and large files, so that each way of reading is used.
fn folder() -> Folder {
    let folder = Folder::new().file("big", noise(BIG, 1));
    (0..200).fold(folder, |folder, n| folder.file(&format!("small/{n:03}"), noise(n * 11, n as u64)))
}

fn failure(plan: &Plan) -> PackError {
    pack(plan, 2, &mut io::sink(), &|_| {}).unwrap_err()
}

fn assert_changed(error: &PackError, path: &Path) {
    assert!(matches!(error, PackError::Changed(_)), "{error}");
    assert_eq!(error.to_string(), format!("file changed while it was packed: {}", path.display()));
}

#[test]
fn a_file_that_changed_since_the_plan_is_named() {
    for name in ["big", "small/150"] {
        for change in [longer, shorter, touched, replaced, removed] {
            let folder = folder();
            let plan = folder.plan().unwrap();
            let path = folder.path.join(name);
            change(&path);
            assert_changed(&failure(&plan), &path);
            let entry = plan.entries().iter().find(|entry| entry.path() == name).unwrap();
            assert_changed(&plan.read(entry).unwrap_err(), &path);
        }
    }
}

fn longer(path: &Path) {
    fs::write(path, [fs::read(path).unwrap().as_slice(), b"x"].concat()).unwrap();
}

fn shorter(path: &Path) {
    fs::write(path, &fs::read(path).unwrap()[1..]).unwrap();
}

fn touched(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
}

/// By another file of the same size and time.
fn replaced(path: &Path) {
    let other = path.with_extension("other");
    fs::copy(path, &other).unwrap();
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
    fs::rename(&other, path).unwrap();
}

fn removed(path: &Path) {
    fs::remove_file(path).unwrap();
}

#[test]
#[cfg(unix)]
fn a_file_that_became_a_fifo_is_not_waited_for() {
    let folder = Folder::of(&["a"]);
    let plan = folder.plan().unwrap();
    let path = folder.path.join("a");
    fs::remove_file(&path).unwrap();
    make_fifo(&path);
    assert_changed(&failure(&plan), &path);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_named() {
    for change in [longer, shorter, touched] {
        let folder = folder();
        let plan = folder.plan().unwrap();
        let path = folder.path.join("big");
        let taken = AtomicU64::new(0);
        let meddle = |more| {
            if taken.fetch_add(more, Ordering::Relaxed) == 0 {
                change(&path);
            }
        };
        assert_changed(&pack(&plan, 2, &mut io::sink(), &meddle).unwrap_err(), &path);
        assert!(taken.into_inner() <= BIG as u64);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_is_named() {
    // A regular file of no size, whose first byte cannot be read.
    let path = PathBuf::from("/proc/self/mem");
    let plan = plan(&Input::Path(path.clone()), &Options::default()).unwrap();
    let error = failure(&plan);
    assert!(matches!(&error, PackError::Unreadable { path: named, .. } if *named == path), "{error}");
    assert_eq!(error.to_string(), "cannot read '/proc/self/mem'");
    assert!(std::error::Error::source(&error).is_some());
}

/// A disk that is full after some bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_place_that_fails_ends_the_packing_with_its_error() {
    let large = folder();
    let small = Folder::of(&["a"]);
    for (folder, room) in [(&large, 0), (&large, 10), (&large, 3 << 20), (&small, 0), (&small, 10), (&small, 70)] {
        let plan = folder.plan().unwrap();
        let taken = AtomicU64::new(0);
        let progress = |more| {
            taken.fetch_add(more, Ordering::Relaxed);
        };
        let error = pack(&plan, 2, &mut Full(room), &progress).unwrap_err();
        let PackError::Output(source) = &error else { panic!("{error}") };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        assert!(room > 10 || taken.into_inner() < BIG as u64 - 1);
    }
}

#[test]
fn the_first_cause_is_the_one_that_is_told() {
    // The disk is full long before the file that is gone would be read.
    let folder = Folder::new().file("a", noise(BIG, 1)).file("b", noise(BIG, 2)).file("z", "");
    let plan = folder.plan().unwrap();
    fs::remove_file(folder.path.join("z")).unwrap();
    assert!(matches!(pack(&plan, 2, &mut Full(10), &|_| {}).unwrap_err(), PackError::Output(_)));
    assert!(matches!(failure(&plan), PackError::Changed(_)));
}
