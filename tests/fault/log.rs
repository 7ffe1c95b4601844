//! What the log says.

use std::time::{Duration, Instant};

use super::{client, empty};
use crate::support::fault::{End, FaultRegistry, GET, on};

#[test]
fn one_line_a_request_without_session_names() {
    let registry = FaultRegistry::start();
    let mut wire = client(&registry);
    let started = wire.send("POST", "/v2/a/blobs/uploads/", &[], b"").unwrap();
    let before = registry.log();
    let close = format!("{}&digest={}", started.header("location").unwrap(), empty());
    wire.send("PUT", &close, &[], b"{}").unwrap();
    client(&registry).get("/v2/a/tags/list?n=5");
    let log = registry.log();
    assert_eq!(
        log.to_string(),
        format!(
            "POST /v2/a/blobs/uploads/ 202\nPUT /v2/a/blobs/uploads/[SESSION]?digest={} 201\n\
             GET /v2/a/tags/list?n=5 200\n",
            empty()
        )
    );
    assert_eq!((log.count(), log.connections()), (3, 2));
    assert_eq!(log.since(&before).count(), 2);
    assert_eq!(log.only(|record| record.received > 0).requests(), [log.requests()[1].clone()]);
}

#[test]
fn only_waiting_for_each_other_counts_as_a_step() {
    let registry = FaultRegistry::builder().latency(Duration::from_millis(200)).start();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| client(&registry).get("/v2/"));
        }
    });
    assert_eq!((registry.log().count(), registry.log().serial_steps()), (4, 1));
    client(&registry).get("/v2/");
    client(&registry).get("/v2/");
    assert_eq!(registry.log().serial_steps(), 3);
}

#[test]
fn a_delay_is_waited_for_and_an_answer_that_never_came_still_counts() {
    let registry = FaultRegistry::start();
    registry.fault(on(GET).nth(1).delay(Duration::from_millis(80)));
    registry.fault(on(GET).nth(2).hang());
    let start = Instant::now();
    client(&registry).get("/v2/");
    assert!(start.elapsed() >= Duration::from_millis(80));
    assert_eq!(client(&registry).send("GET", "/v2/", &[], b"").unwrap_err(), End::Silent);
    assert_eq!(registry.log().serial_steps(), 2);
}
