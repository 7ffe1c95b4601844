//! Behaviour follows from answers: the source names no registry's host, but where names are read and written.

use std::path::Path;

use regex::Regex;

use crate::support::source::Source;

/// Where a host may stand, and for what.
const KNOWN: [&str; 6] = [
    // The names of Docker Hub, which are one registry (REF-5).
    "oci/reference/address.rs",
    "oci/reference/host.rs",
    "credentials/key.rs",
    "signature/notation/scope.rs",
    // Web sites that are taken for registries: no request is made, the error says what to write (1.2).
    "oci/reference/parse.rs",
    // A warning about a name of Docker Hub's own (REF-6).
    "cli/push.rs",
];

fn named(file: &Source) -> Vec<String> {
    let services = r"docker\.(io|com)|ghcr\.io|github\.com|gitlab\.com|amazonaws|\becr\.|azurecr|microsoft\.com|gcr\.io|pkg\.dev|googleapis|quay\.io|redhat\.|jfrog|artifactory|goharbor|sonatype|nexus\.|zotregistry|gitea\.|codeberg|forgejo";
    let services = Regex::new(services).unwrap();
    let lines = file.text.lines().zip(file.code.lines()).enumerate();
    // What is blank is a comment, a test, or prose that goes on. Examples of a help text have to name something.
    let code = lines.filter(|(_, (_, code))| !code.trim().is_empty());
    let literal = |text: &str| text.split(" // ").next().unwrap_or_default().to_lowercase();
    let example = |text: &str| text.contains("bobctl ");
    let found = code.filter(|(_, (text, _))| services.is_match(&literal(text)) && !example(text));
    found.map(|(number, (text, _))| format!("{}:{}: {}", file.path, number + 1, text.trim())).collect()
}

#[test]
fn no_behaviour_depends_on_the_name_of_a_host() {
    let files = Source::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(files.len() > 100, "the source was not found");
    let (known, others): (Vec<&Source>, Vec<&Source>) =
        files.iter().partition(|file| KNOWN.contains(&file.path.as_str()));
    let others: Vec<String> = others.into_iter().flat_map(named).collect();
    assert_eq!(others, [""; 0]);
    // What names none any more is to leave the list.
    let idle: Vec<&str> = known.iter().filter(|file| named(file).is_empty()).map(|file| file.path.as_str()).collect();
    assert_eq!((known.len(), idle), (KNOWN.len(), Vec::new()));
}

#[test]
fn a_host_is_found_in_code_and_not_in_comments() {
    for (text, count) in [
        ("if host == \"ghcr.io\" { skip() }", 1),
        ("host.ends_with(\".dkr.ecr.eu-west-1.amazonaws.com\")", 1),
        ("// quay.io lists them\nlet a = 1; // as ghcr.io does", 0),
        ("#[cfg(test)]\nmod tests {\n    const A: &str = \"ghcr.io\";\n}", 0),
        ("let secret = index.docker_secret();", 0),
        ("#[command(after_help = \"Example:\\n  bobctl tree artifact oci://ghcr.io/org/webapp:1\")]", 0),
    ] {
        assert_eq!(named(&Source::new("a.rs", text)).len(), count, "{text}");
    }
}
