//! Tar headers, built by hand: ustar, with a PAX record for what does not fit (POSIX.1-2017, `pax`).
//!
//! The `tar` crate writes GNU extensions for long names, and a PAX header without a name and a mode, so its builder is
//! of no use here.

/// The size of a header, and what content is padded to.
pub(super) const RECORD: usize = 512;

/// The first size that eleven octal digits cannot hold: 8 GiB.
const TOO_LARGE: u64 = 1 << 33;

/// The name of the entry that holds PAX records.
const PAX_NAME: &str = "././@PaxHeader";

const NAME: usize = 100;
const PREFIX: usize = 155;

/// What a header tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'a> {
    /// A regular file.
    File { path: &'a str, size: u64, executable: bool },
    /// A folder; its path has no trailing slash.
    Folder { path: &'a str },
}

/// The bytes that stand before an item's content.
pub(super) fn headers(item: Item<'_>) -> Vec<u8> {
    let (path, kind, mode, size) = match item {
        Item::File { path, size, executable } => (path.to_owned(), b'0', if executable { 0o755 } else { 0o644 }, size),
        Item::Folder { path } => (format!("{path}/"), b'5', 0o755, 0),
    };
    let place = if path.is_ascii() { split(&path) } else { None };
    let mut records = String::new();
    if place.is_none() {
        records += &record("path", &path);
    }
    if size >= TOO_LARGE {
        records += &record("size", &size.to_string());
    }
    let mut bytes = Vec::with_capacity(RECORD);
    if !records.is_empty() {
        bytes.extend(block(("", PAX_NAME), b'x', 0o644, records.len() as u64));
        bytes.extend(records.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(RECORD), 0);
    }
    let substitute = substitute(&path);
    let field_size = if size >= TOO_LARGE { 0 } else { size };
    bytes.extend(block(place.unwrap_or(("", &substitute)), kind, mode, field_size));
    bytes
}

/// Prefix and name of a path, where it fits: all in the name, else split at the last slash that leaves a prefix.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME {
        return Some(("", path));
    }
    // A slash at the very end belongs to the name of a folder.
    let within = &path.as_bytes()[..path.len().min(PREFIX + 2) - 1];
    let slash = within.iter().rposition(|byte| *byte == b'/')?;
    let (prefix, name) = (&path[..slash], &path[slash + 1..]);
    (!prefix.is_empty() && name.len() <= NAME).then_some((prefix, name))
}

/// What stands in the name field when the path is in a PAX record: its start, with `_` for what is not ASCII.
fn substitute(path: &str) -> String {
    path.chars().map(|character| if character.is_ascii() { character } else { '_' }).take(NAME).collect()
}

/// A PAX record: its own length in decimal, key and value.
fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    loop {
        let with_digits = rest.len() + length.to_string().len();
        if with_digits == length {
            return format!("{length}{rest}");
        }
        length = with_digits;
    }
}

