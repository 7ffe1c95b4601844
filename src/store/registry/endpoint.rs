//! The addresses of the distribution specification, and the headers it uses. No I/O.
//!
//! Everything in a path comes from validated names, tags and digests, so nothing there needs encoding; values in a
//! query are encoded (HTTP-1).

use std::fmt::Write as _;

use reqwest::Url;

use crate::oci::{Digest, Repository, Version};

/// The digest of the content of an answer.
pub(super) const DOCKER_CONTENT_DIGEST: &str = "docker-content-digest";
/// Says which subject the registry took from a manifest.
pub(super) const OCI_SUBJECT: &str = "oci-subject";
/// How many tags are asked for at once (HTTP-60).
pub(super) const TAGS_PER_PAGE: usize = 1000;

/// Query parameters whose values are no secret; all other values are left out where people can see them.
const SHOWN_PARAMETERS: [&str; 7] = ["digest", "n", "last", "service", "scope", "mount", "from"];

/// A repository at the address of its registry.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    base: Url,
    repository: Repository,
}

impl Endpoint {
    /// `repository`, at the registry whose root is `base`.
    pub(super) fn new(base: Url, repository: Repository) -> Self {
        Self { base, repository }
    }

    /// The repository.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// `GET`, `HEAD`, `PUT`: a manifest.
    pub(super) fn manifest(&self, version: &Version) -> Url {
        self.at(&format!("manifests/{version}"))
    }

    /// `GET`, `HEAD`: a blob.
    pub(super) fn blob(&self, digest: &Digest) -> Url {
        self.at(&format!("blobs/{digest}"))
    }

    /// `POST`: the start of an upload.
    pub(super) fn uploads(&self) -> Url {
        self.at("blobs/uploads/")
    }

    /// `POST`: an upload in a single request (HTTP-33).
    pub(super) fn single_upload(&self, digest: &Digest) -> Url {
        with_parameter(&self.uploads(), "digest", &digest.to_string())
    }

    /// `POST`: a blob of `origin`, another repository of this registry (HTTP-37).
    pub(super) fn mount(&self, digest: &Digest, origin: &Repository) -> Url {
        let url = with_parameter(&self.uploads(), "mount", &digest.to_string());
        with_parameter(&url, "from", origin.name())
    }

    /// `GET`: the tags, `n` of them where the server counts.
    pub(super) fn tags(&self, n: Option<usize>, last: Option<&str>) -> Url {
        let mut url = self.at("tags/list");
        if let Some(n) = n {
            url = with_parameter(&url, "n", &n.to_string());
        }
        if let Some(last) = last {
            url = with_parameter(&url, "last", last);
        }
        url
    }

    /// `GET`: the referrers of a manifest.
    pub(super) fn referrers(&self, subject: &Digest) -> Url {
        self.at(&format!("referrers/{subject}"))
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/{path}", self.repository.name()));
        url
    }
}

/// `url` with one query parameter more; what is there already stays byte for byte (HTTP-31).
pub(super) fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let query = match url.query() {
        None | Some("") => format!("{name}={}", encode(value)),
        Some(query) => format!("{query}&{name}={}", encode(value)),
    };
    let mut url = url.clone();
    url.set_query(Some(&query));
    url
}

/// A value for a query or a form. What RFC 3986 allows there and no form decoder touches stays readable.
pub(super) fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b',' => {
                text.push(char::from(byte));
            }
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// `url` as people may see it: no user information, no fragment, and of the query only what is no secret.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    strip_user(&mut shown);
    shown.set_fragment(None);
    shown.set_query(None);
    match url.query() {
        Some(query) => format!("{shown}?{}", shown_query(query)),
        None => shown.into(),
    }
}

/// A query as people may see it: the names of its parameters, and the values that are no secret.
pub(super) fn shown_query(query: &str) -> String {
    let (query, fragment) = query.split_once('#').map_or((query, ""), |(query, _)| (query, "#…"));
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if SHOWN_PARAMETERS.contains(&name) => pair.to_owned(),
        Some((name, _)) => format!("{name}=…"),
        // A value without a name.
        None => "…".to_owned(),
    };
    query.split('&').map(shown).collect::<Vec<_>>().join("&") + fragment
}

/// The values of a query that are not shown.
pub(super) fn hidden_values(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter_map(|pair| match pair.split_once('=') {
        Some((name, _)) if SHOWN_PARAMETERS.contains(&name) => None,
        Some((_, value)) => Some(value),
        None => Some(pair),
    })
}

/// Remove user name and password. A server that puts them in an address does not make us send an `Authorization`.
pub(super) fn strip_user(url: &mut Url) {
    // These fail for addresses that cannot have a user, which is what is wanted.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_parameter_is_appended_and_nothing_else_changes() {
        for (before, after) in [
            ("https://r.io/up/1", "https://r.io/up/1?digest=sha256:ab"),
            ("https://r.io/up/1?", "https://r.io/up/1?digest=sha256:ab"),
            ("https://r.io/up/1?_state=a%2Fb+c%3D%3d&x", "https://r.io/up/1?_state=a%2Fb+c%3D%3d&x&digest=sha256:ab"),
        ] {
            assert_eq!(with_parameter(&url(before), "digest", "sha256:ab").as_str(), after);
        }
    }

    #[test]
    fn query_values_are_encoded() {
        assert_eq!(encode("repository:a/b:pull,push"), "repository:a/b:pull,push");
        assert_eq!(encode("a b&c=d+é%"), "a%20b%26c%3Dd%2B%C3%A9%25");
    }

    #[test]
    fn an_address_in_a_message_has_no_secret() {
        let signed =
            "https://user:pw@cdn.io/blob?digest=sha256:ab&X-Amz-Signature=s3cret&sig=s3cret&n=5&s3cret#token=s3cret";
        let text = shown(&url(signed));
        assert_eq!(text, "https://cdn.io/blob?digest=sha256:ab&X-Amz-Signature=…&sig=…&n=5&…");
    }
}
