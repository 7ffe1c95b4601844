//! Names that every system can hold, for what is packed and for what is unpacked (`artifact.md` 2, SEC-20, SEC-24).
//!
//! What is packed on one system is unpacked on another, so a name is fine only when Linux, macOS and Windows all keep it
//! as it is. What does not fit is refused, never skipped or rewritten. Whatever is packed can be unpacked: unpacking
//! tolerates [`NameFault::Reserved`] in what other tools made, and asks for nothing that packing does not.

use unicode_normalization::UnicodeNormalization as _;

/// How many folders may lie inside each other (SEC-25).
pub const MAX_DEPTH: usize = 64;

/// Characters that Windows keeps for itself.
const RESERVED_CHARACTERS: &str = "<>:\"|?*";

/// Names of Windows devices that end in a digit: `COM1`, `LPT9`.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// The other names of Windows devices.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// No character at all: a doubled, leading or trailing slash.
    #[error("a name is empty")]
    Empty,
    /// `.` or `..`, which mean another place.
    #[error("'.' and '..' are no names")]
    Relative,
    /// Bytes that are not UTF-8.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// A slash or backslash: a name here is a path there.
    #[error("'{0}' separates folders on some systems")]
    Separator(char),
    /// A control character, NUL included.
    #[error("the name holds the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// One of `<>:"|?*`.
    #[error("Windows does not allow '{0}' in a name")]
    Reserved(char),
    /// A trailing dot or space, which Windows drops. Flux refuses a layer with a name that ends in `..`.
    #[error("the name ends in a dot or a space, which Windows drops")]
    Trailing,
    /// A device on Windows, with or without an extension.
    #[error("the name is a device on Windows")]
    Device,
}

/// Whether one component of a path is a name that every system keeps as it is.
pub fn check_component(name: &str) -> Result<(), NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if name == "." || name == ".." {
        return Err(NameFault::Relative);
    }
    for character in name.chars() {
        match character {
            '/' | '\\' => return Err(NameFault::Separator(character)),
            _ if character.is_control() => return Err(NameFault::Control(character)),
            _ => {}
        }
    }
    if name.ends_with(['.', ' ']) {
        return Err(NameFault::Trailing);
    }
    if is_device(name) {
        return Err(NameFault::Device);
    }
    // Last, because unpacking looks past it.
    name.chars()
        .find(|character| RESERVED_CHARACTERS.contains(*character))
        .map_or(Ok(()), |c| Err(NameFault::Reserved(c)))
}

/// The form that two names share when some system takes them for the same: letter case, Unicode composition and
/// characters that cannot be seen are taken out.
///
/// It works on whole paths as well, since a slash stays a slash.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // By way of upper case, so that 'ß' meets 'SS', 'ſ' meets 's' and 'ς' meets 'σ', as full case folding has it.
    let cased = name.nfd().filter(|c| !is_ignorable(*c)).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    cased.nfd().collect()
}

/// Characters that file systems with case folding leave out of a comparison.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Windows looks at what stands before the first dot, and drops spaces at its end.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|number| {
            let mut digits = number.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.into_iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_every_system_keeps() {
        for name in ["bob.yaml", ".helmignore", "...x", "Ünïcödé", "a b", " a", "COM10", "console", "nul-1", "~", "a'b"]
        {
            assert_eq!(check_component(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_some_system_does_not_keep() {
        use NameFault::{Control, Device, Empty, Relative, Reserved, Separator, Trailing};
        for (name, fault) in [
            ("", Empty),
            (".", Relative),
            ("..", Relative),
            ("a/b", Separator('/')),
            ("a\\b", Separator('\\')),
            ("a\0b", Control('\0')),
            ("a\nb", Control('\n')),
            ("a\u{1b}[2J", Control('\u{1b}')),
            ("C:", Reserved(':')),
            ("a?", Reserved('?')),
            ("a*b", Reserved('*')),
            ("a<b", Reserved('<')),
            ("a>b", Reserved('>')),
            ("a|b", Reserved('|')),
            ("a\"b", Reserved('"')),
            ("a.", Trailing),
            ("v1..", Trailing),
            ("...", Trailing),
            ("a ", Trailing),
            ("con", Device),
            ("Nul.txt", Device),
            ("aux.tar.gz", Device),
            ("prn .txt", Device),
            ("com1", Device),
            ("LPT9.yaml", Device),
            ("COM¹", Device),
            ("conin$", Device),
        ] {
            assert_eq!(check_component(name), Err(fault), "{name:?}");
        }
    }

    #[test]
    fn the_fault_says_which_character_it_is() {
        assert_eq!(NameFault::Control('\n').to_string(), "the name holds the control character U+000A");
        assert_eq!(NameFault::Reserved(':').to_string(), "Windows does not allow ':' in a name");
    }

    #[test]
    fn names_that_are_the_same_somewhere_fold_to_the_same() {
        for (one, other) in [
            ("Bob.YAML", "bob.yaml"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("\u{212a}", "k"),
            ("straße", "STRASSE"),
            ("ΣΟΦΟΣ", "σοφος"),
            ("ΣΟΦΟΣ", "σοφός".replace('ό', "ο").as_str()),
            ("\u{130}", "i\u{307}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in [("bob", "bab"), ("cafe", "caf\u{e9}"), ("a/b", "a-b")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }
}
