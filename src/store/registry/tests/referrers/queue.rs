//! Several callers of one process who list referrers of the same subject.

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn callers_of_one_process_share_their_writes() {
    let memory = Memory::default();
    let server = Server::start(move |seen| memory.answer(seen)).await;
    let (store, to) = (writer(&server), subject());
    let referrers: Vec<[Descriptor; 1]> = (0..8).map(|number| [referrer(&number.to_string())]).collect();
    let outcomes = join_all(referrers.iter().map(|own| store.merge_referrers(&to, own))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let writes = written(&server);
    assert!(writes.len() <= 2, "{} writes", writes.len());
    assert_eq!(names(writes.last().unwrap()).len(), 8);
}

#[tokio::test]
async fn a_failure_of_one_is_not_that_of_the_others() {
    let memory = Memory::default();
    let bad = referrer("bad").digest;
    let server = Server::start(move |seen| {
        if seen.method == "PUT" && names(&seen.body).contains(&bad) { reply(400) } else { memory.answer(seen) }
    })
    .await;
    let (store, to) = (writer(&server), subject());
    let referrers = ["a", "bad", "c"].map(|text| [referrer(text)]);
    let outcomes = join_all(referrers.iter().map(|own| store.merge_referrers(&to, own))).await;
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(names(written(&server).last().unwrap()), ["a", "c"].map(|text| referrer(text).digest));
}

#[tokio::test]
async fn who_gives_up_takes_nobody_along() {
    let memory = Memory::default();
    let (came, hangs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(1)));
    let (count, left) = (Arc::clone(&came), Arc::clone(&hangs));
    let server = Server::start(move |seen| {
        count.fetch_add(1, Ordering::Relaxed);
        let hung = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if hung { hang() } else { memory.answer(seen) }
    })
    .await;
    let (store, to) = (writer(&server), subject());
    let own = ["a", "b", "c"].map(|text| [referrer(text)]);
    let given_up = async {
        while came.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
    };
    // The first hangs with the second waiting for it, and both give up.
    let first = async { tokio::join!(store.merge_referrers(&to, &own[0]), store.merge_referrers(&to, &own[1])) };
    tokio::select! {
        _ = first => panic!("it hangs"),
        () = given_up => {}
    }
    store.merge_referrers(&to, &own[2]).await.unwrap();
    assert_eq!(names(written(&server).last().unwrap()), [referrer("c").digest]);
}
