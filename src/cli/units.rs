//! Durations and sizes as people write them.

use std::time::Duration;

/// The longest duration that Go knows, some 292 years. Much longer ones are no point in time that a clock can reach.
pub(super) const LONGEST: Duration = Duration::from_nanos(i64::MAX.cast_unsigned());

/// A duration in Go's grammar (`90s`, `1h30m`, `1.5s`), or a bare number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no duration; write 90s or 1h30m");
    let bounded = |duration: Duration| if duration > LONGEST { Err(wrong()) } else { Ok(duration) };
    if let Ok(seconds) = text.parse::<u64>() {
        return bounded(Duration::from_secs(seconds));
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            // Both letters of Go's: the micro sign and the Greek one.
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(wrong()),
        };
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = after;
    }
    if text.is_empty() { Err(wrong()) } else { bounded(total) }
}

/// A number of bytes: plain, or with `K M G` (thousands) or `Ki Mi Gi` (1024), and a final `B` if one likes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size; write 500M or 4Gi");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.strip_suffix('B').unwrap_or(unit) {
        "" => 1,
        "K" | "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for (text, millis) in
            [("90", 90_000), ("90s", 90_000), ("1h30m", 5_400_000), ("1.5s", 1_500), ("250ms", 250), ("0", 0)]
        {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["1500us", "1500\u{b5}s", "1500\u{3bc}s", "1ms500000ns"] {
            assert_eq!(duration(text).unwrap(), Duration::from_micros(1_500), "{text}");
        }
        let overflow = "5000000000000000h5000000000000000h";
        for text in ["", "s", "5x", "1h30", "-1s", "1..2s", "18446744073709551615", "3000000h", overflow] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_count_in_thousands_or_in_1024() {
        for (text, bytes) in [
            ("7", 7),
            ("7B", 7),
            ("2K", 2_000),
            ("2KB", 2_000),
            ("2Ki", 2_048),
            ("4GiB", 4 << 30),
            ("1G", 1_000_000_000),
        ] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "G", "1T", "-1", "1.5G", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
