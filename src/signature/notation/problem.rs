//! What is wrong with a statement, and what to write instead.

/// A rule of trust policies that a statement breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Problem {
    what: String,
    advice: String,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }

    /// What to write instead.
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

/// What `text` means in a table of words, or what to write. `what` is what the word stands for.
pub(super) fn word<T: Copy>(table: &[(&str, T)], what: &str, text: &str) -> Result<T, Problem> {
    if let Some((_, meaning)) = table.iter().find(|(word, _)| *word == text) {
        return Ok(*meaning);
    }
    let problem =
        if text.is_empty() { format!("{what} is missing") } else { format!("{what} '{text}' does not exist") };
    let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
    Err(Problem::new(problem, format!("write one of {}", words.join(", "))))
}