/// One ustar header: time, owner and devices zero, no user or group names.
fn block((prefix, name): (&str, &str), kind: u8, mode: u64, size: u64) -> [u8; RECORD] {
    let mut block = [0; RECORD];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, b"0000000");
    put(337, b"0000000");
    put(345, prefix.as_bytes());
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> Vec<u8> {
        headers(Item::File { path, size, executable: false })
    }

    fn text(block: &[u8], at: usize, length: usize) -> &str {
        str::from_utf8(&block[at..at + length]).unwrap().trim_end_matches('\0')
    }

    #[test]
    fn every_field_of_a_header_has_its_fixed_value() {
        let header = headers(Item::File { path: "bin/run", size: 0o1234, executable: true });
        assert_eq!(header.len(), RECORD);
        for (at, length, value) in [
            (0, 100, "bin/run"),
            (100, 8, "0000755"),
            (108, 8, "0000000"),
            (116, 8, "0000000"),
            (124, 12, "00000001234"),
            (136, 12, "00000000000"),
            (156, 1, "0"),
            (157, 100, ""),
            (257, 8, "ustar\x0000"),
            (265, 32, ""),
            (297, 32, ""),
            (329, 8, "0000000"),
            (337, 8, "0000000"),
            (345, 167, ""),
        ] {
            assert_eq!(text(&header, at, length), value, "field at {at}");
        }
        let sum: u64 =
            header.iter().enumerate().map(|(at, b)| if (148..156).contains(&at) { 32 } else { u64::from(*b) }).sum();
        assert_eq!(&header[148..156], format!("{sum:06o}\0 ").as_bytes());
        assert_eq!(text(&file("a", 1), 100, 8), "0000644");
        let folder = headers(Item::Folder { path: "a/b" });
        assert_eq!((text(&folder, 0, 100), text(&folder, 100, 8), folder[156]), ("a/b/", "0000755", b'5'));
    }

    #[test]
    fn a_path_that_fits_is_split_between_prefix_and_name() {
        let long = |prefix: usize, name: usize| format!("{}/{}", "p".repeat(prefix), "n".repeat(name));
        for (prefix, name) in [(1, 99), (1, 100), (155, 1), (155, 100)] {
            let header = file(&long(prefix, name), 0);
            assert_eq!(header.len(), RECORD, "{prefix}/{name}");
            if prefix + 1 + name > NAME {
                assert_eq!(text(&header, 0, 100).len(), name);
                assert_eq!(text(&header, 345, 155).len(), prefix);
            }
        }
        // The longest prefix that fits is taken.
        let header = file(&format!("a/{}/{}", "b".repeat(90), "c".repeat(20)), 0);
        assert_eq!(text(&header, 0, 100), "c".repeat(20));
        // A folder keeps its slash in the name.
        let header = headers(Item::Folder { path: &long(60, 50) });
        assert_eq!(text(&header, 0, 100), format!("{}/", "n".repeat(50)));
        assert_eq!(headers(Item::Folder { path: &long(155, 99) }).len(), RECORD);
        assert_eq!(headers(Item::Folder { path: &long(155, 100) }).len(), 3 * RECORD);
    }

    #[test]
    fn a_path_that_does_not_fit_or_is_not_ascii_has_a_pax_record() {
        let deep = format!("{}/{}", "p".repeat(156), "n");
        let long = "n".repeat(101);
        for path in [deep.as_str(), long.as_str(), "é", "Ünï/çödé.yaml"] {
            let bytes = file(path, 7);
            assert_eq!(bytes.len(), 3 * RECORD, "{path}");
            assert_eq!(text(&bytes, 0, 100), "././@PaxHeader");
            assert_eq!(text(&bytes, 100, 8), "0000644");
            assert_eq!(bytes[156], b'x');
            let record = text(&bytes, RECORD, RECORD);
            assert!(record.ends_with(&format!(" path={path}\n")), "{record}");
            assert!(record.starts_with(&format!("{} ", record.len())), "{record}");
            assert!(text(&bytes, 2 * RECORD, 100).is_ascii());
            assert_eq!(text(&bytes, 2 * RECORD + 124, 12), "00000000007");
        }
    }

    #[test]
    fn a_record_counts_the_digits_of_its_own_length() {
        for length in [1, 89, 90, 91, 92, 93, 985, 986, 987, 988, 989, 990] {
            let record = record("path", &"x".repeat(length));
            assert_eq!(record.split(' ').next().unwrap(), record.len().to_string());
        }
    }

    #[test]
    fn eight_gibibytes_and_more_have_a_pax_size() {
        assert_eq!(text(&file("big", TOO_LARGE - 1), 124, 12), "77777777777");
        let bytes = file("big", TOO_LARGE);
        assert_eq!(text(&bytes, RECORD, RECORD), "19 size=8589934592\n");
        assert_eq!(text(&bytes, 2 * RECORD + 124, 12), "00000000000");
    }
}
