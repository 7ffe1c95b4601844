//! The crate's own source as the architecture tests read it: without comments, strings and tests.
//!
//! This is a reader for code that compiles and is formatted, not a parser of Rust.

use std::ops::Range;
use std::path::Path;

/// A file below `src`.
pub struct Source {
    /// Relative to `src`: `store/blob.rs`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// The same length and lines, with blanks for comments, the content of literals, and items under `cfg(test)`.
    pub code: String,
    /// How many lines are under `cfg(test)`.
    pub test_lines: usize,
}

/// A function with a body.
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// A path that the code names, its `use` trees unfolded: `["crate", "oci", "Digest"]`.
pub struct Named {
    pub segments: Vec<String>,
    pub line: usize,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let plain = plain(text);
        let tests = test_items(&plain);
        let test_lines = tests.iter().map(|range| plain[range.clone()].lines().count()).sum();
        let code = tests.into_iter().fold(plain, |code, range| blanked(&code, range));
        Self { path: path.to_owned(), text: text.to_owned(), code, test_lines }
    }

    /// All files below `folder` that are not only compiled for tests, in order.
    pub fn all(folder: &Path) -> Vec<Self> {
        let mut files = Vec::new();
        collect(folder, "", &mut files);
        let test_modules: Vec<String> = files.iter().flat_map(Self::test_modules).collect();
        files.retain(|file| {
            let module = file.module().join("/");
            !test_modules.iter().any(|test| module == *test || module.starts_with(&format!("{test}/")))
        });
        files
    }

    /// The top-level module that the file is part of; `lib` and `main` stand for themselves.
    pub fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The names of the modules from the crate's root to this file.
    pub fn module(&self) -> Vec<String> {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let mut names: Vec<String> = path.split('/').map(str::to_owned).collect();
        if matches!(names.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            names.pop();
        }
        names
    }

    /// The modules in files of their own that this file declares under `cfg(test)`.
    fn test_modules(&self) -> Vec<String> {
        let plain = plain(&self.text);
        let items = test_items(&plain).into_iter().map(|range| plain[range].to_owned());
        let declared = items.filter_map(|item| {
            let name = item.rsplit_once("mod ")?.1.strip_suffix(';')?.trim().to_owned();
            Some([self.module(), vec![name]].concat().join("/"))
        });
        declared.collect()
    }

    pub fn line_of(&self, offset: usize) -> usize {
        self.code[..offset].matches('\n').count() + 1
    }

    /// Every path of two or more segments, with `crate` in front where it starts in this crate.
    pub fn paths(&self) -> Vec<Named> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(word) = next_word(&self.code, at) {
            at = word.end;
            if self.code[..word.start].ends_with("::") || !self.code[word.end..].starts_with("::") {
                continue;
            }
            let mut trees = Vec::new();
            at = unfold(&self.code, word.start, &[], &mut trees);
            let line = self.line_of(word.start);
            found.extend(trees.into_iter().map(|segments| Named { segments: self.absolute(segments), line }));
        }
        found
    }

    /// `super` and `self` at the front become a path from `crate`; so does the crate's name, as the binary says it.
    fn absolute(&self, segments: Vec<String>) -> Vec<String> {
        let up = segments.iter().take_while(|segment| *segment == "super").count();
        let own = usize::from(up == 0 && segments[0] == "self");
        let named = segments[0] == "bobctl";
        if up + own == 0 && !named {
            return segments;
        }
        let mut module = if named { Vec::new() } else { self.module() };
        module.truncate(module.len().saturating_sub(up));
        let rest = segments[(up + own).max(usize::from(named))..].iter().cloned();
        ["crate".to_owned()].into_iter().chain(module).chain(rest).collect()
    }

    pub fn functions(&self) -> Vec<Function> {
        let words: Vec<Range<usize>> = words(&self.code).collect();
        let names = words.windows(2).filter(|pair| &self.code[pair[0].clone()] == "fn");
        let function = |pair: &[Range<usize>]| {
            // `fn(A) -> B` is a type.
            let declared = self.code[pair[0].end..pair[1].start].trim().is_empty();
            let body = end_of_item(&self.code, pair[1].end);
            let lines = self.line_of(body) - self.line_of(pair[0].start) + 1;
            let name = self.code[pair[1].clone()].to_owned();
            declared.then(|| Function { name, line: self.line_of(pair[0].start), lines })
        };
        names.filter_map(function).collect()
    }
}

