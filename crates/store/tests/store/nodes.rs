//! Many nodes over one server: leases, take-over, and what a stale node can no longer do.

use core::time::Duration;

use crate::common::{
    LINE, NOW, ORG, Place, admit_patiently, admitted, call, entry, house, pinned, sound, start, who,
};
use linka_metering::{Posting, PostingResult};
use linka_model::{EndReason, Micros};
use linka_store::{
    Admission, Closing, Heartbeat, Node, Recovered, Store, StoreError, Tending, TermRules,
};
use tokio::task::JoinSet;

const TURN: Duration = TermRules::DEFAULT.turn();
const GRACE_AFTER_OUTAGE: Duration = TermRules::DEFAULT.grace_after_outage;

/// A second node over the same books.
async fn beside(place: &Place, n: u128) -> (Store, Node) {
    let store = place.open_beside(&format!("node-{n}")).await;
    let (node, _) = store.start_node(&who(n), NOW).await.expect("starts");
    (store, node)
}

/// Lets a node tend for as long as it takes to hold a silent node for dead.
async fn tend(tending: &mut Tending, from: Duration) -> Recovered {
    let mut all = Recovered::default();
    let mut now = from;
    while now <= from + GRACE_AFTER_OUTAGE {
        let turn = tending.turn(now, NOW).await.expect("answers");
        all.calls += turn.calls;
        all.free += turn.free;
        now += TURN;
    }
    all
}

#[tokio::test]
async fn calls_of_a_node_that_fell_silent_are_settled_by_another_at_their_last_proof() {
    let place = Place::postgres();
    let store = house(&place, 50_000_000).await;
    let silent = start(&store).await;
    let price = pinned(&store).await;
    let (proven, _) = admitted(&silent, 1, price).await;
    admitted(&silent, 2, price).await;
    silent.prove(vec![Heartbeat { call: proven, elapsed_ms: 41_300 }]).await.expect("written");

    let (other_store, other) = beside(&place, 2).await;
    let mut tending = Tending::new(other, other_store, Duration::ZERO);
    // A sign of life every turn: nothing is taken over, however long it goes on.
    for turn in 0..30 {
        silent.prove(Vec::new()).await.expect("written");
        let settled = tending.turn(TURN * turn, NOW).await.expect("answers");
        assert_eq!(settled, Recovered::default());
    }
    // The last sign at 145 s; 145 + 20 + 30 = 195.
    for at in (150..195).step_by(5) {
        let settled = tending.turn(Duration::from_secs(at), NOW).await.expect("answers");
        assert_eq!(settled, Recovered::default(), "{at}");
    }
    let settled = tending.turn(Duration::from_secs(195), NOW).await.expect("answers");
    assert_eq!(settled, Recovered { calls: 2, free: 1 });
    // 41.3 s are 42 s at 10,000; everything that was held is given back.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(49_580_000));
    sound(&store).await;
}

#[tokio::test]
async fn a_node_that_was_stopped_and_goes_on_can_write_nothing_after_the_take_over() {
    let place = Place::postgres();
    let store = house(&place, 50_000_000).await;
    let stopped = start(&store).await;
    let price = pinned(&store).await;
    let (id, meter) = admitted(&stopped, 1, price).await;
    let (other_store, other) = beside(&place, 2).await;
    let mut tending = Tending::new(other.clone(), other_store, Duration::ZERO);
    assert_eq!(tend(&mut tending, Duration::ZERO).await, Recovered { calls: 1, free: 1 });

    let (new, _, hold) = call(2, price);
    assert_eq!(stopped.admit(new.clone(), hold, NOW).await, Admission::Refused);
    assert_eq!(stopped.post(vec![hold], NOW).await, [PostingResult::Refused]);
    let proof = stopped.prove(vec![Heartbeat { call: id, elapsed_ms: 90_000 }]).await;
    assert!(matches!(proof, Err(StoreError::TermOver)));
    let postings: Vec<Posting> = meter.close(Duration::ZERO, false).postings;
    let closing = Closing { call: id, postings, billable_s: 90, reason: EndReason::Completed };
    assert!(matches!(stopped.close(closing, NOW).await, Err(StoreError::TermOver)));
    let mut own = Tending::new(stopped.clone(), store.clone(), Duration::ZERO);
    assert!(matches!(own.turn(Duration::ZERO, NOW).await, Err(StoreError::TermOver)));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(50_000_000));
    // The other goes on, and a new term of the stopped node is as good as any.
    assert_eq!(other.admit(new, hold, NOW).await, Admission::Admitted);
    drop((stopped, own));
    admitted(&start(&store).await, 3, price).await;
    sound(&store).await;
}

