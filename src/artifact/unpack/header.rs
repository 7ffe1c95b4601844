//! One tar header block: ustar, GNU and the form before both.
//!
//! Fields are read by the letter: a number that is negative, too large or followed by something else is an error and not
//! another number, because two readers that disagree about a size see two different archives (SEC-26).

use super::blocks::BLOCK;

/// What an entry is, by its type flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// Names and sizes for the next entry.
    PaxNext,
    /// Remarks for the whole archive.
    PaxGlobal,
    /// The next entry's long name.
    GnuName,
    /// The next entry's long link target.
    GnuLink,
    /// Anything that is not unpacked, in words.
    Refused(&'static str),
}

/// A header block whose checksum is right.
pub(super) struct Header<'a>(&'a [u8; BLOCK]);

impl<'a> Header<'a> {
    /// `None` when the checksum is wrong.
    pub(super) fn read(block: &'a [u8; BLOCK]) -> Option<Self> {
        let sum: u64 = block[..148].iter().chain(&block[156..]).map(|byte| u64::from(*byte)).sum();
        (number(&block[148..156]).ok()? == sum + 8 * u64::from(b' ')).then_some(Self(block))
    }

    /// The name as it stands here, the prefix in front of it.
    pub(super) fn name(&self) -> Result<Vec<u8>, &'static str> {
        let name = text(&self.0[..100])?;
        // In this place GNU's own form keeps times.
        let prefix = if &self.0[257..263] == b"ustar\0" { text(&self.0[345..500])? } else { b"" };
        Ok(if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() })
    }

    /// Bytes of content that follow.
    pub(super) fn size(&self) -> Result<u64, &'static str> {
        number(&self.0[124..136])
    }

    /// The owner may execute it. No other bit of the mode is looked at (SEC-23).
    pub(super) fn is_executable(&self) -> Result<bool, &'static str> {
        Ok(number(&self.0[100..108])? & 0o100 != 0)
    }

    pub(super) fn kind(&self) -> Kind {
        match self.0[156] {
            b'0' | 0 => Kind::File,
            b'5' => Kind::Folder,
            b'x' => Kind::PaxNext,
            b'g' => Kind::PaxGlobal,
            b'L' => Kind::GnuName,
            b'K' => Kind::GnuLink,
            b'1' => Kind::Refused("it is a hard link"),
            b'2' => Kind::Refused("it is a symbolic link"),
            b'3' => Kind::Refused("it is a character device"),
            b'4' => Kind::Refused("it is a block device"),
            b'6' => Kind::Refused("it is a FIFO"),
            b'S' => Kind::Refused("it is a sparse file"),
            _ => Kind::Refused("it is neither a file nor a folder"),
        }
    }
}

/// The text of a field, up to the zeros that fill it.
fn text(field: &[u8]) -> Result<&[u8], &'static str> {
    let length = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let (text, rest) = field.split_at(length);
    if rest.iter().any(|byte| *byte != 0) { Err("its name has a NUL in it") } else { Ok(text) }
}

/// Octal digits between spaces and zeros; or, after a byte 0x80, a big-endian number.
fn number(field: &[u8]) -> Result<u64, &'static str> {
    match field[0] {
        0x80 => {
            let (high, low) = field[1..].split_at(field.len().saturating_sub(9));
            let value = low.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
            let fits = high.iter().all(|byte| *byte == 0) && i64::try_from(value).is_ok();
            fits.then_some(value).ok_or("a number in its header is too large")
        }
        0x81.. => Err("a number in its header is negative or too large"),
        _ => {
            let digits = field.trim_ascii_start();
            let length = digits.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(digits.len());
            let (digits, rest) = digits.split_at(length);
            if rest.iter().any(|byte| !matches!(byte, 0 | b' ')) {
                return Err("a number in its header is none");
            }
            Ok(digits.iter().fold(0, |value, digit| value << 3 | u64::from(digit - b'0')))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_tools_write_them() {
        for (field, value) in [
            (&b"00000000644\0"[..], 0o644),
            (b"        644 ", 0o644),
            (b"777777777777", 0o777_777_777_777),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0", 0),
            (b"000644 \0", 0o644),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\x01", (2 << 32) + 1),
            (b"\x80\0\0\0\0\0\x01\0", 256),
        ] {
            assert_eq!(number(field), Ok(value), "{field:?}");
        }
    }

    #[test]
    fn numbers_that_are_read_in_two_ways_are_errors() {
        for (field, part) in [
            (&b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"[..], "negative"),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", "too large"),
            (b"\x80\0\x01\0\0\0\0\0\0\0\0\0", "too large"),
            (b"-0000000001\0", "none"),
            (b"0000000644x\0", "none"),
            (b"00000\x000644\0", "none"),
            (b"0000000648\0\0", "none"),
        ] {
            let error = number(field).unwrap_err();
            assert!(error.contains(part), "{field:?}: {error}");
        }
    }
}
