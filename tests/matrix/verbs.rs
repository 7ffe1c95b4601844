//! What people do: the arguments, which requests that makes, and what it leaves.

use super::what::What::{self, *};

/// A way to call the program. In `line`, `{from}` and `{to}` are two registries, `{stock}` is the folder of the stock, and
/// `{digest}` the digest of the BoB `1`.
pub struct Verb {
    pub name: &'static str,
    pub line: &'static str,
    /// The kinds of requests that it makes. A calm run is held against it.
    pub asks: &'static [What],
    pub kind: Kind,
}

/// What kind of registry a verb is run on, and what it may leave there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kind {
    /// Without the referrers API.
    pub without_api: bool,
    /// Every upload takes a session.
    pub sessions: bool,
    /// It names the registry in what it writes, so that digests differ from run to run.
    pub names_registry: bool,
}

const PLAIN: Kind = Kind { without_api: false, sessions: false, names_registry: false };
const NAMED: Kind = Kind { without_api: false, sessions: false, names_registry: true };
const NO_API: Kind = Kind { without_api: true, sessions: false, names_registry: true };

const SESSIONS: Kind = Kind { without_api: false, sessions: true, names_registry: false };

const fn verb(name: &'static str, line: &'static str, asks: &'static [What]) -> Verb {
    Verb { name, line, asks, kind: PLAIN }
}