fn collect(folder: &Path, below: &str, files: &mut Vec<Source>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            files.push(Source::new(&name, &std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// `text` with blanks for comments and for the content of string and character literals.
fn plain(text: &str) -> String {
    let mut code = text.to_owned();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = comment(rest).or_else(|| literal(text, at));
        if let Some(length) = length {
            code = blanked(&code, at..at + length);
        }
        at += length.unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
    }
    code
}

/// The length of the comment that `rest` starts with.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let mut depth = 0;
    let mut at = 0;
    while rest.starts_with("/*") && at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The length of the string or character literal that starts at `at`.
fn literal(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let in_word = text[..at].ends_with(is_word);
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).filter(|_| !in_word);
    if let Some(quoted) = raw.map(|raw| raw.trim_start_matches('#')).filter(|quoted| quoted.starts_with('"')) {
        let hashes = raw.map_or(0, |raw| raw.len() - quoted.len());
        let end = format!("\"{}", "#".repeat(hashes));
        let start = rest.len() - quoted.len() + 1;
        return Some(start + rest[start..].find(&end)? + end.len());
    }
    match rest.as_bytes() {
        [b'"', ..] => Some(1 + escaped(&rest[1..], '"')?),
        [b'\'', b'\\', ..] => Some(1 + escaped(&rest[1..], '\'')?),
        // Anything else after a quote is a lifetime.
        [b'\'', ..] => {
            let character = rest[1..].chars().next()?;
            let end = 1 + character.len_utf8();
            rest[end..].starts_with('\'').then_some(end + 1)
        }
        _ => None,
    }
}

/// The length up to and with the first `quote` that no backslash precedes.
fn escaped(rest: &str, quote: char) -> Option<usize> {
    let mut skip = false;
    rest.char_indices().find_map(|(at, character)| {
        let end = character == quote && !skip;
        skip = character == '\\' && !skip;
        end.then_some(at + 1)
    })
}

fn blanked(code: &str, range: Range<usize>) -> String {
    let blanks: String = code[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    [&code[..range.start], &blanks, &code[range.end..]].concat()
}

/// The items under `cfg(test)`, with that attribute.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find("#[cfg(test)]").map(|found| at + found) {
        at = end_of_item(code, start + "#[cfg(test)]".len());
        items.push(start..at);
    }
    items
}

/// Where the item ends that `from` is in the head of: after its `;`, or after the brace that closes its body.
fn end_of_item(code: &str, from: usize) -> usize {
    let mut depth = 0;
    for (at, character) in code[from..].char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth -= 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return from + at + 1;
                }
            }
            ';' if depth == 0 => return from + at + 1,
            _ => {}
        }
    }
    code.len()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn next_word(code: &str, from: usize) -> Option<Range<usize>> {
    let start = from + code[from..].find(is_word)?;
    let length = code[start..].find(|character| !is_word(character)).unwrap_or(code.len() - start);
    Some(start..start + length)
}

fn words(code: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let word = next_word(code, at)?;
        at = word.end;
        Some(word)
    })
}

/// Read the path, or the tree of a `use`, at `at` into `found`; answers where it ends.
fn unfold(code: &str, at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let at = at + code[at..].len() - code[at..].trim_start().len();
    if code[at..].starts_with('{') {
        let mut inside = at + 1;
        loop {
            inside += code[inside..].len() - code[inside..].trim_start_matches([' ', '\n', ',']).len();
            if code[inside..].starts_with('}') {
                return inside + 1;
            }
            let end = unfold(code, inside, before, found);
            // An alias belongs to the entry.
            inside = end + code[end..].find([',', '}']).unwrap_or(code.len() - end);
        }
    }
    let Some(word) = next_word(code, at).filter(|word| word.start == at) else {
        found.push(before.to_vec());
        return at + 1;
    };
    let name = code[word.clone()].to_owned();
    let own = name == "self" && !before.is_empty();
    let path = if own { before.to_vec() } else { [before, &[name]].concat() };
    match code[word.end..].strip_prefix("::") {
        Some(rest) if rest.starts_with(|next| is_word(next) || next == '{' || next == '*') => {
            unfold(code, word.end + 2, &path, found)
        }
        _ => {
            found.push(path);
            word.end
        }
    }
}
