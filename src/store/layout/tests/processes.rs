//! Several processes on one layout. The tests start this very test binary again, as a program that pushes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

use super::*;

const FOLDER: &str = "BOBCTL_TEST_LAYOUT";
const NAME: &str = "BOBCTL_TEST_NAME";
const COUNT: &str = "BOBCTL_TEST_COUNT";
const MARK: &str = "pushed ";

/// A process that pushes `count` tags `name-0`, `name-1`, … and says so after each.
fn start(folder: &Path, name: &str, count: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["store::layout::tests::processes::pusher", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .env(NAME, name)
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The program that the tests here start; run as a test among others it has nothing to do.
#[tokio::test]
async fn pusher() {
    use std::io::Write;
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (name, count) = (std::env::var(NAME).unwrap(), std::env::var(COUNT).unwrap().parse().unwrap());
    let layout = Layout::open(folder);
    for number in 0..count {
        let name = format!("{name}-{number}");
        push(&layout, &name, Some(&name)).await;
        writeln!(std::io::stdout(), "{MARK}{name}").unwrap();
    }
}

/// The tags that `child` says it pushed, as it says so.
fn pushed(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(std::result::Result::ok);
    // The test harness writes before the first line, on the same line.
    lines.filter_map(|line| line.split_once(MARK).map(|(_, name)| name.to_owned()))
}

/// What image-layout.md asks for, and that no file pretends to be a blob that it is not.
async fn assert_valid(folder: &Path) -> BTreeSet<String> {
    let layout = Layout::open(folder);
    let marker: Value = serde_json::from_slice(&fs::read(folder.join("oci-layout")).unwrap()).unwrap();
    assert_eq!(marker["imageLayoutVersion"], "1.0.0");
    for entry in fs::read_dir(folder.join("blobs/sha256")).into_iter().flatten() {
        let entry = entry.unwrap();
        let content = Digest::of(&fs::read(entry.path()).unwrap());
        assert_eq!(content.hex(), entry.file_name().to_str().unwrap());
    }
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    for entry in index["manifests"].as_array().unwrap() {
        let manifest = layout.manifest(&version(entry["digest"].as_str().unwrap())).await.unwrap();
        let manifest: Manifest = serde_json::from_slice(manifest.bytes()).unwrap();
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            assert!(layout.has_blob(blob).await.unwrap(), "{} is missing", blob.digest);
        }
    }
    let tags = layout.tags(None).await.unwrap().tags;
    tags.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn sixteen_processes_lose_no_tag() {
    const PROCESSES: usize = 16;
    const TAGS: usize = 20;
    let sandbox = Sandbox::new();
    let mut children: Vec<Child> =
        (0..PROCESSES).map(|number| start(sandbox.path(), &format!("p{number}"), TAGS)).collect();
    for child in &mut children {
        assert_eq!(pushed(child).count(), TAGS);
        assert!(child.wait().unwrap().success());
    }
    let expected: BTreeSet<String> =
        (0..PROCESSES).flat_map(|number| (0..TAGS).map(move |tag| format!("p{number}-{tag}"))).collect();
    assert_eq!(assert_valid(sandbox.path()).await, expected);
}

#[tokio::test]
async fn a_process_killed_at_any_moment_leaves_a_valid_layout() {
    const ROUNDS: usize = 30;
    let sandbox = Sandbox::new();
    let mut expected = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut child = start(sandbox.path(), &format!("r{round}"), 1_000_000);
        let mut said = pushed(&mut child);
        // The first rounds kill it on the way to its first tag, the others within one of the next.
        expected.extend(said.by_ref().take(round / 5));
        sleep(Duration::from_micros((round * 7919 % 20_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        expected.extend(said);
        if sandbox.path().join("oci-layout").exists() {
            let tags = assert_valid(sandbox.path()).await;
            assert!(tags.is_superset(&expected), "lost: {:?}", expected.difference(&tags).collect::<Vec<_>>());
        }
    }
    assert!(expected.len() >= ROUNDS / 5 * (ROUNDS / 5 - 1) / 2 * 5, "{}", expected.len());
    push(&sandbox.layout, "after", Some("after")).await;
}
