//! Every command that talks to a registry, against one that repeats whatever it is sent: no secret comes out again
//! (AUTH-28).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bobctl::oci::Digest;
use serde_json::{Value, json};

use super::SECRET;
use crate::support::fault::{ANY, Auth, Builder, FaultRegistry, GET, on};
use crate::support::sandbox::{Run, Sandbox};
use crate::support::story::{ORIGIN, webapp};

const IDENTITY: &str = "1dentity/t0ken+x=";
const SIGNATURE: &str = "s1gned-by-the-registry";
/// What is in the state that each upload's `Location` has, and in each token's name.
const STATE: &str = "a%2Fb+c";
const TOKEN: &str = "issued-token";
/// A command for each verb that talks to a registry; `REPO` is a repository with the tag 1, `IMAGE` an image in it.
const COMMANDS: &[&str] = &[
    "push artifact REPO:1 --path bob",
    "push artifact REPO:linked --path bob --link IMAGE --allow-mismatch",
    "push artifact REPO:files --file bob/bob.yaml --artifact-type application/vnd.example",
    "tag artifact REPO:1 --tag 2",
    "list artifacts REPO",
    "describe artifact REPO:1 --files",
    "pull artifact REPO:1 -o out --force",
    "link artifact REPO:1 IMAGE --allow-mismatch",
    "pull artifact --image IMAGE -o out --force",
    "tree artifact IMAGE",
    "copy artifact REPO:1 REPO:copied -r",
    "delete artifact REPO:copied --yes",
];

/// A way to prove who one is: how the registry asks, and docker's entry for it.
struct Login {
    name: &'static str,
    registry: FaultRegistry,
    entry: Value,
}

fn logins() -> Vec<Login> {
    let password = json!({"auth": BASE64.encode(format!("bob:{SECRET}"))});
    let identity = json!({"auth": BASE64.encode("bob:"), "identitytoken": IDENTITY});
    let start = |auth: Auth| FaultRegistry::builder().auth(auth).start();
    let login = |name, registry, entry: &Value| Login { name, registry, entry: entry.clone() };
    let ready = start(Auth::bearer("bob", SECRET).into());
    let token = ready.issue_token(&["repository:org/app:pull,push,delete"]);
    vec![
        login("Basic", start(Auth::basic("bob", SECRET)), &password),
        login("Bearer", start(Auth::bearer("bob", SECRET).into()), &password),
        login("Bearer", start(Auth::bearer("bob", SECRET).identity_token(IDENTITY).into()), &identity),
        login("Bearer", ready, &json!({"registrytoken": token})),
    ]
}

/// Run one of [`COMMANDS`].
fn run(sandbox: &Sandbox, registry: &FaultRegistry, command: &str) -> Run {
    let repository = registry.reference("org/app");
    let line = command.replace("REPO", &repository).replace("IMAGE", &format!("{repository}:image"));
    let origin = if command.starts_with("push") && command.contains("--path") { &ORIGIN[..] } else { &[] };
    let words = line.split(' ').chain(origin.iter().copied()).chain(["--debug", "-v", "--no-progress"]);
    sandbox.bobctl(words).env("SOURCE_DATE_EPOCH", "0").run()
}

#[track_caller]
fn assert_clean(run: &Run, command: &str) {
    let pair = BASE64.encode(format!("bob:{SECRET}"));
    let encoded: String = IDENTITY.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
        text
    });
    let (half, identity) = (pair.trim_end_matches('='), IDENTITY.trim_end_matches('='));
    for secret in [SECRET, half, identity, &encoded, SIGNATURE, STATE, TOKEN, "session="] {
        let shown = format!("{}{}", run.stdout(), run.stderr());
        let lines: Vec<&str> = shown.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{command} shows {secret}:\n{}", lines.join("\n"));
    }
}

/// An image that is there before anything is pushed.
fn image(registry: &FaultRegistry) {
    let config =
        json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).to_string();
    let size = config.len();
    let digest = registry.put_blob("org/app", config);
    let config = json!({"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": size});
    let manifest = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": []});
    registry.put_manifest("org/app", Some("image"), manifest.to_string());
}

