//! Text from strangers, made harmless for a terminal.

use std::fmt::Write as _;

/// `text` with everything escaped that a terminal would act on: control characters, escape sequences, characters that
/// turn the direction of writing or that cannot be seen.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Whether a terminal would act on it, or show something else than is there.
pub(super) fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown_instead() {
        assert_eq!(escape("v1 ü \u{1f600}"), "v1 ü \u{1f600}");
        assert_eq!(escape("\x1b[31mred\n"), "\\u{1b}[31mred\\u{a}");
        assert_eq!(escape("a\u{202e}b\u{9b}"), "a\\u{202e}b\\u{9b}");
        // All that turn the direction of writing, and letters that nobody sees.
        assert_eq!(escape("\u{61c}\u{2066}\u{e0041}\u{ad}"), "\\u{61c}\\u{2066}\\u{e0041}\\u{ad}");
    }
}
