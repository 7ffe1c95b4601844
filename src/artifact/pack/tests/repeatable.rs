//! The same files give the same bytes, whatever else differs.

use std::fs::FileTimes;
use std::thread;
use std::time::{Duration, SystemTime};

use super::*;

/// Archives of several blocks and both kinds of files.
fn mixed() -> Folder {
    let folder = Folder::new().file("large.yaml", yaml(4 << 20, 5)).file("noise.bin", noise((2 << 20) + 77, 6));
    (0..300).fold(folder, |folder, n| folder.file(&format!("many/{}/{n}.yaml", n % 7), yaml(n * 37, n as u64)))
}

#[test]
fn the_number_of_jobs_does_not_show() {
    let plan = mixed().plan_and_keep();
    let one = layer_of(&plan.0, 1);
    for jobs in [0, 2, 3, 8, 8, 8] {
        assert!(layer_of(&plan.0, jobs) == one, "{jobs} jobs");
    }
}

#[test]
fn little_content_is_packed_without_threads_but_with_the_same_cuts() {
    let folder = Folder::new().file("a.yaml", yaml(3 << 20, 5)).file("b", noise(700_000, 6));
    let plan = folder.plan().unwrap();
    assert_eq!(threads_of(&plan), [thread::current().id()]);
    assert_cut(&layer_of(&plan, 4).1);
}

#[test]
fn much_content_is_packed_with_threads() {
    let (plan, _folder) = mixed().plan_and_keep();
    assert!(!threads_of(&plan).contains(&thread::current().id()));
    assert_cut(&layer_of(&plan, 4).1);
}

/// A layer must be what its archive gives when each MiB is compressed on its own, knowing the 32 KiB before it.
fn assert_cut(layer: &[u8]) {
    let archive = unzipped(layer);
    let mut expected = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for (number, block) in archive.chunks(1 << 20).enumerate() {
        let mut deflate = flate2::Compress::new(flate2::Compression::new(6), false);
        let at = number << 20;
        if at > 0 {
            deflate.set_dictionary(&archive[at - (32 << 10)..at]).unwrap();
        }
        let mut compressed = Vec::with_capacity(2 << 20);
        deflate.compress_vec(block, &mut compressed, flate2::FlushCompress::Sync).unwrap();
        expected.extend(compressed);
    }
    expected.extend([3, 0]);
    expected.extend(crc32fast::hash(&archive).to_le_bytes());
    expected.extend(u32::try_from(archive.len()).unwrap().to_le_bytes());
    assert!(layer == expected);
}

/// The threads that take in files.
fn threads_of(plan: &Plan) -> Vec<thread::ThreadId> {
    let threads = std::sync::Mutex::new(Vec::new());
    pack(plan, 4, &mut std::io::sink(), &|_| threads.lock().unwrap().push(thread::current().id())).unwrap();
    let mut threads = threads.into_inner().unwrap();
    threads.dedup();
    threads
}

#[test]
fn times_and_empty_folders_do_not_show() {
    let build = || Folder::new().file("a/b.yaml", "b").file("c.yaml", "c");
    let layer = build().layer();
    let older = build().empty_folder("a/empty/er").empty_folder("z");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_007);
    for path in ["a/b.yaml", "c.yaml"] {
        let file = fs::File::options().write(true).open(older.path.join(path)).unwrap();
        file.set_times(FileTimes::new().set_modified(long_ago)).unwrap();
    }
    assert!(older.layer() == layer);
}

#[test]
#[cfg(unix)]
fn only_the_owners_execute_bit_of_a_mode_shows() {
    let build = |plain: u32, executable: u32, folder: u32| {
        Folder::new()
            .file("d/plain", "")
            .file("d/run", "")
            .mode("d/plain", plain)
            .mode("d/run", executable)
            .mode("d", folder)
    };
    let layer = build(0o644, 0o755, 0o755).layer();
    for (plain, executable, folder) in [(0o600, 0o700, 0o700), (0o666, 0o777, 0o777), (0o655, 0o744, 0o1777)] {
        assert!(build(plain, executable, folder).layer() == layer, "{plain:o}");
    }
    assert!(build(0o744, 0o755, 0o755).layer() != layer);
}

#[test]
fn the_order_in_which_files_were_made_does_not_show() {
    let names = ["b", "a/x", "a-b", "a.b", "Z", "0"];
    let forth = Folder::of(&names);
    let back = names.iter().rev().fold(Folder::new(), |folder, name| folder.file(name, ""));
    assert!(forth.layer() == back.layer());
    assert_eq!(forth.packed_paths(&Options::default()), ["0", "Z", "a-b", "a.b", "a/x", "b"]);
}

#[test]
#[cfg(unix)]
fn a_sparse_file_is_packed_as_its_content() {
    let folder = Folder::of(&["sparse"]);
    fs::File::options().write(true).open(folder.path.join("sparse")).unwrap().set_len(3 << 20).unwrap();
    assert!(folder.layer() == Folder::new().file("sparse", vec![0; 3 << 20]).layer());
}

impl Folder {
    fn plan_and_keep(self) -> (Plan, Self) {
        (self.plan().unwrap(), self)
    }
}
