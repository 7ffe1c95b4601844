//! How the line to a registry is made: what the flags say, and what the environment adds.

use std::env;
use std::path::{Path, PathBuf};

use super::{
    ALL_PROXY, CliError, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, REQUEST_METHOD, SSL_CERT_DIR, SSL_CERT_FILE,
    XDG_CONFIG_HOME, home,
};
use crate::cli::flags::{Flagged, Line, PairFiles, Reach};
use crate::cli::units;
use crate::store::registry::{ClientOptions, Identity, Named, Proxies};

/// The machine's folders with certificates by registry: podman's and docker's.
const CERTS_D: [&str; 2] = ["/etc/containers/certs.d", "/etc/docker/certs.d"];
/// The same below a user's folder of configuration.
const OWN_CERTS_D: &str = "containers/certs.d";

/// The options of a client that reaches registries so.
pub(super) fn options(reach: &Reach) -> Result<ClientOptions, CliError> {
    let line = &reach.line;
    if let Some(file) = &line.value.ca_file {
        exists(line, "ca-file", file)?;
    }
    Ok(ClientOptions {
        plain_http: line.value.plain_http,
        tls_skip_verify: line.value.tls_skip_verify,
        ca_file: line.value.ca_file.clone(),
        roots_named: [SSL_CERT_FILE, SSL_CERT_DIR].into_iter().any(|name| env::var_os(name).is_some()),
        identity: line.value.pair.as_ref().map(|pair| identity(line, pair)).transpose()?,
        certs_d: certs_d(),
        proxies: proxies(|name| env::var(name).ok()),
        concurrency: usize::from(reach.concurrency),
        // As with --timeout, none is never.
        idle_timeout: if reach.idle_timeout.is_zero() { units::LONGEST } else { reach.idle_timeout },
        ..ClientOptions::default()
    })
}

fn exists(line: &Flagged<Line>, flag: &str, file: &Path) -> Result<(), CliError> {
    if file.exists() {
        return Ok(());
    }
    Err(CliError::usage(anyhow::anyhow!("no such file for {}: {}", line.flag(flag), file.display())))
}

fn identity(line: &Flagged<Line>, pair: &PairFiles) -> Result<Identity, CliError> {
    exists(line, "cert-file", &pair.certificate)?;
    exists(line, "key-file", &pair.key)?;
    Identity::read(&pair.certificate, &pair.key).map_err(|error| {
        let hint = error.hint();
        let [certificate, key] = [line.flag("cert-file"), line.flag("key-file")];
        let message = format!("{certificate} and {key} cannot be used");
        CliError::usage(anyhow::Error::new(error).context(message)).with_hint(hint)
    })
}

/// The user's own folder first.
fn certs_d() -> Vec<PathBuf> {
    // A relative path would lead into whatever folder this is, which may be somebody's checkout.
    let named = env::var_os(XDG_CONFIG_HOME).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = named.or_else(|| home().map(|home| home.join(".config")));
    own.map(|own| own.join(OWN_CERTS_D)).into_iter().chain(CERTS_D.map(PathBuf::from)).collect()
}

/// The proxies that the environment names; what is empty names none.
fn proxies(env: impl Fn(&str) -> Option<String>) -> Proxies {
    let first = |names: &[&'static str]| {
        let named = |variable: &&'static str| Some(Named { variable, address: env(variable)? });
        names.iter().filter_map(named).find(|named| !named.address.trim().is_empty())
    };
    // A web server hands a header of its client's to a CGI program under this name.
    let http = if env(REQUEST_METHOD).is_some() { &HTTP_PROXY[1..] } else { &HTTP_PROXY };
    Proxies {
        https: first(&HTTPS_PROXY).or_else(|| first(&ALL_PROXY)),
        http: first(http).or_else(|| first(&ALL_PROXY)),
        except: first(&NO_PROXY).map(|named| named.address).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_the_first_that_the_environment_names() {
        for (variables, https, http) in [
            ("", None, None),
            ("HTTPS_PROXY=a", Some("HTTPS_PROXY"), None),
            ("HTTP_PROXY=a", None, Some("HTTP_PROXY")),
            ("ALL_PROXY=a", Some("ALL_PROXY"), Some("ALL_PROXY")),
            ("all_proxy=a https_proxy=b", Some("https_proxy"), Some("all_proxy")),
            ("HTTPS_PROXY=a https_proxy=b", Some("HTTPS_PROXY"), None),
            ("HTTPS_PROXY= https_proxy=b", Some("https_proxy"), None),
            ("HTTP_PROXY=a REQUEST_METHOD=GET", None, None),
            ("HTTP_PROXY=a http_proxy=b REQUEST_METHOD=GET", None, Some("http_proxy")),
            ("HTTPS_PROXY=a REQUEST_METHOD=GET", Some("HTTPS_PROXY"), None),
        ] {
            let env = |name: &str| {
                let mut pairs = variables.split_whitespace().filter_map(|pair| pair.split_once('='));
                pairs.find(|(variable, _)| *variable == name).map(|(_, value)| value.to_owned())
            };
            let proxies = proxies(env);
            let names = [proxies.https, proxies.http].map(|named| named.map(|named| named.variable));
            assert_eq!(names, [https, http], "{variables}");
        }
    }

    #[test]
    fn exceptions_are_in_either_case() {
        for name in ["NO_PROXY", "no_proxy"] {
            let proxies = proxies(|variable| (variable == name).then(|| "r.io".to_owned()));
            assert_eq!(proxies.except, "r.io");
        }
    }
}
