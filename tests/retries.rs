//! What fails in passing is tried again by every verb, what does not is not, and nobody is left wondering (NET-6 to NET-12).

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::fault::{ANY, FaultRegistry, GET, HEAD, POST, PUT, Rule, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, Place, noise, pull, push, webapp};

/// Whatever is asked for fails at the first time.
fn each_at_first() -> Rule {
    let seen = Mutex::new(BTreeSet::new());
    on(ANY).matching(move |request| {
        let asked = format!("{} {}?{}", request.method, request.path, request.query);
        seen.lock().unwrap().insert(asked)
    })
}

fn image(registry: &FaultRegistry) {
    let config = r#"{"architecture":"amd64"}"#;
    let config = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
        "digest": registry.put_blob("org/images/webapp", config),
    });
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let image = json!({"schemaVersion": 2, "mediaType": manifest, "config": config, "layers": []});
    registry.put_manifest("org/images/webapp", Some("1"), image.to_string());
}

/// A registry with a BoB in it, and the same BoB in `bob`.
fn pushed(sandbox: &Sandbox) -> (FaultRegistry, Place) {
    webapp(sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    push(sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    (registry, place)
}

/// Every verb once, one after the other; what each prints, and what the registry has then. A link names the registry, so
/// its own digest stands there as `LINK`.
fn all_verbs(sandbox: &Sandbox, registry: &FaultRegistry, out: &str) -> Vec<String> {
    let place = story::fault(registry);
    let (bob, image) = (place.tagged("1"), place.images().tagged("1"));
    let run = |words: &[&str]| sandbox.bobctl(words).run().ok();
    let said = [
        push(sandbox, &bob, "bob", &["--reproducible"]).run().ok(),
        run(&["tag", "artifact", &bob, "--tag", "2"]),
        run(&["link", "artifact", &bob, &image]),
        run(&["list", "artifacts", place.repository()]),
        run(&["describe", "artifact", &bob, "--files"]),
        run(&["tree", "artifact", &image]),
        pull(sandbox, &bob, out, &[]).run().ok(),
    ];
    let link = story::digest(&said[2]);
    let masked =
        |text: &str| text.replace(&registry.host(), "HOST").replace(&link, "LINK").replace(&link[..19], "LINK");
    let kept: BTreeSet<String> = registry.listing().lines().map(masked).collect();
    said.iter().map(|text| masked(text)).chain(kept).collect()
}

#[test]
fn a_storm_changes_nothing_that_any_verb_does() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let calm = FaultRegistry::start();
    image(&calm);
    let expected = all_verbs(&sandbox, &calm, "calm");
    for (name, storm) in [
        ("503", each_at_first().answer(503)),
        ("429", each_at_first().answer(429).header("retry-after", "0")),
        ("504", each_at_first().answer(504)),
        ("reset", each_at_first().reset()),
        ("lost answer", each_at_first().lose_answer()),
    ] {
        let registry = FaultRegistry::start();
        image(&registry);
        registry.fault(storm);
        let out = name.replace(' ', "-");
        assert_eq!(all_verbs(&sandbox, &registry, &out), expected, "{name}");
        assert_eq!(registry.open_uploads(), 0, "{name}");
        assert_eq!(sandbox.tree(&out), sandbox.tree("calm"), "{name}");
    }
}

#[test]
fn a_registry_that_stays_down_is_given_up_after_five_attempts() {
    let sandbox = Sandbox::new();
    let (registry, place) = pushed(&sandbox);
    let (bob, before) = (place.tagged("1"), sandbox.tree("."));
    registry.fault(on(ANY).answer(503));
    for words in [&["pull", "artifact", &bob, "-o", "out"][..], &["tag", "artifact", &bob, "--tag", "2"]] {
        let asked = registry.log();
        let start = Instant::now();
        let error = sandbox.bobctl(words).run().fails(5);
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        assert!(error.contains("answered 503 Service Unavailable (5 attempts)"), "{error}");
        let log = registry.log().since(&asked);
        let gets = log.only(|record| record.method == GET).count();
        let heads = log.only(|record| record.method == HEAD).count();
        assert!(gets == 5 && heads <= 1, "{log}");
    }
    assert_eq!(sandbox.tree("."), before);
    assert_eq!(registry.tags("org/bobs/webapp"), ["1"]);
}

#[test]
fn a_pause_that_the_registry_asks_for_is_kept_and_told() {
    let sandbox = Sandbox::new();
    let (registry, place) = pushed(&sandbox);
    let limited = || on(GET).manifest().first(1).answer(429);
    let dated = limited()
        .header("date", "Wed, 21 Oct 2026 07:28:00 GMT")
        .header("retry-after", "Wed, 21 Oct 2026 07:28:02 GMT");
    for (name, rule) in [("seconds", limited().header("retry-after", "2")), ("date", dated)] {
        registry.heal();
        registry.fault(rule);
        let start = Instant::now();
        let run = pull(&sandbox, &place.tagged("1"), name, &["-v"]).run();
        assert!(
            run.stderr().contains("answered 429 Too Many Requests; attempt 2 of 5 follows in 2."),
            "{}",
            run.stderr()
        );
        run.ok();
        assert!(start.elapsed() >= Duration::from_secs(2), "{name}: {:?}", start.elapsed());
    }
    // Without -v it is told when it takes long.
    registry.heal();
    registry.fault(limited().header("retry-after", "6"));
    let run = pull(&sandbox, &place.tagged("1"), "long", &[]).run();
    let warning = format!("warning: {} asks to wait 6s before the next request\n", registry.host());
    assert_eq!(run.stderr().lines().filter(|line| line.contains("attempt")).count(), 0, "{}", run.stderr());
    assert!(run.stderr().contains(&warning), "{}", run.stderr());
    run.ok();
}

#[test]
fn a_pause_of_an_hour_fails_at_once_and_says_when_it_is_over() {
    let sandbox = Sandbox::new();
    let (registry, place) = pushed(&sandbox);
    let before = sandbox.tree(".");
    for (status, limits) in [(429, true), (503, false)] {
        registry.heal();
        let answer = on(GET).answer(status).header("retry-after", "3600").header("ratelimit-limit", "100;w=21600");
        registry.fault(answer);
        let bob = place.tagged("1");
        for words in [&["pull", "artifact", &bob, "-o", "out"][..], &["list", "artifacts", place.repository()]] {
            let (start, asked) = (Instant::now(), registry.log().count());
            let error = sandbox.bobctl(words).run().fails(5);
            assert!(start.elapsed() < Duration::from_secs(2), "{status}: {:?}", start.elapsed());
            assert!(error.contains("asks to come back in 3600s, at 20"), "{status}: {error}");
            assert_eq!(error.contains("ratelimit-limit: 100;w=21600"), limits, "{error}");
            assert_eq!(registry.log().count(), asked + 1);
        }
    }
    assert_eq!(sandbox.tree("."), before);
}

#[test]
fn ctrl_c_ends_a_pause_at_once() {
    let sandbox = Sandbox::new();
    let (registry, place) = pushed(&sandbox);
    let before = sandbox.tree(".");
    registry.fault(on(ANY).answer(429).header("retry-after", "30"));
    let pull = ["pull", "artifact", "-o", "out"];
    let push = [["push", "artifact"], ["--path", "bob"], story::ORIGIN].concat();
    for words in [&pull[..], &push] {
        let asked = registry.log().count();
        let running = sandbox.bobctl(words.iter().copied().chain([place.tagged("1").as_str()])).spawn();
        registry.wait_for(asked + 1);
        // It has the answer by then, and sleeps.
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        running.interrupt();
        let error = running.wait().fails(130);
        assert!(error.contains("interrupted"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
    assert_eq!(sandbox.tree("."), before);
}

#[test]
fn a_peer_that_stalls_is_asked_again_and_a_slow_one_is_waited_for() {
    let sandbox = Sandbox::new();
    let (registry, place) = pushed(&sandbox);
    registry.fault(on(GET).manifest().first(1).hang());
    registry.fault(on(GET).blob().delay(Duration::from_millis(700)));
    let run = pull(&sandbox, &place.tagged("1"), "out", &["--idle-timeout", "1s", "-v"]).run();
    assert!(run.stderr().contains("no byte went to or came from"), "{}", run.stderr());
    assert!(run.stderr().contains("attempt 2 of 5"), "{}", run.stderr());
    run.ok();
    assert_eq!(sandbox.read("out/bob.values"), sandbox.read("bob/bob.values"));
}

#[test]
fn the_first_cause_is_told_and_the_other_blobs_are_called_off() {
    let sandbox = Sandbox::new();
    sandbox.write("one", noise(100_000));
    sandbox.write("two", noise(200_000));
    let registry = FaultRegistry::start();
    registry.fault(
        on(PUT)
            .upload()
            .matching(|request| request.content_length() == Some(100_000))
            .delay(
                // The other one is under way by then.
                Duration::from_millis(300),
            )
            .answer(413),
    );
    registry.fault(on(PUT).upload().matching(|request| request.content_length() == Some(200_000)).hang());
    let reference = registry.reference("a/b:1");
    let words = ["push", "artifact", &reference, "--artifact-type", "text/x", "--file", "one", "--file", "two"];
    let start = Instant::now();
    let error = sandbox.bobctl(words.iter().chain(&story::ORIGIN)).run().fails(1);
    assert!(error.contains("413"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(registry.open_uploads(), 0, "{registry:?}");
    assert_eq!(registry.tags("a/b"), [""; 0]);
}

#[test]
fn few_connections_serve_all_requests() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    registry.fault(on(POST).upload().first(2).error(503, "UNAVAILABLE"));
    push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok();
    let log = registry.log();
    assert!(log.connections() <= 4, "{} connections\n{log:?}", log.connections());
    for tag in 2..40 {
        let manifest = registry.manifest("org/bobs/webapp", "1").unwrap();
        registry.put_manifest("org/bobs/webapp", Some(&tag.to_string()), manifest);
    }
    let before = registry.log();
    sandbox.bobctl(["list", "artifacts", place.repository()]).run().ok();
    let log = registry.log().since(&before);
    assert!(log.count() >= 40 && log.connections() <= 16, "{} connections for {}", log.connections(), log.count());
}
