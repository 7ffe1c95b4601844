//! `certs.d`: the certificates that a user laid down for one registry, where docker and podman look for them (NET-1).
//!
//! A folder `HOST[:PORT]` holds authorities in `*.crt` and a client's pair in `NAME.cert` and `NAME.key`. Of several
//! folders the first that is there counts, as podman has it: a user's own replaces the machine's. Docker reads one alone.

use std::io;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;

use super::{Identity, Result, trust};
use crate::oci::reference::Host;
use crate::store::{Fault, StoreError};

/// What a registry's folder holds.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Authorities that are believed for this registry.
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// The pair that is shown to it.
    pub(super) identity: Option<Identity>,
}

impl Entry {
    /// What the first folder for `host` below `folders` holds; nothing when there is none. A pair that is `given` stands
    /// in place of the folder's, which is not looked at then.
    pub(super) fn read(folders: &[PathBuf], host: &Host, given: Option<&Identity>) -> Result<Self> {
        let own = names(host);
        let candidates = folders.iter().flat_map(|folder| own.iter().map(move |name| folder.join(name)));
        for folder in candidates {
            if let Some(files) = files(&folder)? {
                let roots =
                    with_end(&files, "crt").map(|file| trust::roots(file)).collect::<Result<Vec<_>>>()?.concat();
                let identity = match given {
                    Some(given) => Some(given.clone()),
                    None => pair(&folder, &files)?,
                };
                return Ok(Self { roots, identity });
            }
        }
        Ok(Self { roots: Vec::new(), identity: given.cloned() })
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.identity.is_none()
    }
}

/// How the folder of `host` may be called. Docker takes the port as it was typed, and here 443 is not kept.
fn names(host: &Host) -> Vec<String> {
    let name = host.to_string();
    let typed = host.port().is_none().then(|| format!("{name}:443"));
    std::iter::once(name).chain(typed).collect()
}

/// The files in `folder` by name, `None` when there is no such folder. One that this user may not look into is none: the
/// folders of a daemon often belong to root alone.
fn files(folder: &Path) -> Result<Option<Vec<PathBuf>>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.sort();
        Ok(files)
    };
    match read() {
        Ok(files) => Ok(Some(files)),
        Err(error) if absent(error.kind()) => Ok(None),
        Err(error) => {
            let message = format!("the folder of certificates {} cannot be read", folder.display());
            Err(StoreError::Local(Fault::new(message).caused_by(error)))
        }
    }
}

fn absent(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied)
}

fn with_end<'a>(files: &'a [PathBuf], end: &'a str) -> impl Iterator<Item = &'a PathBuf> {
    files.iter().filter(move |file| file.extension().is_some_and(|extension| extension == end))
}

/// The client's pair among `files`. Half a pair is an error, as docker has it, and so are two pairs: only one is shown.
fn pair(folder: &Path, files: &[PathBuf]) -> Result<Option<Identity>> {
    for (end, other) in [("cert", "key"), ("key", "cert")] {
        if let Some(half) = with_end(files, end).find(|half| !files.contains(&half.with_extension(other))) {
            return Err(StoreError::Refused(alone(half, &half.with_extension(other))));
        }
    }
    let mut certificates = with_end(files, "cert");
    let Some(certificate) = certificates.next() else { return Ok(None) };
    if certificates.next().is_some() {
        return Err(StoreError::Refused(several(folder)));
    }
    let read = Identity::read(certificate, &certificate.with_extension("key"));
    read.map(Some).map_err(|error| {
        let hint = error.hint();
        let message = format!("the client certificate in {} cannot be used", folder.display());
        StoreError::Refused(Fault::new(message).with_hint(hint).caused_by(error))
    })
}

fn alone(half: &Path, missing: &Path) -> Fault {
    let message = format!("{} is half of a pair: {} is missing", half.display(), missing.display());
    Fault::new(message)
        .with_hint("a client certificate is NAME.cert with NAME.key; certificates of authorities end in .crt")
}

