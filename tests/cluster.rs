//! Secrets on their way into a cluster: a real API server, and one that says what no real one does on demand.

mod commands;
mod kubeconfigs;
mod proxies;
mod real;
mod recorded;

use std::path::PathBuf;
use std::time::Duration;

use bobctl::cluster::apply::{self, Applied, ApplyError, ApplyOptions, Limits};
use bobctl::cluster::{Content, Kind, Secret};

/// What must never be in a message.
const PASSWORD: &str = "hunter22-of-the-tests";

/// A secret of certificates.
fn trust(name: &str, data: &[(&str, &str)]) -> Secret {
    Secret {
        name: name.parse().expect("a name"),
        namespace: None,
        kind: Kind::Opaque,
        labels: [].into(),
        annotations: [].into(),
        data: data.iter().map(|(key, value)| ((*key).to_owned(), Content::from(value.as_bytes().to_vec()))).collect(),
    }
}

/// Options for one kubeconfig, impatient ones.
fn options(kubeconfig: PathBuf) -> ApplyOptions {
    let limits = Limits { pause: Duration::from_millis(1), ..Limits::default() };
    ApplyOptions { kubeconfigs: vec![kubeconfig], limits, ..ApplyOptions::default() }
}

fn apply(secret: &Secret, options: &ApplyOptions) -> Result<Applied, ApplyError> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(apply::apply(secret, options))
}

/// The message and the hint of a failure, neither with anything secret.
fn failure(secret: &Secret, options: &ApplyOptions) -> (ApplyError, String, String) {
    let error = apply(secret, options).expect_err("it is refused");
    let (message, hint) = (error.to_string(), error.hint().unwrap_or_default());
    for text in [&message, &hint, &format!("{error:?}")] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    (error, message, hint)
}
