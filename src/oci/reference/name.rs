//! Repository names, as the distribution specification's "Pulling manifests" writes them.

use super::slip::{Piece, Slip, shown};

/// Host, slash and name together; many clients count both (REF-2).
const MAX_LENGTH: usize = 255;

/// Checks a repository name: `comp *("/" comp)` with `comp = [a-z0-9]+ ((\.|_|__|-+)[a-z0-9]+)*`.
pub(super) fn check(piece: Piece) -> Result<(), Slip> {
    let text = piece.text();
    if let Some((at, character)) = text.char_indices().find(|(_, c)| !is_name_character(*c)) {
        return Err(wrong_character(piece, at, character));
    }
    let mut start = 0;
    for component in text.split('/') {
        if !is_component(component) {
            return Err(Slip::new(format!(
                "path component '{component}' at column {} is not allowed",
                piece.column(start)
            ))
            .advice("a component is letters and digits, joined by one '.', one or two '_', or any number of '-'"));
        }
        start += component.len() + 1;
    }
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Slip::new("a repository name of 64 hex characters cannot be told from an image id")
            .advice("a digest is written HOST/REPOSITORY@sha256:…"));
    }
    Ok(())
}

/// Checks the length of `HOST/NAME`.
pub(super) fn check_length(repository: &str) -> Result<(), Slip> {
    let length = repository.len();
    if length > MAX_LENGTH {
        return Err(Slip::new(format!(
            "host and repository have {length} characters together; at most {MAX_LENGTH} are allowed"
        )));
    }
    Ok(())
}

fn is_name_character(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/')
}

fn wrong_character(piece: Piece, at: usize, character: char) -> Slip {
    let (text, column) = (piece.text(), piece.column(at));
    if character.is_ascii_uppercase() {
        return Slip::new(format!("repository names are lower case; '{character}' at column {column} is not"))
            .mended(piece.replaced(&text.to_ascii_lowercase()));
    }
    let slip = Slip::new(format!(
        "path component not allowed: {} at column {column} does not belong in a repository name",
        shown(character)
    ));
    match character {
        '?' | '#' => slip.mended(piece.after(at).to_end().replaced("")),
        _ if character.is_whitespace() => slip.mended(piece.replaced(&text.split_whitespace().collect::<String>())),
        _ => slip,
    }
}

/// Whether `text` is `[a-z0-9]+ ((\.|_|__|-+)[a-z0-9]+)*`, given characters that a name may hold.
fn is_component(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().zip(bytes.last()).is_some_and(|(first, last)| is_word(*first) && is_word(*last));
    ends && bytes.split(|byte| is_word(*byte)).all(is_separator)
}

/// Nothing, `.`, `_`, `__`, or dashes.
fn is_separator(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"." | b"_" | b"__") || bytes.iter().all(|byte| *byte == b'-')
}
