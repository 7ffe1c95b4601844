//! `push artifact`: what is written, and what is not.

use serde_json::Value;

use crate::support::fault::{FaultRegistry, Feature, HEAD, Log, PATCH, PUT, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, digest, every_place, push, webapp};

#[test]
fn a_folder_goes_everywhere_and_comes_back() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let printed = push(&sandbox, &place.tagged("1.0.0"), "bob", &[]).run().ok();
        assert_eq!(printed, format!("{}\n", place.at(&digest(&printed))), "{}", place.name);
        let out = format!("from {}", place.name);
        let pulled = story::pull(&sandbox, &place.tagged("1.0.0"), &out, &[]).run().ok();
        assert_eq!(pulled, printed, "{}", place.name);
        assert_eq!(sandbox.tree(&out), sandbox.tree("bob"), "{}", place.name);
    }
}

#[test]
fn the_command_of_the_readme_in_a_git_checkout() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "examples/webapp");
    let commit = sandbox.git_init(".", "https://user:secret@github.com/org/webapp.git");
    let registry = FaultRegistry::start();
    let script = format!(
        r#"bobctl push artifact {}:$(git rev-parse --short HEAD) --path="./examples/webapp" --source="$(git config --get remote.origin.url)" --revision="$(git branch --show-current)@sha1:$(git rev-parse HEAD)""#,
        registry.reference("k8sstormcenter/manifests/honey")
    );
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_bobctl")).parent().expect("a folder");
    sandbox.program("sh", ["-c", &script]).path_first(bin).run().ok();
    let manifest =
        registry.manifest("k8sstormcenter/manifests/honey", &commit[..7]).expect("the short commit is the tag");
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.source"], "https://github.com/org/webapp.git");
    assert_eq!(annotations["org.opencontainers.image.revision"], format!("main@sha1:{commit}"));
    assert_eq!(annotations["org.opencontainers.image.created"], "2026-01-02T03:04:05Z");
}

#[test]
fn git_fills_in_what_is_not_given_and_a_dirty_tree_is_a_warning() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let commit = sandbox.git_init("bob", "https://github.com/org/webapp.git");
    sandbox.write("bob/new.yaml", "new: true\n");
    let registry = FaultRegistry::start();
    let reference = registry.reference("a/b:1");
    let run = sandbox.bobctl(["push", "artifact", &reference, "--path", "bob"]).run();
    assert!(run.stderr().contains("not committed"), "{}", run.stderr());
    run.ok();
    let manifest: Value = serde_json::from_slice(&registry.manifest("a/b", "1").unwrap()).unwrap();
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.revision"], format!("main@sha1:{commit}"));
    assert_ne!(annotations["org.opencontainers.image.created"], "2026-01-02T03:04:05Z");
}

#[test]
fn the_documents_are_these_bytes() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let more = ["-a", "org.opencontainers.image.licenses=Apache-2.0", "-a", "z=a=b", "--reproducible"];
    push(&sandbox, &registry.reference("a/b:1"), "bob", &more).run().ok();
    let manifest = registry.manifest("a/b", "1").unwrap();
    let text = String::from_utf8(manifest.to_vec()).unwrap();
    let read: Value = serde_json::from_slice(&manifest).unwrap();
    let config = &read["config"]["digest"].as_str().unwrap();
    let config = registry.blob("a/b", &config.parse().unwrap()).unwrap();
    let config = String::from_utf8(config.to_vec()).unwrap();
    snapbox::assert_data_eq!(format!("{text}\n{config}\n"), snapbox::file!["snapshots/documents.txt"].raw());
}

#[test]
fn the_digest_depends_on_nothing_but_the_content() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let first = push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();

    sandbox.program("cp", ["-r", "bob", "copy"]).umask("077").run().ok();
    sandbox.program("mkdir", ["-p", "copy/empty/folder"]).run().ok();
    sandbox.program("find", ["copy", "-exec", "touch", "-d", "2001-02-03", "{}", "+"]).run().ok();
    let again = push(&sandbox, &place.tagged("2"), "copy", &["--reproducible"]);
    let again = again.umask("077").env("TZ", "Asia/Tokyo").env("LC_ALL", "C.UTF-8").run().ok();
    assert_eq!(again, first);

    let program = env!("CARGO_BIN_EXE_bobctl");
    let mut words = vec!["-c", "0", program, "push", "artifact"];
    let third = place.tagged("3");
    words.extend([third.as_str(), "--path", "bob", "--reproducible"]);
    words.extend(story::ORIGIN);
    assert_eq!(sandbox.program("taskset", words).run().ok(), first);
}

