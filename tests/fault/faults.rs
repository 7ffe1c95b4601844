//! Every fault, one by one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bobctl::oci::Digest;

use super::{JSON, client, empty, manifest, status_and, with_blob};
use crate::support::fault::{ANY, Answer, Auth, DELETE, End, FaultRegistry, GET, HEAD, PATCH, POST, PUT, Rule, on};

fn get(registry: &FaultRegistry, target: &str) -> Result<Answer, End> {
    client(registry).send("GET", target, &[], b"")
}

/// The answer to the first `GET` of the blob `0123456789`, with one fault.
fn spoiled(rule: Rule) -> Result<Answer, End> {
    let (registry, blob) = with_blob(FaultRegistry::start);
    registry.fault(rule);
    get(&registry, &blob)
}

#[test]
fn bodies_that_are_not_what_they_should_be() {
    let text = |rule| {
        let answer = spoiled(rule).unwrap();
        (answer.text(), answer.header("content-length").unwrap().to_owned(), answer.end)
    };
    let blob = || on(GET).blob();
    let fits = |body: &str| (body.to_owned(), body.len().to_string(), End::Complete);
    assert_eq!(text(blob().truncate(4)), fits("0123"));
    assert_eq!(text(blob().append("xy")), fits("0123456789xy"));
    assert_eq!(text(blob().body("other")), fits("other"));
    assert_eq!(text(blob().claim_length(4)), fits("0123"));
    assert_eq!(text(blob().claim_length(12)), ("0123456789".to_owned(), "12".to_owned(), End::Closed));
    assert_eq!(text(blob().cut_after(4)), ("0123".to_owned(), "10".to_owned(), End::Closed));
    assert_eq!(text(blob().stall_after(4)), ("0123".to_owned(), "10".to_owned(), End::Silent));
    assert_eq!(spoiled(blob().flip_byte(1)).unwrap().body, b"0\xce23456789");
}

#[test]
fn a_cut_ends_the_connection_and_a_stall_keeps_it() {
    let end = |rule| spoiled(rule).map_or_else(|end| end, |answer| answer.end);
    assert_eq!(end(on(GET).cut_after(4)), End::Closed);
    assert_eq!(end(on(GET).stall_after(4)), End::Silent);
    assert_eq!(end(on(GET).reset()), End::Closed);
    assert_eq!(end(on(GET).lose_answer()), End::Closed);
    assert_eq!(end(on(GET).hang()), End::Silent);
    assert_eq!(end(on(GET).header("x", "y")), End::Complete);
}

#[test]
fn a_cut_body_arrives_up_to_the_cut() {
    let registry = FaultRegistry::start();
    let digest = registry.put_blob("a", vec![7; 3 << 20]);
    registry.fault(on(GET).blob().cut_after((2 << 20) + 1));
    let answer = get(&registry, &format!("/v2/a/blobs/{digest}")).unwrap();
    assert_eq!((answer.body.len(), answer.end), ((2 << 20) + 1, End::Closed));
}

#[test]
fn answers_in_place_of_the_registrys_own() {
    let answer = spoiled(on(GET).error(503, "UNAVAILABLE").header("retry-after", "1")).unwrap();
    assert_eq!(status_and(&answer, "retry-after"), (503, "1".to_owned()));
    assert_eq!(answer.json()["errors"][0]["code"], "UNAVAILABLE");
    let page = spoiled(on(GET).html()).unwrap();
    assert_eq!(status_and(&page, "content-type"), (200, "text/html; charset=utf-8".to_owned()));
    let moved = spoiled(on(GET).redirect("http://127.0.0.1:1/x?sig=a%2Fb")).unwrap();
    assert_eq!(status_and(&moved, "location"), (307, "http://127.0.0.1:1/x?sig=a%2Fb".to_owned()));
    assert_eq!((spoiled(on(GET).answer(418)).unwrap().text(), moved.text()), (String::new(), String::new()));
    let more = spoiled(on(GET).header("x-one", "1").add_header("x-one", "2")).unwrap();
    let lines = more.headers.iter().filter(|(name, _)| name == "x-one").map(|(_, value)| value.as_str());
    assert_eq!(lines.collect::<Vec<_>>(), ["1", "2"]);
    let bare = spoiled(on(GET).without_header("docker-content-digest")).unwrap();
    assert_eq!(bare.header("docker-content-digest"), None);
}