#[tokio::test]
async fn two_nodes_that_take_over_at_once_share_the_calls_and_settle_each_once() {
    let place = Place::postgres();
    let store = house(&place, 500_000_000).await;
    store.set_channels(LINE, 1000).await.expect("set");
    let dead = start(&store).await;
    let price = pinned(&store).await;
    let mut proofs = Vec::new();
    for n in 0..30 {
        let (id, _) = admitted(&dead, n, price).await;
        proofs.push(Heartbeat { call: id, elapsed_ms: 10_000 });
    }
    dead.prove(proofs).await.expect("written");
    // A node that starts settles what it finds: both have started before either takes over.
    let others = [beside(&place, 2).await, beside(&place, 3).await];
    let mut takers = JoinSet::new();
    for (other_store, other) in others {
        takers.spawn(async move {
            let mut tending = Tending::new(other, other_store, Duration::ZERO);
            tend(&mut tending, Duration::ZERO).await
        });
    }
    let calls: u32 = takers.join_all().await.iter().map(|settled| settled.calls).sum();
    assert_eq!(calls, 30);
    // 30 times 10 s at 10,000.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(497_000_000));
    sound(&store).await;
}

#[tokio::test]
async fn a_take_over_that_broke_off_is_finished_by_whoever_comes_next() {
    let place = Place::postgres();
    let store = house(&place, 50_000_000).await;
    let dead = start(&store).await;
    let price = pinned(&store).await;
    admitted(&dead, 1, price).await;
    admitted(&dead, 2, price).await;
    let (other_store, other) = beside(&place, 2).await;
    // A third node ended the term and died before it settled anything.
    let ended = "UPDATE node SET epoch = epoch + 1 WHERE name = 'node 1'";
    assert_eq!(place.raw().await.execute(ended).await.expect("ended"), 1);
    let mut tending = Tending::new(other, other_store, Duration::ZERO);
    let settled = tending.turn(Duration::ZERO, NOW).await.expect("answers");
    assert_eq!(settled, Recovered { calls: 2, free: 2 });
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(50_000_000));
    sound(&store).await;
}

#[tokio::test]
async fn two_nodes_spend_a_small_balance_to_the_last_unit_and_not_below() {
    let place = Place::postgres();
    // Exactly 7 first holds of 1.50.
    let store = house(&place, 10_500_000).await;
    store.set_channels(LINE, 1000).await.expect("set");
    let nodes = [start(&store).await, beside(&place, 2).await.1];
    let price = pinned(&store).await;
    let mut attempts = JoinSet::new();
    for n in 0..200 {
        let node = nodes[usize::try_from(n % 2).expect("small")].clone();
        let (new, _, hold) = call(n, price);
        attempts.spawn(async move { admit_patiently(&node, new, hold).await });
    }
    let answers = attempts.join_all().await;
    let count = |wanted| answers.iter().filter(|&&answer| answer == wanted).count();
    assert_eq!((count(Admission::Admitted), count(Admission::NoCredit)), (7, 193));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros::ZERO);
    sound(&store).await;
}

#[tokio::test]
async fn two_nodes_do_not_fill_a_line_twice() {
    let place = Place::postgres();
    let store = house(&place, 500_000_000).await;
    store.set_channels(LINE, 5).await.expect("set");
    let nodes = [start(&store).await, beside(&place, 2).await.1];
    let price = pinned(&store).await;
    let mut attempts = JoinSet::new();
    for n in 0..40 {
        let node = nodes[usize::try_from(n % 2).expect("small")].clone();
        let (new, _, hold) = call(n, price);
        attempts.spawn(async move { admit_patiently(&node, new, hold).await });
    }
    let answers = attempts.join_all().await;
    let count = |wanted| answers.iter().filter(|&&answer| answer == wanted).count();
    assert_eq!((count(Admission::Admitted), count(Admission::LineFull)), (5, 35));
    store.grant(entry(91), ORG, Micros(1), "more", NOW).await.expect("granted");
    sound(&store).await;
}

#[tokio::test]
async fn nodes_that_start_at_once_over_an_empty_database_make_its_tables_once() {
    let place = Place::postgres();
    let ((_, a), (_, b), (_, c)) =
        tokio::join!(beside(&place, 1), beside(&place, 2), beside(&place, 3));
    assert!(a.id() != b.id() && b.id() != c.id() && a.id() != c.id());
}