#[test]
fn a_file_and_standard_input_are_folders_of_one_file() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let file = push(&sandbox, &place.tagged("1"), "bob/bob.yaml", &["--reproducible"]).run().ok();
    let stdin = push(&sandbox, &place.tagged("2"), "-", &["--reproducible"]);
    let stdin = stdin.stdin(sandbox.read("bob/bob.yaml")).run().ok();
    assert_eq!(file, stdin);
    story::pull(&sandbox, &place.tagged("1"), "out", &[]).run().ok();
    assert_eq!(sandbox.read("out/bob.yaml"), sandbox.read("bob/bob.yaml"));
}

#[test]
fn json_has_the_documented_fields() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let printed = push(&sandbox, &place.tagged("1"), "bob", &["-o", "json"]).run().ok();
    let value: Value = serde_json::from_str(&printed).unwrap();
    let digest = value["digest"].as_str().unwrap();
    assert_eq!(value["url"], format!("{}@{digest}", place.repository()));
    assert_eq!(value["repository"], place.repository().trim_start_matches("oci://"));
    assert_eq!(value["tag"], "1");
    assert_eq!(value["unchanged"], false);
    assert!(value["layer"]["digest"].is_string() && value["layer"]["content"].is_string(), "{printed}");
    assert_eq!(registry.tag("org/bobs/webapp", "1").unwrap().to_string(), digest);
}

#[test]
fn further_tags_name_the_same_manifest() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let printed = push(&sandbox, &place.tagged("1.2.3"), "bob", &["--tag", "1.2", "--tag", "latest"]).run().ok();
        for tag in ["1.2.3", "1.2", "latest"] {
            let tagged =
                sandbox.bobctl(["tag", "artifact", &place.tagged(tag), "--tag", "probe", "-o", "json"]).run().ok();
            let value: Value = serde_json::from_str(&tagged).unwrap();
            assert_eq!(value["digest"], digest(&printed), "{}", place.name);
        }
    }
}

#[test]
fn without_a_tag_it_is_reachable_by_digest_and_a_note_says_so() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let run = push(&sandbox, place.repository(), "bob", &[]).run();
        assert!(run.stderr().contains("reachable by its digest alone"), "{}", run.stderr());
        let reference = format!("{}@{}", place.repository(), digest(&run.ok()));
        let out = format!("from {}", place.name);
        story::pull(&sandbox, &reference, &out, &[]).run().ok();
    }
}

#[test]
fn an_unchanged_push_writes_nothing() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let first = push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    let before = registry.log();
    let again = push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run();
    assert!(again.stderr().contains("already up to date"), "{}", again.stderr());
    assert_eq!(again.ok(), first);
    assert_only_reads(&registry, &before);
}

#[test]
fn if_changed_compares_content_and_annotations_but_not_the_clock() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let at = |seconds: &str, more: &[&str]| {
        let more: Vec<&str> = ["--if-changed"].iter().chain(more).copied().collect();
        push(&sandbox, &place.tagged("1"), "bob", &more).env("SOURCE_DATE_EPOCH", seconds).run().ok()
    };
    let first = at("1000", &[]);
    let before = registry.log();
    assert_eq!(at("2000", &[]), first);
    assert_only_reads(&registry, &before);
    assert_eq!(at("2000", &["--tag", "2"]), first);
    assert_eq!(registry.tag("org/bobs/webapp", "2").unwrap().to_string(), digest(&first));
    assert_ne!(at("2000", &["-a", "a=b"]), first);
    sandbox.write("bob/bob.values", "name = other\n");
    let changed = at("3000", &[]);
    assert_ne!(changed, first);
    assert_eq!(registry.tag("org/bobs/webapp", "1").unwrap().to_string(), digest(&changed));
}

