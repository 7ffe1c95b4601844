//! Listing: pages, links, and servers that count differently.

use super::*;

fn page(names: &[&str]) -> Reply {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    reply(200)
        .with("content-type", "application/json")
        .body(format!(r#"{{"name":"org/app","tags":[{}]}}"#, names.join(",")))
}

/// All tags of a server, page after page.
async fn list(server: &Server) -> Result<Vec<String>> {
    let store = open(server, Access::Pull);
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let page = store.tags(next.as_ref()).await?;
        all.extend(page.tags.iter().map(ToString::to_string));
        next = page.next;
        if next.is_none() {
            return Ok(all);
        }
    }
}

#[tokio::test]
async fn pages_are_followed_by_their_links() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/v2/org/app/tags/list?n=1000" => {
            page(&["a", "b", "b"]).with("link", "</v2/org/app/tags/list?n=1000&last=b>; rel=\"next\"")
        }
        "/v2/org/app/tags/list?n=1000&last=b" => page(&["c"]).with("link", "<?token=x%2Fy>; rel=next"),
        "/v2/org/app/tags/list?token=x%2Fy" => page(&["d", "not a tag"]),
        other => panic!("{other}"),
    })
    .await;
    assert_eq!(list(&server).await.unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(server.lines().len(), 3);
}

#[tokio::test]
async fn one_page_is_one_request() {
    for body in [r#"{"tags":null}"#, r#"{"name":"org/app"}"#, r#"{"tags":[]}"#] {
        let server = Server::start(move |_| reply(200).body(body)).await;
        assert!(list(&server).await.unwrap().is_empty(), "{body}");
        assert_eq!(server.lines(), ["GET /v2/org/app/tags/list?n=1000"]);
    }
}

#[tokio::test]
async fn a_server_that_refuses_the_number_is_asked_without() {
    let server = Server::start(|seen| match seen.query("n") {
        Some(_) => reply(400).error("PAGINATION_NUMBER_INVALID", "too many"),
        None => page(&["a"]),
    })
    .await;
    assert_eq!(list(&server).await.unwrap(), ["a"]);
    assert_eq!(server.lines(), ["GET /v2/org/app/tags/list?n=1000", "GET /v2/org/app/tags/list"]);
}

#[tokio::test]
async fn a_full_page_without_a_link_is_probed_once() {
    // One that looks at `last`, and one that gives everything each time.
    for looks in [true, false] {
        let names: Vec<String> = (0..1000).map(|at| format!("t{at:04}")).collect();
        let server = Server::start(move |seen| match seen.query("last") {
            Some(last) if looks => {
                assert_eq!(last, "t0999");
                page(&["u"])
            }
            _ => page(&names.iter().map(String::as_str).collect::<Vec<_>>()),
        })
        .await;
        assert_eq!(list(&server).await.unwrap().len(), if looks { 1001 } else { 1000 });
        assert_eq!(server.lines().len(), 2);
    }
}

#[tokio::test]
async fn a_circle_of_pages_ends_with_an_error() {
    for length in [1, 2, 5] {
        let server = Server::start(move |seen| {
            let at: u32 = seen.query("p").map_or(0, |at| at.parse().unwrap());
            page(&[&format!("t{at}")]).with("link", format!("<?p={}>; rel=next", (at + 1) % length))
        })
        .await;
        let error = list(&server).await.unwrap_err();
        assert!(error.to_string().contains("circle"), "{length}: {error}");
        assert!(server.lines().len() < 20, "{length}");
    }
}

#[tokio::test]
async fn the_next_page_is_never_on_another_host() {
    let server =
        Server::start(|_| page(&["a"]).with("link", "<http://127.0.0.2/v2/org/app/tags/list>; rel=next")).await;
    let error = list(&server).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("not followed"), "{error}");
}

#[tokio::test]
async fn no_repository_is_not_an_empty_list() {
    let server = Server::start(|_| reply(404).error("NAME_UNKNOWN", "no")).await;
    let error = list(&server).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)) && error.to_string().contains("repository 127.0.0.1"), "{error}");
    let server = Server::start(|_| reply(200).with("content-type", "text/html").body("<html>")).await;
    assert!(matches!(list(&server).await.unwrap_err(), StoreError::Unavailable(_)));
}