impl Verb {
    const fn on(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
}

/// One entry a verb.
pub fn verbs() -> Vec<Verb> {
    [pushes(), pulls(), others(), copies()].into_iter().flatten().collect()
}

fn pushes() -> Vec<Verb> {
    vec![
        verb(
            "push new",
            "push artifact {from}/org/bobs/webapp:new --path {stock}/third",
            &[Token, HeadManifest, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "push over a tag",
            "push artifact {from}/org/bobs/webapp:1 --path {stock}/third",
            &[HeadManifest, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "push by sessions",
            "push artifact {from}/org/bobs/webapp:new --path {stock}/third",
            &[HeadManifest, HeadBlob, StartUpload, SendUpload, WriteManifest],
        )
        .on(SESSIONS),
        verb(
            "push for platforms",
            "push artifact {from}/org/bobs/webapp:new --path linux/amd64={stock}/third --path linux/arm64={stock}/fourth",
            &[HeadManifest, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "push of a file",
            "push artifact {from}/org/bobs/webapp:new --file {stock}/third/bob.values --artifact-type application/vnd.example",
            &[HeadManifest, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "push with a link",
            "push artifact {from}/org/bobs/webapp:new --path {stock}/third --link {from}/org/images/webapp:1",
            &[ReadManifest, HeadManifest, ReadBlob, HeadBlob, StartUpload, WriteManifest, ListReferrers, MissList],
        ),
        verb(
            "push with a link by tag",
            "push artifact {from}/org/bobs/webapp:new --path {stock}/third --link {from}/org/images/webapp:1",
            &[
                ReadManifest,
                HeadManifest,
                ReadBlob,
                HeadBlob,
                StartUpload,
                WriteManifest,
                MissReferrers,
                ReadList,
                WriteList,
            ],
        )
        .on(NO_API),
        verb("push of much", "push artifact {from}/org/bobs/webapp:new --path {stock}/vast", &[SendLarge]),
        verb(
            "push of a large file",
            "push artifact {from}/org/bobs/webapp:new --file {stock}/vast/noise --artifact-type application/vnd.example",
            &[SendLarge],
        ),
    ]
}

fn pulls() -> Vec<Verb> {
    vec![
        verb("pull by tag", "pull artifact {from}/org/bobs/webapp:1 -o out", &[Token, ReadManifest, ReadBlob]),
        verb("pull by digest", "pull artifact {from}/org/bobs/webapp@{digest} -o out", &[ReadManifest, ReadBlob]),
        verb(
            "pull by platform",
            "pull artifact {from}/org/bobs/webapp:both -o out --platform linux/arm64",
            &[ReadManifest, ReadBlob],
        ),
        verb(
            "pull by image",
            "pull artifact --image {from}/org/images/webapp:1 -o out",
            &[HeadManifest, ReadManifest, ReadBlob, ListReferrers, MissList],
        ),
        verb(
            "pull by image by tag",
            "pull artifact --image {from}/org/images/webapp:1 -o out",
            &[HeadManifest, ReadManifest, ReadBlob, MissReferrers, ReadList],
        )
        .on(NO_API),
        verb("pull of much", "pull artifact {from}/org/bobs/webapp:large -o out", &[ReadLarge]),
        verb("pull of much by image", "pull artifact --image {from}/org/images/webapp:large -o out", &[ReadLarge]),
    ]
}

fn others() -> Vec<Verb> {
    vec![
        verb("tag", "tag artifact {from}/org/bobs/webapp:1 --tag also", &[Token, ReadManifest, WriteManifest]),
        verb("tag over a tag", "tag artifact {from}/org/bobs/webapp:1 --tag 2", &[ReadManifest, WriteManifest]),
        verb("delete a tag", "delete artifact {from}/org/bobs/webapp:2 --yes", &[Token, HeadManifest, DeleteManifest]),
        verb(
            "delete a link",
            "delete artifact {from}/org/images/webapp@{link} --yes",
            &[ReadManifest, ListTags, HeadManifest, DeleteManifest, ListReferrers, MissList],
        ),
        verb(
            "delete a link by tag",
            "delete artifact {from}/org/images/webapp@{link} --yes",
            &[ReadManifest, ListTags, HeadManifest, DeleteManifest, MissReferrers, ReadList, WriteList],
        )
        .on(NO_API),
        verb("login", "login {host} --username alice --password-stdin", &[Token, Ping]),
        verb("list", "list artifacts {from}/org/bobs/webapp", &[Token, ListTags, ReadManifest]),
        verb(
            "describe",
            "describe artifact {from}/org/bobs/webapp:1 --files",
            &[Token, HeadManifest, ReadManifest, ReadBlob, ListReferrers, MissList],
        ),
        verb(
            "describe an image",
            "describe artifact {from}/org/images/webapp:1",
            &[HeadManifest, ReadManifest, ReadBlob, ListReferrers, MissList],
        ),
        verb(
            "tree",
            "tree artifact {from}/org/images/webapp:1",
            &[Token, HeadManifest, ReadManifest, ListReferrers, MissList],
        ),
        verb(
            "tree by tag",
            "tree artifact {from}/org/images/webapp:1",
            &[HeadManifest, ReadManifest, MissReferrers, ReadList],
        )
        .on(NO_API),
        verb(
            "link",
            "link artifact {from}/org/bobs/webapp:2 {from}/org/images/webapp:1",
            &[
                Token,
                HeadManifest,
                ReadManifest,
                ReadBlob,
                HeadBlob,
                StartUpload,
                WriteManifest,
                ListReferrers,
                MissList,
            ],
        )
        .on(NAMED),
        verb(
            "link by tag",
            "link artifact {from}/org/bobs/webapp:2 {from}/org/images/webapp:1",
            &[
                HeadManifest,
                ReadManifest,
                ReadBlob,
                HeadBlob,
                StartUpload,
                WriteManifest,
                MissReferrers,
                ReadList,
                WriteList,
            ],
        )
        .on(NO_API),
    ]
}

fn copies() -> Vec<Verb> {
    vec![
        verb(
            "copy to a registry",
            "copy artifact {from}/org/bobs/webapp:1 {to}/org/copies/webapp:1",
            &[Token, ReadManifest, HeadManifest, ReadBlob, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "copy by sessions",
            "copy artifact {from}/org/bobs/webapp:both {to}/org/copies/webapp:1",
            &[ReadManifest, HeadManifest, ReadBlob, HeadBlob, StartUpload, SendUpload, WriteManifest],
        )
        .on(SESSIONS),
        verb(
            "copy inside a registry",
            "copy artifact {from}/org/bobs/webapp:both {from}/org/copies/webapp:1",
            &[ReadManifest, HeadManifest, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "copy with referrers",
            "copy artifact {from}/org/images/webapp:1 {to}/org/copies/images:1 -r",
            &[ReadManifest, HeadManifest, ReadBlob, HeadBlob, StartUpload, WriteManifest, ListReferrers, MissList],
        ),
        verb(
            "copy to a layout",
            "copy artifact {from}/org/bobs/webapp:both oci-layout://copied:1",
            &[ReadManifest, ReadBlob],
        ),
        verb(
            "copy from a layout",
            "copy artifact oci-layout://{stock}/layout:1 {to}/org/copies/webapp:1",
            &[HeadManifest, HeadBlob, StartUpload, WriteManifest],
        ),
        verb(
            "copy of much",
            "copy artifact {from}/org/bobs/webapp:large {to}/org/copies/webapp:1",
            &[ReadLarge, SendLarge],
        ),
        verb(
            "copy of much to a layout",
            "copy artifact {from}/org/bobs/webapp:large oci-layout://copied:1",
            &[ReadLarge],
        ),
        verb(
            "copy of much from a layout",
            "copy artifact oci-layout://{stock}/layout:large {to}/org/copies/webapp:1",
            &[SendLarge],
        ),
    ]
}