#[test]
fn a_registry_that_takes_no_stream_gets_the_layer_in_one_request() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(8 << 20));
    let registry = FaultRegistry::start();
    registry.fault(on(PATCH).upload().answer(416));
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let requests = registry.log().requests();
    assert!(requests.iter().any(|line| line.starts_with("PATCH ") && line.ends_with(" 416")), "{requests:?}");
    assert_eq!(registry.open_uploads(), 0);
    story::pull(&sandbox, &place.tagged("1"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn a_registry_that_claims_not_to_know_a_blob_gets_both_again_once() {
    for (status, code) in [(404, "MANIFEST_BLOB_UNKNOWN"), (400, "MANIFEST_BLOB_UNKNOWN"), (404, "BLOB_UNKNOWN")] {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let registry = FaultRegistry::start();
        let place = story::fault(&registry);
        let sent = |what: &str| {
            let requests = registry.log().requests();
            requests.iter().filter(|line| line.starts_with(what)).count()
        };
        registry.fault(on(PUT).manifest().first(1).error(status, code));
        push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
        assert_eq!((sent("POST "), sent("PUT ")), (4, 2), "{status} {code}\n{}", registry.log());
        story::pull(&sandbox, &place.tagged("1"), "out", &[]).run().ok();
        // Twice is final.
        registry.fault(on(PUT).manifest().error(status, code));
        sandbox.write("bob/more", "");
        let error = push(&sandbox, &place.tagged("2"), "bob", &[]).run();
        assert!(error.code() != Some(0) && error.stderr().contains(code), "{error:?}");
        assert_eq!(sent("PUT "), 4, "{status} {code}\n{}", registry.log());
        assert_eq!(registry.tag("org/bobs/webapp", "2"), None);
    }
}

fn assert_only_reads(registry: &FaultRegistry, before: &Log) {
    let log = registry.log().since(before);
    let writes: Vec<String> =
        log.requests().into_iter().filter(|line| !line.starts_with("HEAD ") && !line.starts_with("GET ")).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[test]
fn no_clobber_keeps_a_tag_that_names_something_else() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let more = ["--reproducible", "--no-clobber"];
        let first = push(&sandbox, &place.tagged("1"), "bob", &more).run().ok();
        assert_eq!(push(&sandbox, &place.tagged("1"), "bob", &more).run().ok(), first, "{}", place.name);
        let error = push(&sandbox, &place.tagged("1"), "bob/bob.yaml", &more).run().fails(7);
        assert!(error.contains("tag 1 exists") && error.contains(&digest(&first)), "{}: {error}", place.name);
        let error = push(&sandbox, &place.tagged("2"), "bob/bob.yaml", &["--no-clobber", "--tag", "1"]).run().fails(7);
        assert!(error.contains("tag 1 exists"), "{}: {error}", place.name);
        let listed = sandbox.bobctl(["list", "artifacts", place.repository(), "-o", "json"]).run().ok();
        assert!(!listed.contains("\"tag\": \"2\""), "{}: {listed}", place.name);
    }
}

#[test]
fn a_dry_run_asks_and_writes_nothing() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let dry = push(&sandbox, &place.tagged("1"), "bob", &["--reproducible", "--dry-run"]).run();
    assert!(dry.stderr().contains("dry run"), "{}", dry.stderr());
    let dry = dry.ok();
    assert_eq!(registry.log().count(), 0);
    assert_eq!(push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok(), dry);
    let layout = story::layout(&sandbox);
    push(&sandbox, &layout.tagged("1"), "bob", &["--dry-run"]).run().ok();
    assert!(!sandbox.exists("layout"));
}

#[test]
fn a_digest_in_the_reference_is_a_promise() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let printed = push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    let right = format!("{}@{}", place.tagged("2"), digest(&printed));
    push(&sandbox, &right, "bob", &["--reproducible"]).run().ok();
    let error = push(&sandbox, &right, "bob/bob.yaml", &["--reproducible"]).run().fails(7);
    assert!(error.contains("the content gives sha256:"), "{error}");
}

