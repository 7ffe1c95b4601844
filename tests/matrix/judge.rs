//! What is right after a case, and what is not.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bobctl::oci::Digest;
use serde_json::Value;

use super::Case;
use super::ground::{Ground, Outcome, SECRETS, SIGNATURE};
use super::verbs::Verb;
use super::what::What;
use crate::support::sandbox::Run;

/// How a verb ends when nothing goes wrong.
pub struct Calm(Outcome);

impl Calm {
    /// An error when it does not end well, or does not make the requests that the table says it makes.
    pub fn of(verb: &Verb, run: &Run, ground: &Ground<'_>) -> Result<Self, String> {
        if run.code() != Some(0) {
            return Err(format!("{}: {run:?}", verb.name));
        }
        let asked = ground.asked();
        let large = |what: &What| matches!(what, What::ReadLarge | What::SendLarge);
        let only_large = verb.asks.iter().all(large);
        let expected = |what: &What| verb.asks.contains(what) || *what == What::Token || (only_large && !large(what));
        let missing: Vec<_> = verb.asks.iter().filter(|what| !asked.contains(what)).collect();
        let more: Vec<_> = asked.iter().filter(|what| !expected(what)).collect();
        if missing.is_empty() && more.is_empty() {
            return Ok(Self(Outcome::of(ground, run.stdout())));
        }
        Err(format!("{} does not ask for {missing:?}, and does for {more:?}", verb.name))
    }
}

/// All that is wrong.
pub fn complaints(case: &Case<'_>, run: &Run, outcome: (&Outcome, &Outcome), calm: &Calm) -> Vec<String> {
    let (before, after) = outcome;
    let mut found = secrets(run);
    let mut check = |holds: bool, what: &dyn Fn() -> String| {
        if !holds {
            found.push(what());
        }
    };
    check(run.code() == Some(case.code), &|| format!("exit code {:?} instead of {}", run.code(), case.code));
    check(!run.stderr().contains("panicked"), &|| "it panicked".to_owned());
    check(after.temporary.is_empty(), &|| format!("temporary files are left:\n{}", after.temporary));
    // Those that it was told to delete apart.
    let lost: Vec<_> =
        before.referrers.difference(&after.referrers).filter(|it| calm.0.referrers.contains(*it)).collect();
    check(lost.is_empty(), &|| format!("referrers are lost: {lost:?}"));
    let scheme =
        run.stderr().contains("authorization: Basic ***") || run.stderr().contains("authorization: Bearer ***");
    check(scheme || case.strikes == What::Token, &|| "the trace shows no masked credentials".to_owned());
    // A session whose beginning was never told cannot be called off.
    let known = !case.fault.acts || case.strikes != What::StartUpload && run.code() == Some(0);
    // Nor one whose beginning was not waited for, because another blob failed.
    let open = after.open_uploads.saturating_sub(unanswered(run.stderr()));
    check(open == 0 || !known, &|| format!("{open} uploads are open"));
    if run.code() == Some(0) {
        let told = ["cannot be listed: ", "is not told: "].iter().any(|warning| run.stderr().contains(warning));
        found.extend(well(&calm.0, after, told && case.fault.code_of(case.strikes) != 0));
    } else {
        found.extend(failed(case, run, outcome, &calm.0));
    }
    found
}

fn secrets(run: &Run) -> Vec<String> {
    let pair = BASE64.encode(format!("alice:{}", SECRETS[0]));
    let all = SECRETS.into_iter().chain([SIGNATURE, pair.trim_end_matches('=')]);
    let shown = |secret: &&str| run.stdout().contains(secret) || run.stderr().contains(secret);
    all.filter(shown).map(|secret| format!("{secret} is shown")).collect()
}

/// The result is that of a calm run; what it prints may have lines less where that was told.
fn well(calm: &Outcome, after: &Outcome, told: bool) -> Vec<String> {
    let mut found = Vec::new();
    let less = after.stdout.lines().all(|line| calm.stdout.contains(line));
    if after.stdout != calm.stdout && !(told && less) {
        found.push(format!("it prints\n{}instead of\n{}", after.stdout, calm.stdout));
    }
    if after.listing != calm.listing {
        let more: Vec<_> = after.listing.iter().filter(|line| !calm.listing.contains(line)).collect();
        let less: Vec<_> = calm.listing.iter().filter(|line| !after.listing.contains(line)).collect();
        found.push(format!("the registries have {more:?} more and {less:?} less"));
    }
    if after.files != calm.files {
        found.push(format!("the files are\n{}instead of\n{}", after.files, calm.files));
    }
    found
}

/// Nothing is half done.
fn failed(case: &Case<'_>, run: &Run, outcome: (&Outcome, &Outcome), calm: &Outcome) -> Vec<String> {
    let (before, after) = outcome;
    let mut found = Vec::new();
    if !run.stderr().contains("error: ") {
        found.push("no error is told".to_owned());
    }
    // A list is shown with the rows that cannot be read.
    let rows = case.verb.name == "list" && run.code() == Some(1);
    if !after.stdout.is_empty() && !rows {
        found.push(format!("it prints {}", after.stdout));
    }
    for (tag, digest) in &after.tags {
        // Where only the answer is lost, the registry has done what it was told.
        let done = case.fault.acts && calm.tags.contains_key(tag) && !after.listing.is_empty();
        if before.tags.get(tag) != Some(digest) && !done {
            found.push(format!("{tag} names {digest}, and before {:?}", before.tags.get(tag)));
        }
    }
    if after.home != before.home {
        found.push(format!("the home has\n{}instead of\n{}", after.home, before.home));
    }
    let gone: Vec<_> = before.tags.keys().filter(|tag| !after.tags.contains_key(*tag)).collect();
    if !gone.is_empty() && !case.fault.acts {
        found.push(format!("tags are gone: {gone:?}"));
    }
    if case.verb.line.contains("oci-layout://copied") {
        found.extend(unfinished(&after.layout));
    } else if after.files != before.files {
        found.push(format!("files are left:\n{}", after.files));
    }
    found
}

/// A layout that a copy did not finish: whole blobs, and no tag.
fn unfinished(layout: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(index) = std::fs::read(layout.join("index.json")) else { return found };
    match serde_json::from_slice::<Value>(&index) {
        Ok(index) if index["manifests"] == serde_json::json!([]) => {}
        Ok(index) => found.push(format!("the layout has {index}")),
        Err(error) => found.push(format!("the layout's index is broken: {error}")),
    }
    for blob in std::fs::read_dir(layout.join("blobs/sha256")).into_iter().flatten().flatten() {
        let bytes = std::fs::read(blob.path()).unwrap_or_default();
        if Digest::of(&bytes).hex() != blob.file_name().to_string_lossy() {
            found.push(format!("the layout has half of {}", blob.file_name().display()));
        }
    }
    found
}

/// How many questions for an upload the trace shows without an answer.
fn unanswered(trace: &str) -> usize {
    let numbered = |line: &str, mark: &str| line.split_once(mark).map(|(number, _)| number.to_owned());
    let asked =
        trace.lines().filter(|line| line.contains("/blobs/uploads/")).filter_map(|line| numbered(line, " > POST "));
    let answered: BTreeSet<_> =
        trace.lines().filter_map(|line| numbered(line, " < ").or(numbered(line, " ! "))).collect();
    asked.filter(|number| !answered.contains(number)).count()
}
