//! `list`, `pull` and `tag` on what other tools have pushed.

use super::tool::{self, lines, listed, of, olareg, oras_flag, plain, regctl_flag, regctl_name, tool};
use crate::support::sandbox::Sandbox;
use crate::support::story::{Place, digest, every_place, pull, webapp};

/// What somebody has pushed as `1`: `list` shows it, `pull` gives the files of `expected`, and a tag made here names the
/// same bytes. Answers the digest.
fn adopt(sandbox: &Sandbox, place: &Place, expected: &str) -> String {
    let name = place.name;
    let out = format!("{expected} from {name}");
    let digest = digest(&pull(sandbox, &place.tagged("1"), &out, &[]).run().ok());
    assert_eq!(sandbox.tree(&out), sandbox.tree(expected), "{name}");
    std::fs::remove_dir_all(sandbox.path(out)).unwrap();
    sandbox.bobctl(["tag", "artifact", &place.tagged("1"), "--tag", "2"]).run().ok();
    let expected = ["1", "2"].map(|tag| (tag.to_owned(), digest.clone()));
    assert_eq!(listed(sandbox, place.repository()), expected.into(), "{name}");
    digest
}

/// `adopt` for each of `pushes`: what oras is to push, from the folder `bob`, and the folder that is to come out.
fn adopt_from_oras(pushes: &[(&[&str], &str)], prepare: impl Fn(&Sandbox)) {
    for (content, expected) in pushes {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        prepare(&sandbox);
        let Some(oras) = tool(&sandbox, "oras") else { return };
        for place in every_place(&sandbox) {
            let (flag, reference) = (oras_flag(&place), place.tagged("1"));
            let words = ["push", flag, plain(&reference)];
            oras(&words.iter().chain(*content).copied().collect::<Vec<_>>()).cwd("bob").run().ok();
            let digest = adopt(&sandbox, &place, expected);
            let again = oras(&["manifest", "fetch", flag, plain(&place.tagged("2"))]).run().ok();
            assert_eq!(of(&again), digest, "{}", place.name);
            assert_eq!(lines(&oras(&["repo", "tags", flag, plain(place.repository())]).run().ok()), ["1", "2"]);
        }
    }
}

#[test]
fn oras_pushed_files() {
    let files = |sandbox: &Sandbox| {
        sandbox.write("bob/dir/file.yaml", "nested: true\n");
        for (folder, names) in [("one", &["bob.yaml"][..]), ("some", &["bob.yaml", "bob.values", "dir/file.yaml"])] {
            for name in names {
                sandbox.write(format!("{folder}/{name}"), sandbox.read(format!("bob/{name}")));
            }
        }
    };
    adopt_from_oras(
        &[
            (&["bob.yaml"], "one"),
            (&["./bob.yaml", "bob.values:text/plain", "dir/file.yaml:application/yaml"], "some"),
            (&["bob.values", "dir", "bob.yaml", "--artifact-type", "application/vnd.bob.artifact+yaml"], "some"),
        ],
        files,
    );
}

#[test]
fn oras_pushed_a_folder() {
    // Its name is the first part of every path in the archive; `.` is none.
    adopt_from_oras(&[(&["."], "bob")], |_| ());
    let sandbox = Sandbox::new();
    webapp(&sandbox, "around/webapp");
    let Some(oras) = tool(&sandbox, "oras") else { return };
    for place in every_place(&sandbox) {
        let reference = place.tagged("1");
        oras(&["push", oras_flag(&place), plain(&reference), "webapp"]).cwd("around").run().ok();
        adopt(&sandbox, &place, "around");
    }
}

#[test]
fn oras_pushed_nothing_or_two_things_of_one_name() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "webapp");
    let Some(oras) = tool(&sandbox, "oras") else { return };
    for place in every_place(&sandbox) {
        let push = |tag: &str, content: &[&str]| {
            let reference = place.tagged(tag);
            let words = ["push", oras_flag(&place), plain(&reference)];
            oras(&words.iter().chain(content).copied().collect::<Vec<_>>()).run().ok();
            pull(&sandbox, &reference, "out", &[]).run()
        };
        let error = push("nothing", &["--artifact-type", "application/x"]).fails(1);
        assert!(error.contains("not a BoB artifact (type 'application/x')"), "{error}");
        let error = push("twice", &["webapp", "webapp/bob.yaml"]).fails(6);
        assert!(error.contains("webapp/bob.yaml"), "{error}");
        let absolute = sandbox.path("webapp/bob.yaml").display().to_string();
        let error = push("absolute", &["--disable-path-validation", &absolute]).fails(6);
        assert!(error.contains("absolute"), "{error}");
        assert!(!sandbox.exists("out"), "{}", place.name);
    }
}

#[test]
fn regctl_put_files() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for name in ["bob.yaml", "bob.values"] {
        sandbox.write(format!("two/{name}"), sandbox.read(format!("bob/{name}")));
    }
    let Some(regctl) = tool(&sandbox, "regctl") else { return };
    for place in every_place(&sandbox) {
        let (name, flag) = (place.name, regctl_flag(tool::host(&place)));
        let put = |tag: &str, more: &[&str]| {
            let reference = regctl_name(&place.tagged(tag));
            let words = [&*flag, "artifact", "put", &reference, "--artifact-type", "application/x"];
            regctl(&words.iter().chain(more).copied().collect::<Vec<_>>()).run().ok()
        };
        let types = ["--file-media-type=application/yaml", "--file-media-type=text/plain"];
        let files =
            ["--file-title", "--strip-dirs", "--file=bob/bob.yaml", types[0], "--file=bob/bob.values", types[1]];
        put("1", &files);
        let digest = adopt(&sandbox, &place, "two");
        assert_eq!(
            regctl(&[&flag, "manifest", "head", &regctl_name(&place.tagged("2"))]).run().ok().trim_end(),
            digest
        );

        // Without a title nobody knows what the file is to be called.
        put("nameless", &["--file=bob/bob.yaml"]);
        let error = pull(&sandbox, &place.tagged("nameless"), "out", &[]).run().fails(1);
        assert!(error.contains("(type 'application/x')") && error.contains("no title"), "{name}: {error}");
        assert!(!sandbox.exists("out"), "{name}");
    }
}

#[test]
fn helm_pushed_a_chart() {
    let sandbox = Sandbox::new();
    let (Some(helm), Some((_alive, host))) = (tool(&sandbox, "helm"), olareg()) else { return };
    sandbox.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    sandbox.write("web/templates/pod.yaml", "kind: Pod\n");
    helm(&["package", "web"]).run().ok();
    helm(&["push", "--plain-http", "web-0.1.0.tgz", &format!("oci://{host}/charts")]).run().ok();
    let chart = format!("oci://{host}/charts/web");

    // A chart has tags and a digest as everything else, but it is no BoB, and nothing says what its file is called.
    let error = pull(&sandbox, &format!("{chart}:0.1.0"), "out", &[]).run().fails(1);
    assert!(error.contains("not a BoB artifact (type 'application/vnd.cncf.helm.config.v1+json')"), "{error}");
    assert!(!sandbox.exists("out"));
    sandbox.bobctl(["tag", "artifact", &format!("{chart}:0.1.0"), "--tag", "stable"]).run().ok();
    let tags = listed(&sandbox, &chart);
    assert_eq!(tags["stable"], tags["0.1.0"]);
    let shown = helm(&["show", "chart", "--plain-http", &format!("{chart}@{}", tags["stable"])]).run();
    assert!(shown.stdout().contains("name: web"), "{}", shown.stderr());
}