/// From now on the blobs of the tag 1 are fetched from another origin, by signed addresses.
fn move_blobs(registry: &FaultRegistry, storage: &FaultRegistry) {
    let manifest: Value = serde_json::from_slice(&registry.manifest("org/app", "1").unwrap()).unwrap();
    for blob in manifest["layers"].as_array().unwrap().iter().chain([&manifest["config"]]) {
        let digest: Digest = blob["digest"].as_str().unwrap().parse().unwrap();
        storage.put_blob("org/app", registry.blob("org/app", &digest).unwrap());
        let address = format!("{}/v2/org/app/blobs/{digest}?X-Amz-Signature={SIGNATURE}&n=1", storage.url());
        registry.fault(on(GET).blob().path(&digest.to_string()).redirect(&address));
    }
}

fn echo(registry: &FaultRegistry) {
    registry.fault(on(ANY).echo());
    registry.fault(on(ANY).refused().echo());
}

#[test]
fn no_command_shows_a_secret_that_it_used() {
    for Login { name, registry, entry } in logins() {
        let (sandbox, storage) = (Sandbox::new(), FaultRegistry::start());
        webapp(&sandbox, "bob");
        sandbox.write("../home/.docker/config.json", json!({"auths": {registry.host(): entry}}).to_string());
        image(&registry);
        echo(&registry);
        echo(&storage);
        for command in COMMANDS {
            let done = run(&sandbox, &registry, command);
            assert_clean(&done, command);
            let said = format!("warning: {} says: you sent {name} ***", registry.host());
            assert!(done.stderr().contains(&format!("authorization: {name} ***")), "{command}: {done:?}");
            assert!(done.stderr().contains(&said), "{command}: {done:?}");
            done.ok();
            if storage.listing().is_empty() {
                move_blobs(&registry, &storage);
            }
        }
        assert!(storage.log().count() > 0);
        // The same where each of them fails: an error repeats what was sent as well.
        // One of them is enough for the attempts that a failure in passing takes.
        for (status, commands) in [(403, COMMANDS), (501, COMMANDS), (503, &COMMANDS[..1])] {
            registry.fault(on(ANY).matching(|request| request.path != "/token").error(status, "X"));
            for command in commands {
                let failed = run(&sandbox, &registry, command);
                assert_clean(&failed, command);
                assert!(failed.stderr().contains("answered"), "{command}: {failed:?}");
                assert_ne!(failed.code(), Some(0), "{command}");
            }
            registry.heal();
            echo(&registry);
        }
    }
}

#[test]
fn a_token_service_and_a_storage_that_repeat_what_they_get_are_not_believed() {
    let fails = |builder: Builder, entry: Value, prepare: &dyn Fn(&FaultRegistry, &Sandbox)| {
        let (sandbox, registry) = (Sandbox::new(), builder.start());
        webapp(&sandbox, "bob");
        sandbox.write("../home/.docker/config.json", json!({"auths": {registry.host(): entry}}).to_string());
        prepare(&registry, &sandbox);
        let failed = run(&sandbox, &registry, "pull artifact REPO:1 -o out");
        assert_clean(&failed, "pull");
        assert!(failed.stderr().contains("you sent") && failed.stderr().contains("***"), "{failed:?}");
        assert_ne!(failed.code(), Some(0));
    };
    let password = json!({"auth": BASE64.encode(format!("bob:{SECRET}"))});
    let identity = json!({"auth": BASE64.encode("bob:"), "identitytoken": IDENTITY});
    let refuses = |registry: &FaultRegistry, _: &Sandbox| registry.fault(on(ANY).token().error(401, "NO").echo());
    fails(FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)), password, &refuses);
    fails(FaultRegistry::builder().auth(Auth::bearer("bob", "x").identity_token(IDENTITY)), identity, &refuses);
    let storage = FaultRegistry::start();
    storage.fault(on(GET).error(403, "SignatureDoesNotMatch").echo());
    fails(FaultRegistry::builder(), json!({}), &|registry, sandbox| {
        run(sandbox, registry, "push artifact REPO:1 --path bob").ok();
        move_blobs(registry, &storage);
    });
}