fn several(folder: &Path) -> Fault {
    let message = format!("{} has more than one client certificate", folder.display());
    Fault::new(message).with_hint("leave one there, or choose one with --cert-file and --key-file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{Location, Reference};

    fn host(name: &str) -> Host {
        match format!("oci://{name}/a/b").parse::<Reference>().unwrap().location {
            Location::Registry(repository) => repository.host().clone(),
            Location::Layout(_) => panic!("{name} is no host"),
        }
    }

    fn write(path: PathBuf, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn pair() -> (String, String) {
        let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["me".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    /// Two folders, the second with everything for each of the names.
    fn laid_down(names: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let folders = ["own", "machine"].map(|name| folder.path().join(name));
        let (certificate, key) = pair();
        for name in names {
            let at = folders[1].join(name);
            write(at.join("ca.crt"), &certificate);
            write(at.join("me.cert"), &certificate);
            write(at.join("me.key"), &key);
            write(at.join("readme.txt"), "not looked at");
        }
        (folder, folders.to_vec())
    }

    #[test]
    fn an_entry_is_for_one_host_and_port() {
        for (laid, asked, found) in [
            ("r.io", "r.io", true),
            ("r.io", "r.io:443", true),
            ("r.io:443", "r.io", true),
            ("r.io", "r.io:5000", false),
            ("r.io:5000", "r.io", false),
            ("r.io:5000", "r.io:5000", true),
            ("r.io:5000", "R.io:5000", true),
            ("io", "r.io", false),
            ("docker.io", "docker.io", true),
            ("[::1]:5000", "[::1]:5000", true),
        ] {
            let (_folder, folders) = laid_down(&[laid]);
            let entry = Entry::read(&folders, &host(asked), None).unwrap();
            assert_eq!((entry.roots.len(), entry.identity.is_some()), (usize::from(found), found), "{laid} {asked}");
        }
    }

    #[test]
    fn the_first_folder_that_is_there_counts() {
        let (_folder, folders) = laid_down(&["r.io"]);
        write(folders[0].join("r.io/only.crt"), &pair().0);
        let entry = Entry::read(&folders, &host("r.io"), None).unwrap();
        assert!(entry.roots.len() == 1 && entry.identity.is_none(), "{entry:?}");
    }

    #[test]
    fn a_pair_that_is_given_stands_in_place_of_the_folders() {
        let (folder, folders) = laid_down(&["r.io"]);
        let (certificate, key) = pair();
        write(folder.path().join("given.pem"), &format!("{certificate}{key}"));
        let given = Identity::read(&folder.path().join("given.pem"), &folder.path().join("given.pem")).unwrap();
        // What is wrong with the folder's own does not matter then.
        std::fs::remove_file(folders[1].join("r.io/me.key")).unwrap();
        let entry = Entry::read(&folders, &host("r.io"), Some(&given)).unwrap();
        assert_eq!((entry.identity.as_ref(), entry.roots.len()), (Some(&given), 1));
    }

    #[test]
    fn what_is_wrong_in_a_folder_is_named() {
        for (change, words) in [
            ("rm me.key", ["me.cert is half of a pair", "me.key is missing"]),
            ("rm me.cert", ["me.key is half of a pair", "me.cert is missing"]),
            ("add you", ["more than one client certificate", "r.io"]),
            ("break ca.crt", ["ca.crt", "has no certificate"]),
            ("break me.key", ["the client certificate in", "r.io"]),
        ] {
            let (_folder, folders) = laid_down(&["r.io"]);
            let at = folders[1].join("r.io");
            match change.split_once(' ').unwrap() {
                ("rm", name) => std::fs::remove_file(at.join(name)).unwrap(),
                ("break", name) => std::fs::write(at.join(name), "nothing").unwrap(),
                (_, name) => {
                    let (certificate, key) = pair();
                    write(at.join(format!("{name}.cert")), &certificate);
                    write(at.join(format!("{name}.key")), &key);
                }
            }
            let error = Entry::read(&folders, &host("r.io"), None).unwrap_err();
            assert!(words.iter().all(|word| error.to_string().contains(word)), "{change}: {error}");
            assert!(error.fault().hint().is_some(), "{change}");
        }
    }
}
