//! A secret that its flag did not get whole: of `--password two words`, an error would show the second (AUTH-28).

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use super::error::CliError;

/// Where commands that take one reference have all that follows it.
const MORE: &str = "more";

/// The complaint without the argument that clap would show, where that may be a part of a secret.
pub(super) fn secret(error: &clap::Error, arguments: &[OsString]) -> Option<CliError> {
    let shown = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::TooManyValues => ContextKind::InvalidValue,
        _ => return None,
    };
    let Some(ContextValue::String(shown)) = error.get(shown) else { return None };
    behind_a_secret(arguments, shown.trim_start_matches('-')).map(|flag| complaint(&flag))
}

/// The complaint about arguments that `command` takes for references, where one may be a part of a secret: there are more
/// of them than it needs, or it can be no reference. No error of theirs is shown then.
pub(super) fn reference(command: &Command, matches: &ArgMatches, arguments: &[OsString]) -> Option<CliError> {
    if let Some((name, inner)) = matches.subcommand() {
        return reference(command.find_subcommand(name)?, inner, arguments);
    }
    let takes_references = matches.try_contains_id(MORE).is_ok();
    let given = |id| matches.try_get_raw(id).ok().flatten().into_iter().flatten().map(OsStr::to_string_lossy);
    let too_many = given(MORE).next().is_some();
    let mut references =
        command.get_positionals().filter(|_| takes_references).flat_map(|argument| given(argument.get_id().as_str()));
    let flag = references.find_map(|word| {
        let flag = behind_a_secret(arguments, &word)?;
        (too_many || !word.contains('/')).then_some(flag)
    });
    flag.map(|flag| complaint(&flag))
}

/// The flag of a secret that `word` may have been meant for.
fn behind_a_secret(arguments: &[OsString], word: &str) -> Option<String> {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let mut tails = (0..words.len()).map(|at| &words[at..]);
    tails.find_map(|tail| torn(tail, word)).map(str::to_owned)
}

fn complaint(flag: &str) -> CliError {
    let error = anyhow::anyhow!("unexpected argument after {flag}; it is not shown, as it may be a part of the secret");
    CliError::usage(error).with_hint(if takes_value(flag) {
        format!("put the secret in quotes, and a '=' before it: {flag}='…'")
    } else {
        format!("{flag} takes no value: pipe the secret in")
    })
}

/// The flag that `words` begin with, if it has a secret and `shown` is of the words that may have been meant for it: all up
/// to the next long flag.
fn torn<'a>(words: &'a [impl AsRef<str>], shown: &str) -> Option<&'a str> {
    let (first, rest) = words.split_first()?;
    let (flag, value) =
        first.as_ref().split_once('=').map_or((first.as_ref(), None), |(flag, value)| (flag, Some(value)));
    let is_secret =
        flag.starts_with("--") && ["password", "creds", "password-stdin"].iter().any(|end| flag.ends_with(end));
    let is_long = |word: &str| word.starts_with("--");
    let rest = rest.iter().map(AsRef::as_ref);
    // The word behind the flag is its value even where it looks like a flag.
    let own = usize::from(value.is_none() && takes_value(flag));
    let mut meant =
        value.into_iter().chain(rest.clone().take(own)).chain(rest.skip(own).take_while(|word| !is_long(word)));
    (is_secret && meant.any(|word| word.contains(shown))).then_some(flag)
}

fn takes_value(flag: &str) -> bool {
    !flag.ends_with("-stdin")
}
