//! What is linked to an image: others list what is linked here, and what they attach is listed and pulled.

use super::tool::{self, oras_flag, plain, regctl_flag, regctl_name, tool};
use crate::support::linked::Shelf;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::shown::{Form, cosign_sign, cosign_tree, crane_image, oras_discover, regctl_tree};
use crate::support::story::{Place, digest, every_place, push, webapp};

const BOB: &str = "application/vnd.bob.artifact+yaml";

/// `bobctl pull artifact --image IMAGE -o FOLDER --force`.
fn pull_image<'a>(sandbox: &'a Sandbox, image: &str, folder: &str) -> Command<'a> {
    sandbox.bobctl(["pull", "artifact", "--image", image, "-o", folder, "--force"])
}

/// What `bobctl tree artifact` shows of an image, whole digests included.
fn tree(sandbox: &Sandbox, image: &str) -> String {
    sandbox.bobctl(["tree", "artifact", image, "--verbose"]).run().ok()
}

#[test]
fn others_list_what_is_linked_to_an_image_by_push_and_by_link() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for form in [Form::Docker, Form::Oci] {
        for place in every_place(&sandbox) {
            let (tag, images) = (format!("{form:?}"), place.images());
            let Some(()) = crane_image(&sandbox, &images, &tag, form) else { return };
            let image = images.tagged(&tag);
            let subject = Shelf::of(&images).descriptor(&image);
            assert_eq!(subject.media_type.contains("docker"), form == Form::Docker, "{}", subject.media_type);
            let pushed = push(&sandbox, &place.tagged("1"), "bob", &["--link", &image]).run().ok();
            push(&sandbox, &place.tagged("2"), "bob", &["-a", "version=2"]).run().ok();
            let linked = sandbox.bobctl(["link", "artifact", &place.tagged("2"), &image]).run().ok();
            others_list(&sandbox, &images, &image, &[&digest(&pushed), &digest(&linked)]);
        }
    }
}

/// Every tool that can see it at this kind of place lists these `digests`, and the type of a BoB.
fn others_list(sandbox: &Sandbox, place: &Place, image: &str, digests: &[&str]) {
    let lists = |tool: &str, shown: &str| {
        let all = digests.iter().all(|digest| shown.contains(digest));
        assert!(all && shown.contains(BOB), "{tool}, {}: {shown}", place.name);
    };
    let Some(shown) = oras_discover(sandbox, place, image) else { return };
    lists("oras", &shown);
    if tool::is_layout(place) {
        // Here regctl looks at the referrers tag and at nothing else, and cosign reads registries alone.
        return;
    }
    let Some(shown) = regctl_tree(sandbox, place, image) else { return };
    lists("regctl", &shown);
    let Some(tree) = cosign_tree(sandbox, image) else { return };
    if place.lacks_referrers() {
        // It asks no further either, and has no flag for it.
        assert!(tree.run().fails(1).contains("UNSUPPORTED"), "{}", place.name);
    } else {
        lists("cosign", &tree.run().ok());
    }
}

/// The files that others attach, in the folder `files`.
fn plain_files(sandbox: &Sandbox, version: &str) {
    webapp(sandbox, "bob");
    for name in ["bob.yaml", "bob.values", "bob.test"] {
        sandbox.write(format!("files/{name}"), sandbox.read(format!("bob/{name}")));
    }
    sandbox.write("files/version", version);
}

