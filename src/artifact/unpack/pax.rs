//! The records of an extended header, `length key=value` (POSIX.1-2001, pax).

/// What the records say about the next entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

/// Read an extended header for one entry. Times, owners, attributes and remarks are passed over (SEC-23).
pub(super) fn read(bytes: &[u8]) -> Result<Records, &'static str> {
    let mut records = Records::default();
    each(bytes, |key, value| {
        let twice = match key {
            b"path" => records.path.replace(value.to_vec()).is_some(),
            b"size" => records.size.replace(size(value)?).is_some(),
            _ => return refuse(key),
        };
        if twice { Err("its extended header names it twice") } else { Ok(()) }
    })?;
    Ok(records)
}

/// Check an extended header for the whole archive: remarks, such as the commit that `git archive` leaves, and nothing
/// that would change an entry.
pub(super) fn check_global(bytes: &[u8]) -> Result<(), &'static str> {
    each(bytes, |key, _| match key {
        b"path" | b"size" => Err("it names or sizes every entry of the archive"),
        _ => refuse(key),
    })
}

fn refuse(key: &[u8]) -> Result<(), &'static str> {
    match key {
        b"linkpath" => Err("its extended header makes it a link"),
        b"SCHILY.realsize" => Err("it is a sparse file"),
        _ if key.starts_with(b"GNU.sparse.") => Err("it is a sparse file"),
        _ => Ok(()),
    }
}

fn size(value: &[u8]) -> Result<u64, &'static str> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    // A size is a signed number everywhere else.
    let size = text.and_then(|text| text.parse::<i64>().ok()).and_then(|size| u64::try_from(size).ok());
    size.ok_or("the size in its extended header is none")
}

fn each(bytes: &[u8], mut take: impl FnMut(&[u8], &[u8]) -> Result<(), &'static str>) -> Result<(), &'static str> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (record, after) = split(rest).ok_or("its extended header is damaged")?;
        take(record.0, record.1)?;
        rest = after;
    }
    Ok(())
}

type Record<'a> = (&'a [u8], &'a [u8]);

/// The first record, and what follows it. Values may hold any byte, so the length alone says where a record ends.
fn split(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let digits = std::str::from_utf8(&bytes[..space]).ok()?;
    let length: usize = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=').filter(|at| *at > 0)?;
    Some(((&record[..equals], &record[equals + 1..]), &bytes[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_other_tools() {
        let records = read(b"30 mtime=1745370000.123456789\n17 path=d/\xc3\xa4=\n b\n13 size=1234\n").unwrap();
        assert_eq!(records, Records { path: Some(b"d/\xc3\xa4=\n b".to_vec()), size: Some(1234) });
        assert_eq!(read(b"").unwrap(), Records::default());
        assert_eq!(check_global(b"52 comment=e0c1f2a3b4c5d6e7f8091a2b3c4d5e6f70819203\n"), Ok(()));
    }

    #[test]
    fn damaged_and_hostile_records_are_errors() {
        for (bytes, part) in [
            (&b"9 path=a"[..], "damaged"),
            (b"99 path=a\n", "damaged"),
            (b"5 path=a\n", "damaged"),
            (b"+9 path=a\n", "damaged"),
            (b"6 =ab\n", "damaged"),
            (b"path=a\n", "damaged"),
            (b"18446744073709551616 path=a\n", "damaged"),
            (b"9 path=a\n9 path=b\n", "twice"),
            (b"11 size=-1\n", "size"),
            (b"28 size=9223372036854775808\n", "size"),
            (b"29 size=99999999999999999999\n", "size"),
            (b"14 linkpath=a\n", "link"),
            (b"22 GNU.sparse.major=1\n", "sparse"),
        ] {
            let error = read(bytes).unwrap_err();
            assert!(error.contains(part), "{}: {error}", String::from_utf8_lossy(bytes));
        }
        assert!(check_global(b"9 path=a\n").is_err());
        assert!(check_global(b"9 size=1\n").is_err());
    }
}
