//! Many writers of one layout, and writers that are killed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bobctl::oci::Digest;

use super::tool::{lines, listed, noise, tool};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, ORIGIN, pull, webapp};

/// Pushes `count` times, or for ever, each time other content under another tag: `NAME-1`, `NAME-2`, ….
fn pushing<'a>(sandbox: &'a Sandbox, name: &str, count: Option<u32>) -> Command<'a> {
    webapp(sandbox, name);
    sandbox.write(format!("{name}/noise"), noise(500_000));
    let again = count.map_or_else(|| "true".to_owned(), |count| format!("[ $i -lt {count} ]"));
    let (layout, origin) = (story::layout(sandbox), ORIGIN.join(" "));
    let script = format!(
        "set -e; i=0; while {again}; do i=$((i+1)); echo {name}-$i > {name}/stamp; \
         bobctl push artifact {} --path {name} {origin}; done",
        layout.tagged(&format!("{name}-$i"))
    );
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_bobctl")).parent().expect("a folder");
    sandbox.program("sh", ["-c", &script]).path_first(bin)
}

/// Every file under a blob's name has that digest.
fn every_blob_verifies(sandbox: &Sandbox) -> usize {
    let mut blobs = 0;
    for entry in std::fs::read_dir(sandbox.path("layout/blobs/sha256")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let Ok(digest) = format!("sha256:{name}").parse::<Digest>() else { continue };
        assert_eq!(Digest::of(&std::fs::read(entry.path()).unwrap()), digest);
        blobs += 1;
    }
    blobs
}

#[test]
fn a_killed_push_harms_nothing() {
    let sandbox = Sandbox::new();
    let start = Instant::now();
    pushing(&sandbox, "first", Some(3)).run().ok();
    let one = start.elapsed() / 3;
    let layout = story::layout(&sandbox);
    let mut before: BTreeSet<String> = listed(&sandbox, layout.repository()).into_keys().collect();
    for attempt in 0..20 {
        let running = pushing(&sandbox, &format!("killed{attempt}"), None).spawn();
        // From early in the first push to late in the third, in steps that do not divide a push evenly.
        std::thread::sleep(one * (1 + attempt * 7 % 20) / 7 + Duration::from_micros(u64::from(attempt) * 137));
        running.kill();
        assert_eq!(running.wait().code(), None, "it ended by itself");

        let after: BTreeSet<String> = listed(&sandbox, layout.repository()).into_keys().collect();
        assert!(after.is_superset(&before), "lost: {:?}", before.difference(&after));
        before = after;
    }
    assert!(before.len() > 3, "none of them came to its end");
    assert!(every_blob_verifies(&sandbox) >= 3 * before.len(), "config, layer and manifest a tag");
    // The killed ones left no lock, and nothing that the next push stumbles over.
    pushing(&sandbox, "last", Some(1)).run().ok();
    before.insert("last-1".to_owned());
    let tags = listed(&sandbox, layout.repository());
    assert_eq!(tags.keys().cloned().collect::<BTreeSet<_>>(), before);
    for tag in &before {
        pull(&sandbox, &layout.tagged(tag), &format!("{tag} out"), &[]).run().ok();
        assert_eq!(sandbox.read(format!("{tag} out/stamp")).trim(), tag);
    }
    let Some(oras) = tool(&sandbox, "oras") else { return };
    let seen = lines(&oras(&["repo", "tags", "--oci-layout", "layout"]).run().ok());
    assert_eq!(seen, before.into_iter().collect::<Vec<_>>());
}

#[test]
fn eight_writers_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    let writers: Vec<_> = (0..8).map(|writer| pushing(&sandbox, &format!("w{writer}"), Some(5)).spawn()).collect();
    let printed: Vec<String> = writers.into_iter().map(|writer| writer.wait().ok()).collect();
    let expected: Vec<(String, String)> = printed
        .iter()
        .enumerate()
        .flat_map(|(writer, printed)| {
            let lines = printed.lines().enumerate();
            lines.map(move |(line, printed)| (format!("w{writer}-{}", line + 1), story::digest(printed)))
        })
        .collect();
    assert_eq!(expected.len(), 40);
    let layout = story::layout(&sandbox);
    assert_eq!(listed(&sandbox, layout.repository()), expected.iter().cloned().collect());
    assert_eq!(every_blob_verifies(&sandbox), 3 * 40, "config, layer and manifest a tag");
    let Some(oras) = tool(&sandbox, "oras") else { return };
    let seen = lines(&oras(&["repo", "tags", "--oci-layout", "layout"]).run().ok());
    assert_eq!(seen, expected.into_iter().map(|(tag, _)| tag).collect::<Vec<_>>());
}
