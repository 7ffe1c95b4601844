//! A trust policy document: which statements it has, and that no two of them contradict each other.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::doubts;
use super::problem::Problem;
use super::statement::{MEMBERS, Raw, Statement, Store, VERIFICATION_MEMBERS};
use crate::oci::json;
use crate::signature::{BYTE_ORDER_MARK, MAX_FILE};

/// The only version there is.
const VERSION: &str = "1.0";
const STATEMENTS: &str = "trustPolicies";

/// A trust policy that notation would refuse, or could read in two ways.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// More than [`MAX_FILE`] bytes.
    #[error("{0} bytes are more than a trust policy may have ({MAX_FILE})")]
    TooLarge(usize),
    /// What Windows puts in front of text; notation reads none.
    #[error("the trust policy begins with a byte order mark, which notation refuses")]
    ByteOrderMark,
    /// Not one JSON document, or one with a key twice.
    #[error("the trust policy is not valid JSON")]
    Json(#[source] serde_json::Error),
    /// The document as a whole breaks a rule.
    #[error("the trust policy is not valid")]
    Document(#[source] Problem),
    /// A statement breaks a rule.
    #[error("the statement {name} of the trust policy is not valid")]
    Statement {
        /// Its name in quotation marks, or its number when it has none.
        name: String,
        /// Which rule.
        source: Problem,
    },
}

impl PolicyError {
    /// What to write instead.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Document(problem) | Self::Statement { source: problem, .. } => Some(problem.advice()),
            Self::ByteOrderMark => Some("save it as UTF-8 without one"),
            Self::TooLarge(_) | Self::Json(_) => None,
        }
    }
}

/// A trust policy by whose rules signatures can be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
    warnings: Vec<String>,
}

impl Policy {
    /// Read a `trustpolicy.json` by notation's rules. Stricter than notation in two things that could be read in two
    /// ways: a key that stands twice, and a member in other capitals than its own.
    pub fn read(file: &[u8]) -> Result<Self, PolicyError> {
        if file.len() > MAX_FILE {
            return Err(PolicyError::TooLarge(file.len()));
        }
        if file.starts_with(BYTE_ORDER_MARK) {
            return Err(PolicyError::ByteOrderMark);
        }
        let document = json::value(file).map_err(PolicyError::Json)?;
        let (document, mut warnings) = open(document).map_err(PolicyError::Document)?;
        let mut statements: Vec<Statement> = Vec::new();
        for (index, value) in document.into_iter().enumerate() {
            let name = name_of(index, &value);
            let (statement, doubts) = read_statement(value, &statements)
                .map_err(|source| PolicyError::Statement { name: name.clone(), source })?;
            warnings.extend(doubts.into_iter().map(|doubt| format!("statement {name}: {doubt}")));
            statements.push(statement);
        }
        let mut policy = Self { statements, warnings };
        policy.warnings.extend(policy.shared_stores());
        Ok(policy)
    }

    /// The statements, in the document's order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Every trust store that some statement names.
    pub fn stores(&self) -> BTreeSet<&Store> {
        self.statements.iter().flat_map(|statement| &statement.stores).collect()
    }

    /// Every registry scope, in the document's order.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|statement| &statement.scopes).map(String::as_str)
    }

    /// What notation accepts, but is not likely to be meant: whole sentences that name the statement.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn shared_stores(&self) -> Option<String> {
        let stores: Vec<String> = self.stores().into_iter().map(|store| format!("'{store}'")).collect();
        (stores.len() > 1).then(|| {
            let stores = stores.join(", ");
            format!("in a cluster every certificate of the secret counts for each of {stores}; a secret each keeps them apart")
        })
    }
}

/// How a statement is called before it is known to be one.
fn name_of(index: usize, value: &Value) -> String {
    let name = value.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    name.map_or_else(|| format!("{}", index + 1), |name| format!("'{name}'"))
}

/// The statements of a document, and warnings about its members.
fn open(document: Value) -> Result<(Vec<Value>, Vec<String>), Problem> {
    let mut members = object(document, "the document")?;
    let warnings = unknown(&members, &["version", STATEMENTS])?;
    match members.get("version") {
        Some(Value::String(version)) if version == VERSION => {}
        Some(version) => {
            return Err(Problem::new(format!("the version {version} does not exist"), "write \"version\": \"1.0\""));
        }
        None => return Err(Problem::new("it has no version", "add \"version\": \"1.0\"")),
    }
    match members.swap_remove(STATEMENTS) {
        Some(Value::Array(statements)) if !statements.is_empty() => Ok((statements, warnings)),
        _ => Err(Problem::new("it has no statements", "add at least one to the list \"trustPolicies\"")),
    }
}

/// A statement that fits to those before it, and what is doubtful about it.
fn read_statement(value: Value, before: &[Statement]) -> Result<(Statement, Vec<String>), Problem> {
    let members = object(value, "the statement")?;
    let mut doubts = unknown(&members, &MEMBERS)?;
    if let Some(Value::Object(verification)) = members.get("signatureVerification") {
        doubts.extend(unknown(verification, &VERIFICATION_MEMBERS)?);
    }
    let raw: Raw = serde_json::from_value(Value::Object(members)).map_err(|error| {
        Problem::new(format!("a member has the wrong type: {error}"), "names are text, lists are in []")
    })?;
    let statement = Statement::try_from(raw)?;
    if before.iter().any(|other| other.name == statement.name) {
        return Err(Problem::new("another statement has the same name", "give each statement a name of its own"));
    }
    let mut scopes: BTreeSet<&str> = before.iter().flat_map(|other| &other.scopes).map(String::as_str).collect();
    if let Some(scope) = statement.scopes.iter().find(|scope| !scopes.insert(scope)) {
        return Err(Problem::new(
            format!("the registry scope '{scope}' stands there twice"),
            "name each scope once in the whole policy",
        ));
    }
    doubts.extend(doubts::of_statement(&statement));
    Ok((statement, doubts))
}

fn object(value: Value, what: &str) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::new(format!("{what} is not an object"), "write it in {}")),
    }
}

/// Warnings about the members that notation does not know. Go reads names in any capitals: what is a member there must
/// not be ignored here.
fn unknown(members: &Map<String, Value>, known: &[&str]) -> Result<Vec<String>, Problem> {
    let strange = members.keys().filter(|name| !known.contains(&name.as_str()));
    let judge = |name: &String| match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => {
            Err(Problem::new(format!("the member '{name}' has the wrong capitals"), format!("write '{known}'")))
        }
        None => Ok(format!("the member '{name}' is not known, and ignored")),
    };
    strange.map(judge).collect()
}
