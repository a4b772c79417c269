//! A server that dies, and a wire that loses answers: what was answered stands, what was not can be
//! asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{
    LINE, NOW, ORG, Place, admitted, call, entry, house, pinned, sound, start, who,
};
use crate::postgres::Postgres;
use crate::proxy::{Proxy, server_of};
use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::{CallId, EndReason, Micros};
use linka_store::{Admission, Closing, Heartbeat, Node, Pinned, StoreError};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_commit_whose_answer_is_lost_counts_once_when_it_is_asked_again() {
    let url = Postgres::shared().database();
    let server = server_of(&url).expect("an address with a port");
    let proxy = Proxy::before(server).expect("listens");
    let place = Place::at(&proxy.through(&url));
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let (id, _) = admitted(&node, 1, pinned(&store).await).await;
    let hold = Posting::Hold {
        id: EntryId::hold(id, 1),
        call: id,
        org: ORG,
        amount: Micros(600_000),
        until_s: 210,
        grace: false,
    };
    proxy.lose_the_next_answer();
    assert_eq!(node.post(vec![hold], NOW).await, [PostingResult::Unavailable]);
    assert!(!proxy.is_losing());
    // It stands all the same: 5.00 − 1.50 − 0.60.
    let direct = Place::at(&url).open().await;
    assert_eq!(direct.available(ORG).await.expect("answers"), Micros(2_900_000));
    let mut answer = vec![PostingResult::Unavailable];
    while answer == [PostingResult::Unavailable] {
        answer = node.post(vec![hold], NOW).await;
    }
    assert_eq!(answer, [PostingResult::Done]);
    assert_eq!(direct.available(ORG).await.expect("answers"), Micros(2_900_000));
    sound(&direct).await;
}

#[tokio::test]
async fn a_thousand_calls_are_proven_in_time_on_a_distant_server() {
    let url = Postgres::shared().database();
    let server = server_of(&url).expect("an address with a port");
    let proxy = Proxy::before(server).expect("listens");
    let place = Place::at(&proxy.through(&url));
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let (id, _) = admitted(&node, 1, pinned(&store).await).await;
    // A thousand statements, each 2 ms away, would take two of the one second that there is.
    proxy.delay_by(2);
    let beat = |n| Heartbeat { call: CallId(uuid::Uuid::from_u128(n)), elapsed_ms: 1 };
    let mut beats: Vec<Heartbeat> = (0..999).map(beat).collect();
    beats.push(Heartbeat { call: id, elapsed_ms: 12_345 });
    node.prove(beats).await.expect("written");
    let (elapsed,): (i64,) = place.raw().await.one("SELECT elapsed_ms FROM call").await;
    assert_eq!(elapsed, 12_345);
}

/// A writer that waits in vain for its turn must get it as soon as it is free.
#[tokio::test]
async fn a_turn_that_did_not_come_in_time_spoils_no_connection() {
    let place = Place::postgres();
    let store = house(&place, 5_000_000).await;
    let mut other = place.raw().await;
    other.execute("BEGIN").await.expect("begun");
    other.execute("SELECT pg_advisory_xact_lock(5496823047)").await.expect("its turn");
    // Each asks for longer than the server lets it wait: all connections of the pool, twice over.
    for n in 0..2 {
        let asks = (0..4).map(|k| {
            let store = store.clone();
            async move { store.grant(entry(n * 4 + k), ORG, Micros(1), "why", NOW).await }
        });
        let mut asking: JoinSet<_> = asks.collect();
        while let Some(answer) = asking.join_next().await {
            let answer = answer.expect("ran");
            assert!(matches!(answer, Err(StoreError::Unavailable)), "{answer:?}");
        }
    }
    other.execute("ROLLBACK").await.expect("released");
    for n in 0..8 {
        store.grant(entry(n), ORG, Micros(1), "why", NOW).await.expect("its turn has come");
    }
    sound(&store).await;
}

/// Admits and settles calls until it is told to stop; gives back those whose settlement was
/// answered.
async fn load(node: Node, price: Pinned, from: u128, stop: Arc<AtomicBool>) -> Vec<CallId> {
    let mut settled = Vec::new();
    for n in from..from + 10_000 {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let (new, mut meter, hold) = call(n, price);
        let id = new.id;
        if node.admit(new, hold, NOW).await != Admission::Admitted {
            continue;
        }
        meter.admitted(PostingResult::Done);
        meter.answered(core::time::Duration::ZERO);
        let bill = meter.close(core::time::Duration::from_secs(10), true);
        let reason = EndReason::Completed;
        let closing =
            Closing { call: id, postings: bill.postings, billable_s: bill.billable_s, reason };
        if node.close(closing, NOW).await.is_ok() {
            settled.push(id);
        }
    }
    settled
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_keeps_all_that_was_answered_and_its_books_are_sound() {
    let mut server = Postgres::start().expect("starts");
    let place = Place::at(&server.database());
    let store = house(&place, 1_000_000_000_000).await;
    store.set_channels(LINE, 1000).await.expect("set");
    let beside = place.open_beside("second").await;
    let nodes = [start(&store).await, beside.start_node(&who(2), NOW).await.expect("starts").0];
    let price = pinned(&store).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for n in 0..16_u128 {
        let node = nodes[usize::from(n % 2 == 1)].clone();
        callers.spawn(load(node, price, n * 10_000, Arc::clone(&stop)));
    }
    // Into the middle of the load: it is under way when a hundred calls stand settled.
    while store.call_listing(100).await.expect("answers").len() < 100 {}
    tokio::task::block_in_place(|| server.kill9()).expect("killed");
    stop.store(true, Ordering::SeqCst);
    let answered: Vec<CallId> = callers.join_all().await.into_iter().flatten().collect();
    drop((nodes, store, beside));

    tokio::task::block_in_place(|| server.restart()).expect("comes up again");
    let store = place.open().await;
    sound(&store).await;
    let mut raw = place.raw().await;
    let standing: Vec<(String,)> =
        raw.all("SELECT id FROM call WHERE end_reason = 'completed'").await;
    let standing: std::collections::BTreeSet<_> = standing.into_iter().map(|(id,)| id).collect();
    assert!(answered.len() >= 100, "{}", answered.len());
    let lost = answered.iter().filter(|id| !standing.contains(&id.0.to_string())).count();
    assert_eq!(lost, 0);
    // Calls that were admitted and not settled are free: nothing proves that they lasted.
    start(&store).await;
    let beside = place.open_beside("second").await;
    beside.start_node(&who(2), NOW).await.expect("starts again");
    let (open,): (i64,) = raw.one("SELECT count(*) FROM call WHERE end_reason IS NULL").await;
    assert_eq!(open, 0);
    let (spent,): (i64,) = raw.one("SELECT debits FROM account WHERE kind = 'credit'").await;
    // 10 s at 10,000 for each call that ended.
    assert_eq!(spent, i64::try_from(standing.len()).expect("fits") * 100_000);
    sound(&store).await;
}
