//! The folders that are pushed: the same bytes on every machine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A folder of made content.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// What it holds, for the table.
    pub(super) title: String,
}

/// Files from 4 KiB to 64 MiB that add up to `size` bytes, half of each kind: noise, which does not compress, and
/// YAML-like text, which does.
pub(super) fn mixed(path: &Path, size: u64) -> Folder {
    let mut noise = Noise(1);
    let mut left = size;
    // Each length four times the one before; both kinds of each make up a sixth of 1 GiB.
    let lengths = (0..8).map(|power| (4 << 10) << (2 * power));
    for (index, length) in lengths.flat_map(|length| [length, length]).collect::<Vec<u64>>().iter().cycle().enumerate()
    {
        if left == 0 {
            break;
        }
        let length = left.min(*length);
        let file = path.join(format!("group-{}/file-{index}", index / 16));
        write(&file, length, |block| if index % 2 == 0 { noise.fill(block) } else { text(&mut noise, block) });
        left -= length;
    }
    Folder { path: path.to_owned(), title: format!("{} MiB", size >> 20) }
}

/// So many text files of 2.3 KB on average, a hundred to a folder.
pub(super) fn small_files(path: &Path, count: u64) -> Folder {
    let mut noise = Noise(2);
    for index in 0..count {
        let length = 200 + noise.next() % 4200;
        let file = path.join(format!("group-{:03}/profile-{index:05}.yaml", index / 100));
        write(&file, length, |block| text(&mut noise, block));
    }
    Folder { path: path.to_owned(), title: format!("{count} files") }
}

/// Every file below `folder` with its length, by its path.
pub(super) fn listing(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder to read").map(|entry| entry.expect("an entry to read")) {
            let metadata = entry.metadata().expect("an entry to look at");
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(folder).expect("below the folder").to_owned(), metadata.len());
            }
        }
    }
    files
}

/// Writes `length` bytes that `make` makes a block at a time.
fn write(file: &Path, length: u64, mut make: impl FnMut(&mut [u8])) {
    fs::create_dir_all(file.parent().expect("a file in a folder")).expect("the scratch folder is writable");
    let mut output = BufWriter::new(File::create(file).expect("the scratch folder is writable"));
    let mut block = [0; 4096];
    let mut left = length;
    while left > 0 {
        let part = usize::try_from(left.min(4096)).expect("at most a block");
        make(&mut block[..part]);
        output.write_all(&block[..part]).expect("the disk has room");
        left -= part as u64;
    }
    output.flush().expect("the disk has room");
}

/// Lines as they stand in profiles: few words, many numbers. What is too short for a line becomes a comment, so that
/// every block, and so every file, is whole YAML.
fn text(noise: &mut Noise, block: &mut [u8]) {
    const WORDS: [&str; 8] = ["path", "syscall", "capability", "endpoint", "image", "namespace", "container", "args"];
    let mut rest = block;
    loop {
        let number = noise.next();
        let word = WORDS[(number % 8) as usize];
        let line = format!("    - {word}: /usr/lib/{word}/{:x}\n      flags: [O_RDONLY, O_CLOEXEC]\n", number >> 40);
        if line.len() > rest.len() {
            break;
        }
        let (start, end) = rest.split_at_mut(line.len());
        start.copy_from_slice(line.as_bytes());
        rest = end;
    }
    rest.fill(b'#');
    if let Some(last) = rest.last_mut() {
        *last = b'\n';
    }
}

/// The xorshift64* generator: quick, and the same everywhere.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn fill(&mut self, block: &mut [u8]) {
        for part in block.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
    }
}
