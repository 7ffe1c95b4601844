use super::*;

fn secret(data: &[(&str, &[u8])]) -> Secret {
    Secret {
        name: "a".parse().unwrap(),
        namespace: None,
        kind: Kind::Opaque,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        data: data.iter().map(|(key, bytes)| ((*key).to_owned(), Content::from(bytes.to_vec()))).collect(),
    }
}

#[test]
fn debug_shows_no_content() {
    let shown = format!("{:?}", secret(&[("key", b"s3cret")]));
    assert!(shown.contains("key") && !shown.contains("s3cret"), "{shown}");
    assert!(!shown.contains(&format!("{:?}", b"s3cret").trim_matches(['[', ']']).to_owned()), "{shown}");
}

#[test]
fn the_sizes_are_those_of_the_api_server() {
    let half = vec![0; MAX_CONTENT / 2];
    assert_eq!(secret(&[("a", &half), ("b", &half)]).check(), Ok(()));
    assert_eq!(
        secret(&[("a", &half), ("b", &half), ("c", b"x")]).check(),
        Err(SecretError::Content { size: MAX_CONTENT + 1 })
    );
    assert!(matches!(secret(&[("a/b", b"")]).check(), Err(SecretError::Key(_))));
    let mut noted = secret(&[]);
    noted.annotations.insert("abc".to_owned(), "x".repeat(MAX_ANNOTATIONS - 3));
    assert_eq!(noted.check(), Ok(()));
    noted.annotations.insert("d".to_owned(), String::new());
    assert_eq!(noted.check(), Err(SecretError::Annotations { size: MAX_ANNOTATIONS + 1 }));
}

#[test]
fn what_is_no_text_stays_in_data() {
    let secret = secret(&[("binary", b"\xff"), ("text", b"t")]);
    let readable = serde_json::to_value(secret.readable_manifest()).unwrap();
    assert_eq!(
        (&readable["data"], &readable["stringData"]),
        (&serde_json::json!({"binary": "/w=="}), &serde_json::json!({"text": "t"}))
    );
    let manifest = serde_json::to_value(secret.manifest()).unwrap();
    assert_eq!(manifest["data"], serde_json::json!({"binary": "/w==", "text": "dA=="}));
    assert!(manifest.get("stringData").is_none());
}