#[test]
fn an_immutable_tag_is_explained() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().with(Feature::ImmutableTags).start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    let error = push(&sandbox, &place.tagged("1"), "bob/bob.yaml", &["--reproducible"]).run().fails(7);
    assert!(error.contains("tag 1 of") && error.contains("cannot be moved") && error.contains("hint:"), "{error}");
}

#[test]
fn annotations_come_from_a_file_as_oras_reads_it() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("annotations.json", r#"{"$config":{"x":"y"},"$manifest":{"a":"from file","b":"from file"}}"#);
    let registry = FaultRegistry::start();
    let more = ["--annotation-file", "annotations.json", "-a", "b=from flag"];
    push(&sandbox, &registry.reference("a/b:1"), "bob", &more).run().ok();
    let manifest: Value = serde_json::from_slice(&registry.manifest("a/b", "1").unwrap()).unwrap();
    assert_eq!(manifest["annotations"]["a"], "from file");
    assert_eq!(manifest["annotations"]["b"], "from flag");
}

#[test]
fn what_flux_leaves_out_is_noted_and_what_cannot_be_rendered_is_a_warning() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("bob/logo.png", "png");
    sandbox.write("bob/chart/deploy.yaml", "{{ if .x }}\na: b\n{{ end }}\n");
    sandbox.write("bob/extra.yaml", "name: $values.nobody\n");
    let run = push(&sandbox, &story::layout(&sandbox).tagged("1"), "bob", &[]).run();
    let stderr = run.stderr().to_owned();
    run.ok();
    assert!(stderr.contains("note: Flux leaves out logo.png"), "{stderr}");
    assert!(stderr.contains("chart/deploy.yaml"), "{stderr}");
    assert!(stderr.contains("extra.yaml") && stderr.contains("nobody"), "{stderr}");
}

#[test]
fn a_registry_that_forbids_to_look_may_still_be_written_to() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    registry.fault(on(HEAD).manifest().answer(403));
    let reference = registry.reference("a/b:1");
    push(&sandbox, &reference, "bob", &["--no-clobber"]).run().fails(4);
    push(&sandbox, &reference, "bob", &[]).run().ok();
    assert!(registry.tag("a/b", "1").is_some());
}

#[test]
fn a_large_layer_of_a_new_tag_is_sent_while_it_is_made() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(12 << 20));
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    let requests = registry.log().requests();
    assert!(requests.iter().any(|line| line.starts_with("PATCH ")), "{requests:?}");
    story::pull(&sandbox, &place.tagged("1"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    let before = registry.log();
    push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    assert_only_reads(&registry, &before);
}

#[test]
fn a_push_to_docker_s_own_repositories_is_warned_of() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let said = |reference| push(&sandbox, reference, "bob", &["--dry-run"]).run().stderr().to_owned();
    for official in ["docker.io/webapp:1", "oci://index.docker.io/library/webapp:1"] {
        let said = said(official);
        assert!(said.contains("warning: docker.io/library/webapp is docker's own"), "{said}");
    }
    for other in ["docker.io/org/webapp:1", "oci://ghcr.io/library/webapp:1"] {
        assert!(!said(other).contains("warning"), "{other}");
    }
}

#[test]
fn a_push_brings_back_a_blob_that_was_lost() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let push = |more: &[&str]| {
        let more = [&["--reproducible", "--format=json"], more].concat();
        serde_json::from_str::<Value>(&push(&sandbox, &place.tagged("1"), "bob", &more).run().ok()).unwrap()
    };
    let pushed = push(&[]);
    let layer = pushed["layer"]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    for more in [&[][..], &["--if-changed"], &["--no-clobber"]] {
        std::fs::remove_file(sandbox.path("layout/blobs/sha256").join(layer)).unwrap();
        let again = push(more);
        assert_eq!((&again["digest"], &again["unchanged"]), (&pushed["digest"], &Value::from(false)), "{more:?}");
        story::pull(&sandbox, &place.tagged("1"), "out", &["--force"]).run().ok();
        assert_eq!(push(more)["unchanged"], true, "{more:?}");
    }
}
