//! Reading both lists: what is one, what is none, and what must not be taken for none.

use super::*;

#[tokio::test]
async fn both_lists_are_one() {
    let mut elsewhere = entry("b");
    elsewhere["annotations"]["note"] = json!("as the tag has it");
    let tagged = index(&[elsewhere, entry("c"), entry("c")]);
    let server = both(|| served(&index(&[entry("b"), entry("a")])), move || served(&tagged)).await;
    let referrers = list(&server).await.unwrap();
    assert!(referrers.native);
    let [a, b, c] = ["a", "b", "c"].map(|text| referrer(text).digest);
    assert_eq!(found(&referrers), [(b.clone(), ListedBy::Api), (a, ListedBy::Api), (c, ListedBy::Tag)]);
    assert_eq!(referrers.find(&b).unwrap().descriptor, referrer("b"), "type and annotations are the list's");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn types_stay_as_they_are_listed() {
    let mut without = entry("a");
    without.as_object_mut().unwrap().remove("artifactType");
    let mut empty = entry("b");
    empty["artifactType"] = json!(media_type::EMPTY);
    let server = both(move || served(&index(&[without.clone(), empty.clone()])), missing).await;
    let types: Vec<_> =
        list(&server).await.unwrap().entries.into_iter().map(|entry| entry.descriptor.artifact_type).collect();
    assert_eq!(types, [None, Some(media_type::EMPTY.to_owned())]);
}

#[tokio::test]
async fn a_broken_entry_hides_no_other() {
    let broken =
        [json!({"digest": "sha256:short", "size": 1}), json!(7), json!({"size": 1}), json!({"digest": subject()})];
    let entries: Vec<Value> = broken.into_iter().chain([entry("a")]).collect();
    let server = both(move || served(&index(&entries)), missing).await;
    assert_eq!(found(&list(&server).await.unwrap()), [(referrer("a").digest, ListedBy::Api)]);
}

#[tokio::test]
async fn a_registry_without_the_api_has_the_tag() {
    let none: [Case; 9] = [
        ("distribution", || reply(404).body("404 page not found")),
        ("Quay, for an unknown subject", || reply(400).error("MANIFEST_INVALID", "no")),
        ("olareg", || reply(405)),
        ("not acceptable", || reply(406)),
        ("not implemented", || reply(501)),
        ("a login page", || reply(200).with("content-type", "text/html").body("<html>")),
        ("some JSON", || reply(200).with("content-type", "application/json").body(index(&[]).to_string())),
        ("no index", || served(&json!({"errors": []}))),
        ("an index of the wrong type", || served(&json!({"mediaType": media_type::MANIFEST, "manifests": []}))),
    ];
    for (name, answer) in none {
        let server = both(answer, || served(&index(&[entry("a")]))).await;
        let referrers = list(&server).await.unwrap();
        assert!(!referrers.native, "{name}");
        assert_eq!(found(&referrers), [(referrer("a").digest, ListedBy::Tag)], "{name}");
    }
}

#[tokio::test]
async fn a_site_elsewhere_is_not_asked_for_the_list() {
    let site = Server::start(|_| served(&index(&[entry("a")]))).await;
    for (location, status) in [(format!("http://{}/sign-in", site.host()), 303), ("http://10.0.0.1/".to_owned(), 307)] {
        let answer = move || reply(status).with("location", &location);
        let referrers = list(&both(answer, missing).await).await.unwrap();
        assert_eq!(referrers, Referrers::default());
    }
    assert!(site.seen().is_empty());
    // The registry's own other address is its own.
    let server = Server::start(|seen| match seen.target.as_str() {
        target if target == api() => reply(307).with("location", "/elsewhere"),
        "/elsewhere" => served(&index(&[entry("a")])),
        _ => missing(),
    })
    .await;
    assert!(list(&server).await.unwrap().native);
}

#[tokio::test]
async fn who_may_not_ask_does_not_know_that_there_is_none() {
    let answers: [Failing; 6] = [
        ("unauthorised", || reply(401), |error| matches!(error, StoreError::Denied(_)), "org/app"),
        ("forbidden", || reply(403).error("DENIED", "no"), |error| matches!(error, StoreError::Denied(_)), "org/app"),
        ("limited", || reply(429), |error| matches!(error, StoreError::Unavailable(_)), "no more requests"),
        ("failing", || reply(500), |error| matches!(error, StoreError::Unavailable(_)), "list of referrers of sha256:"),
        (
            "overloaded",
            || reply(503),
            |error| matches!(error, StoreError::Unavailable(_)),
            "list of referrers of sha256:",
        ),
        ("late", || reply(408), |error| matches!(error, StoreError::Unavailable(_)), "list of referrers of sha256:"),
    ];
    for (name, answer, is_kind, part) in answers {
        let error = list(&both(answer, || served(&index(&[entry("a")]))).await).await.unwrap_err();
        assert!(is_kind(&error) && error.to_string().contains(part), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_no_list_under_the_tag_is_passed_over() {
    let with_subject = || {
        let mut document = index(&[entry("a")]);
        document["subject"] = json!(Descriptor::of(media_type::MANIFEST, b"another"));
        served(&document)
    };
    let none: [Case; 7] = [
        ("nothing", missing),
        ("no repository", || reply(404).error("NAME_UNKNOWN", "no")),
        ("the subject, as on GitLab", || reply(200).with("content-type", media_type::MANIFEST).body("subject")),
        ("an image", || reply(200).with("content-type", media_type::MANIFEST).body(r#"{"config":{},"layers":[]}"#)),
        ("Docker's list", || reply(200).with("content-type", media_type::DOCKER_LIST).body(r#"{"manifests":[]}"#)),
        ("no JSON", || reply(200).with("content-type", media_type::INDEX).body("{")),
        ("an index that refers to something", with_subject),
    ];
    for (name, answer) in none {
        let referrers = list(&both(|| reply(404), answer).await).await.unwrap();
        assert_eq!(referrers, Referrers::default(), "{name}");
    }
}

#[tokio::test]
async fn the_registrys_own_list_does_without_a_tag_that_may_not_be_read() {
    for status in [401, 403, 400, 405] {
        let by_api = || served(&index(&[entry("a")]));
        let referrers = list(&both(by_api, move || reply(status)).await).await.unwrap();
        assert_eq!(found(&referrers), [(referrer("a").digest, ListedBy::Api)], "{status}");
        list(&both(|| reply(404), move || reply(status)).await).await.unwrap_err();
    }
    // What fails for now may have more to say.
    for status in [429, 500] {
        let error = list(&both(|| served(&index(&[])), move || reply(status)).await).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn pages_are_followed_and_never_given_in_part() {
    let paged = async |last: fn() -> Reply| {
        Server::start(move |seen| match seen.query("page") {
            _ if seen.target == tag_path() => missing(),
            None => served(&index(&[entry("a")])).with("link", "<?page=2>; rel=next"),
            Some("2") => served(&index(&[])).with("link", "<?page=3>; rel=\"next\""),
            Some(_) => last(),
        })
        .await
    };
    let whole = list(&paged(|| served(&index(&[entry("b"), entry("a")]))).await).await.unwrap();
    assert_eq!(found(&whole), ["a", "b"].map(|text| (referrer(text).digest, ListedBy::Api)));
    let broken: [Failing; 4] = [
        ("gone", || reply(404), |error| matches!(error, StoreError::Unavailable(_)), "broke the list"),
        (
            "a page",
            || reply(200).with("content-type", "text/html"),
            |error| matches!(error, StoreError::Unavailable(_)),
            "broke",
        ),
        ("denied", || reply(403), |error| matches!(error, StoreError::Denied(_)), "org/app"),
        (
            "elsewhere",
            || served(&index(&[entry("b")])).with("link", "<http://127.0.0.2/x>; rel=next"),
            |error| matches!(error, StoreError::Unavailable(_)),
            "not followed",
        ),
    ];
    for (name, last, is_kind, part) in broken {
        let error = list(&paged(last).await).await.unwrap_err();
        assert!(is_kind(&error) && error.to_string().contains(part), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn pages_that_never_end_are_given_up() {
    for (length, entries) in [(1, true), (3, true), (1, false)] {
        let server = Server::start(move |seen| {
            if seen.target == tag_path() {
                return missing();
            }
            let at: u32 = seen.query("p").map_or(0, |at| at.parse().unwrap());
            let entries = if entries { vec![entry(&at.to_string())] } else { Vec::new() };
            served(&index(&entries)).with("link", format!("<?p={}>; rel=next", (at + 1) % length))
        })
        .await;
        let error = list(&server).await.unwrap_err();
        assert!(error.to_string().contains("circle"), "{length}: {error}");
        assert!(server.seen().len() < 20, "{length}");
    }
}

#[tokio::test]
async fn a_list_of_too_many_is_no_short_list() {
    let entries: Vec<Value> = (0..=10_000)
        .map(|number| json!({"digest": Digest::of(&[number.to_string().as_bytes(), b""].concat()), "size": 1}))
        .collect();
    let (whole, half) = (index(&entries), [index(&entries[..5001]), index(&entries[5000..])]);
    let [one, other] = half;
    for (by_api, tagged) in [(whole.clone(), index(&[])), (index(&[]), whole), (one, other)] {
        let error = list(&both(move || served(&by_api), move || served(&tagged)).await).await.unwrap_err();
        assert!(matches!(error, StoreError::Unreadable(_)) && error.to_string().contains("10000"), "{error:?}");
    }
}