#[test]
fn an_answer_in_place_leaves_the_content_alone_and_a_lost_one_does_not() {
    let registry = FaultRegistry::start();
    registry.put_blob("a", "{}");
    let write = |tag: &str| {
        let target = format!("/v2/a/manifests/{tag}");
        client(&registry).send("PUT", &target, &[JSON], &manifest(&empty())).map(|answer| answer.status)
    };
    registry.fault(on(PUT).path("/manifests/1").answer(500));
    registry.fault(on(PUT).path("/manifests/2").lose_answer());
    registry.fault(on(PUT).path("/manifests/3").reset());
    assert_eq!([write("1"), write("2"), write("3")], [Ok(500), Err(End::Closed), Err(End::Closed)]);
    assert_eq!(registry.tags("a"), ["2"]);
    registry.heal();
    assert_eq!(write("1"), Ok(201));
    let requests = registry.log().requests();
    let expected = ["PUT /v2/a/manifests/1 500", "PUT /v2/a/manifests/2 -", "PUT /v2/a/manifests/3 -"];
    assert_eq!(requests[..3], expected);
}

#[test]
fn an_upload_can_break_on_its_way() {
    let registry = FaultRegistry::start();
    registry.fault(on(POST).upload().first(1).cut_upload(1 << 20));
    let big = vec![1; 4 << 20];
    let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(&big));
    assert_eq!(client(&registry).send("POST", &target, &[], &big).unwrap_err(), End::Closed);
    let received = registry.log().records()[0].received;
    assert!((1 << 20..4 << 20).contains(&received), "{received}");
    assert_eq!(client(&registry).send("POST", &target, &[], &big).unwrap().status, 201);
    assert_eq!(registry.log().records()[1].received, 4 << 20);
}

#[test]
fn an_upload_can_be_refused_unread() {
    let registry = FaultRegistry::start();
    registry.fault(on(POST).matching(|request| request.content_length() > Some(9)).answer(413).leave_body());
    let answer = client(&registry).send("POST", "/v2/a/blobs/uploads/", &[], b"0123456789").unwrap();
    assert_eq!((answer.status, registry.log().records()[0].received), (413, 0));
}

#[test]
fn a_rule_counts_what_it_matches() {
    let (registry, blob) = with_blob(FaultRegistry::start);
    registry.fault(on(GET).blob().nth(2).answer(500));
    registry.fault(on(HEAD).blob().first(1).answer(501));
    registry.fault(on(ANY).blob().after(4).answer(502));
    let mut wire = client(&registry);
    let mut status = |method| wire.send(method, &blob, &[], b"").unwrap().status;
    let statuses: Vec<u16> = ["GET", "HEAD", "GET", "HEAD", "GET"].into_iter().map(&mut status).collect();
    assert_eq!(statuses, [200, 501, 500, 200, 502]);
}

#[test]
fn rules_know_the_parts_of_the_protocol() {
    let registry = FaultRegistry::start();
    registry.fault(on(GET).manifest().answer(551));
    registry.fault(on(PATCH).upload().answer(552));
    registry.fault(on(GET).tags().answer(553));
    registry.fault(on(GET).referrers().answer(554));
    registry.fault(on(GET).token().answer(555));
    registry.fault(on(DELETE).path("sha256").answer(556));
    let mut wire = client(&registry);
    let mut status = |method, target: &str| wire.send(method, target, &[], b"").unwrap().status;
    assert_eq!(status("GET", "/v2/a/manifests/1"), 551);
    assert_eq!(status("PATCH", "/v2/a/blobs/uploads/1?_state=2"), 552);
    assert_eq!(status("GET", "/v2/a/tags/list"), 553);
    assert_eq!(status("GET", "/v2/a/referrers/sha256:x"), 554);
    assert_eq!(status("GET", "/token?scope=x"), 555);
    assert_eq!(status("DELETE", "/v2/a/manifests/sha256:x"), 556);
}

#[test]
fn refused_requests_have_rules_of_their_own() {
    let auth = Auth::basic("me", "secret");
    let (registry, blob) = with_blob(|| FaultRegistry::builder().auth(auth).start());
    registry.fault(on(GET).blob().nth(1).answer(500));
    registry.fault(on(GET).refused().header("www-authenticate", "Bearer realm=\"null://x\""));
    let refused = get(&registry, &blob).unwrap();
    assert_eq!(status_and(&refused, "www-authenticate"), (401, "Bearer realm=\"null://x\"".to_owned()));
    let login = format!("Basic {}", BASE64.encode("me:secret"));
    let answer = client(&registry).send("GET", &blob, &[("authorization", &login)], b"").unwrap();
    assert_eq!(answer.status, 500);
}

#[test]
#[should_panic(expected = "a rule without effects")]
fn a_rule_that_does_nothing_is_a_slip() {
    FaultRegistry::start().fault(on(GET));
}
