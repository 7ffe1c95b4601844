//! Why there is no answer: errors of the network and of TLS, and servers that are failing, each in one line.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::api::Answer;
use super::error::ApplyError;
use super::refusal;

/// How deep causes are followed.
const MAX_CAUSES: usize = 16;

/// The server cannot be asked.
pub(super) fn failed(server: &str, error: &(dyn Error + 'static)) -> ApplyError {
    let server = server.to_owned();
    let causes = causes(error);
    let invalid = causes.iter().find_map(|cause| match cause.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(problem)) => Some(problem),
        _ => None,
    });
    if let Some(problem) = invalid {
        return ApplyError::Untrusted { server, problem: problem.to_string() };
    }
    // The last one says what happened, those before it on which way.
    let last = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    ApplyError::Unavailable { server, problem: format!("cannot be reached: {last}") }
}

/// The answer broke off, or is too long.
pub(super) fn cut(server: &str, error: &(dyn Error + 'static)) -> ApplyError {
    let last = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
    ApplyError::Unavailable { server: server.to_owned(), problem: format!("did not finish its answer: {last}") }
}

/// The server does not answer.
pub(super) fn silent(server: &str, limit: Duration) -> ApplyError {
    let problem = format!("gave no answer within {} s", limit.as_secs_f32());
    ApplyError::Unavailable { server: server.to_owned(), problem }
}

/// The server wants to be asked later, and was.
pub(super) fn later(server: &str, answer: &Answer, tries: u32, pause: Duration) -> ApplyError {
    let said = refusal::said(answer);
    let problem = format!(
        "answers with status {} ({said}) after {tries} tries, and asks to come back in {} s",
        answer.status,
        pause.as_secs_f32()
    );
    ApplyError::Unavailable { server: server.to_owned(), problem }
}

/// An error and what caused it. What an I/O error wraps is not among its sources.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next.filter(|_| causes.len() < MAX_CAUSES) {
        causes.push(error);
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    causes
}