#[test]
fn files_that_oras_attached_are_pulled() {
    let sandbox = Sandbox::new();
    let Some(oras) = tool(&sandbox, "oras") else { return };
    for place in every_place(&sandbox) {
        let Some(()) = crane_image(&sandbox, &place, "image", Form::Docker) else { return };
        let image = place.tagged("image");
        let attach = |kind: &str, created: &str| {
            let created = format!("org.opencontainers.image.created={created}");
            let mut words = vec!["attach", oras_flag(&place), "--artifact-type", kind, "-a", &created];
            if place.lacks_referrers() {
                words.extend(["--distribution-spec", "v1.1-referrers-tag"]);
            }
            words.extend([plain(&image), "bob.yaml", "bob.values", "bob.test:text/plain", "version"]);
            oras(&words).cwd("files").run().ok();
        };
        plain_files(&sandbox, "2");
        attach(BOB, "2026-02-03T04:05:06Z");
        plain_files(&sandbox, "1");
        attach(BOB, "2026-02-03T05:05:06+02:00");
        attach("application/spdx+json", "2030-01-01T00:00:00Z");
        let shown = tree(&sandbox, &image);
        assert_eq!((shown.matches(BOB).count(), shown.matches("spdx+json").count()), (2, 1), "{}: {shown}", place.name);
        let note = pull_image(&sandbox, &image, "out").run();
        assert!(note.stderr().contains("created 2026-02-03T03:05:06Z"), "{}: {}", place.name, note.stderr());
        note.ok();
        plain_files(&sandbox, "2");
        assert_eq!(sandbox.tree("out"), sandbox.tree("files"), "{}", place.name);
    }
}

#[test]
fn files_that_regctl_put_beside_an_image_are_pulled() {
    let sandbox = Sandbox::new();
    let Some(regctl) = tool(&sandbox, "regctl") else { return };
    plain_files(&sandbox, "1");
    for place in every_place(&sandbox) {
        let Some(()) = crane_image(&sandbox, &place, "image", Form::Oci) else { return };
        let (image, flag) = (place.tagged("image"), regctl_flag(tool::host(&place)));
        let subject = regctl_name(&image);
        let mut words = vec![&*flag, "artifact", "put", "--artifact-type", BOB, "--subject", &subject];
        words.extend(["--file-title", "--strip-dirs"]);
        for file in ["files/bob.yaml", "files/bob.values", "files/bob.test", "files/version"] {
            words.extend(["--file", file, "--file-media-type", "text/plain"]);
        }
        regctl(&words).run().ok();
        let shown = tree(&sandbox, &image);
        assert_eq!(shown.matches(BOB).count(), 1, "{}: {shown}", place.name);
        pull_image(&sandbox, &image, "out").run().ok();
        assert_eq!(sandbox.tree("out"), sandbox.tree("files"), "{}", place.name);
    }
}

#[test]
fn a_signed_image_with_a_signed_bob_still_gives_the_bob() {
    let sandbox = Sandbox::new();
    let Some(oras) = tool(&sandbox, "oras") else { return };
    plain_files(&sandbox, "1");
    for place in every_place(&sandbox) {
        if tool::is_layout(&place) || place.lacks_referrers() {
            // cosign signs in registries, and in those that answer 404 where they have no referrers API.
            continue;
        }
        let Some(()) = crane_image(&sandbox, &place, "image", Form::Docker) else { return };
        let image = place.tagged("image");
        let subject = Shelf::of(&place).descriptor(&image);
        let bob = digest(&push(&sandbox, &place.tagged("bob"), "bob", &["--link", &image]).run().ok());
        let sbom = ["attach", "--plain-http", "--artifact-type", "application/spdx+json", plain(&image), "version"];
        oras(&sbom).cwd("files").run().ok();
        for signed in [subject.digest.to_string(), bob.clone()] {
            let Some(()) = cosign_sign(&sandbox, &place, &signed) else { return };
        }
        let Some(shown) = oras_discover(&sandbox, &place, &image) else { return };
        let signatures = shown.matches("application/vnd.dev.cosign.artifact.sig.v1+json").count();
        assert_eq!(signatures, 2, "two levels: {shown}");
        let pulled = pull_image(&sandbox, &image, "out").run();
        assert_eq!(pulled.stderr(), "", "{}", place.name);
        assert_eq!(digest(&pulled.ok()), bob, "{}", place.name);
        assert_eq!(sandbox.tree("out"), sandbox.tree("bob"), "{}", place.name);
    }
}
