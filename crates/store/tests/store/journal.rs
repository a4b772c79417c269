//! The database away (M12): calls go on and end on the word of the journal, and what it holds stands
//! in the books once the database is back, whoever died meanwhile.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::common::{
    NOW, ORG, Place, Raw, admit_patiently, admitted, call, entry, house, on_both, pinned, sound,
    start, who,
};
use crate::postgres::Postgres;
use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::{CallId, EndReason, Micros};
use linka_store::{
    Admission, Closing, Heartbeat, Node, Recovered, Replayed, Store, StoreError, Tending, TermRules,
};

on_both! {
    calls_go_on_and_end_while_the_books_are_taken_and_stand_in_them_afterwards,
    a_node_that_is_killed_meanwhile_finds_its_journal_at_the_next_start,
}

/// The hold that brings call `id` from 150 s, its first boundary, to 210 s, and so on: 60 s at
/// 10,000.
fn extension(id: CallId, n: u32) -> Posting {
    let (amount, until_s) = (Micros(600_000), 150 + 60 * n);
    Posting::Hold { id: EntryId::hold(id, n), call: id, org: ORG, amount, until_s, grace: false }
}

/// The post of a whole hold.
fn post(id: CallId, n: u32, amount: i64) -> Posting {
    let pending = EntryId::hold(id, n);
    Posting::Post { id: EntryId::post(pending), pending, amount: Micros(amount) }
}

fn ended(id: CallId, billable_s: u32, postings: Vec<Posting>) -> Closing {
    Closing { call: id, postings, billable_s, reason: EndReason::CallerHungUp }
}

/// Tells the node that its database is away, as its next turn would find out. On a server whose
/// books are only taken, connections are not refused: this node may be cut off alone.
async fn away(tending: &mut Tending, now: u64) {
    let turn = tending.turn(Duration::from_secs(now), NOW).await;
    assert!(matches!(turn, Err(StoreError::Unavailable)), "{turn:?}");
}

/// Lets the node find its database again.
async fn back(tending: &mut Tending, now: u64) {
    let mut turn = tending.turn(Duration::from_secs(now), NOW).await;
    while matches!(turn, Err(StoreError::Unavailable)) {
        turn = tending.turn(Duration::from_secs(now), NOW).await;
    }
    turn.expect("tended");
}

fn file(place: &Place) -> PathBuf {
    place.path().join("ledger.journal")
}

/// Asks until the journal has it: the first answers are lost while the node waits for the database.
async fn post_patiently(node: &Node, posting: Posting) -> PostingResult {
    for _ in 0..20 {
        let answer = node.post(vec![posting], NOW).await;
        if answer != [PostingResult::Unavailable] {
            return answer[0];
        }
    }
    PostingResult::Unavailable
}

async fn calls_go_on_and_end_while_the_books_are_taken_and_stand_in_them_afterwards(place: Place) {
    let store = house(&place, 50_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (goes_on, _) = admitted(&node, 1, price).await;
    let (ends, _) = admitted(&node, 2, price).await;
    let mut tending = Tending::new(node.clone(), store.clone(), Duration::ZERO);
    back(&mut tending, 0).await;
    assert_eq!(fs::metadata(file(&place)).expect("made").permissions().mode() & 0o777, 0o600);

    let mut raw = place.raw().await;
    raw.take_the_books().await;
    away(&mut tending, 5).await;
    // A proof, the end of a call of 42 s, and what another asks for; a new call is not admitted.
    node.prove(vec![Heartbeat { call: goes_on, elapsed_ms: 41_300 }]).await.expect("noted");
    let closing = ended(ends, 42, vec![post(ends, 0, 420_000)]);
    assert_eq!(node.close(closing, NOW).await.expect("noted"), Micros(420_000));
    let grants = post_patiently(&node, extension(goes_on, 1)).await;
    // Nobody but this node has an embedded database; a server that is silent may be so for one alone.
    let everyone = if place.is_shared() { PostingResult::Unavailable } else { PostingResult::Done };
    assert_eq!(grants, everyone);
    let (new, _, hold) = call(3, price);
    assert_eq!(node.admit(new.clone(), hold, NOW).await, Admission::Unavailable);
    assert!(fs::metadata(file(&place)).expect("there").len() > 0);

    raw.execute("ROLLBACK").await.expect("given back");
    back(&mut tending, 10).await;
    assert_eq!(fs::metadata(file(&place)).expect("there").len(), 0);
    // 50.00 − 1.50 (the first hold of the one) − 0.42 (the other), and − 0.60 where it went on.
    let reserved = if place.is_shared() { 1_500_000 } else { 2_100_000 };
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(49_580_000 - reserved));
    sound(&store).await;
    // It goes on as if nothing had happened: 100 s at 10,000, and all that is held given back.
    let more = admit_patiently(&node, new, hold).await;
    assert_eq!(more, Admission::Admitted);
    let closing = ended(goes_on, 100, vec![post(goes_on, 0, 1_000_000)]);
    node.close(closing, NOW).await.expect("settled");
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(49_580_000 - 2_500_000));
    sound(&store).await;
}

async fn a_node_that_is_killed_meanwhile_finds_its_journal_at_the_next_start(place: Place) {
    let store = house(&place, 50_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (proven, _) = admitted(&node, 1, price).await;
    let (ends, _) = admitted(&node, 2, price).await;
    let mut tending = Tending::new(node.clone(), store.clone(), Duration::ZERO);
    let mut raw = place.raw().await;
    raw.take_the_books().await;
    away(&mut tending, 5).await;
    for elapsed_ms in [20_000, 41_300] {
        node.prove(vec![Heartbeat { call: proven, elapsed_ms }]).await.expect("noted");
    }
    node.close(ended(ends, 50, vec![post(ends, 0, 500_000)]), NOW).await.expect("noted");
    // Killed: nothing of its memory is left, and the last frame was not written to its end.
    drop((node, tending, store));
    let journal = fs::read(file(&place)).expect("there");
    raw.execute("ROLLBACK").await.expect("given back");
    let torn = [&journal[..], &journal[..20]].concat();
    fs::write(file(&place), torn).expect("written");

    let store = place.open().await;
    let (node, recovered) = store.start_node(&who(1), NOW).await.expect("starts again");
    // One proof, the longest, and one end.
    assert_eq!(node.replayed(), Replayed { written: 2, ..Replayed::default() });
    assert_eq!(recovered, Recovered { calls: 1, free: 0 });
    // 41.3 s are 42 s, and 50 s, at 10,000.
    assert_eq!(
        store.available(ORG).await.expect("answers"),
        Micros(50_000_000 - 420_000 - 500_000)
    );
    sound(&store).await;
    // The same journal once more, under a term that is over: it changes nothing and is refused.
    drop((node, store));
    fs::write(file(&place), journal).expect("written");
    let store = place.open().await;
    let (node, _) = store.start_node(&who(1), NOW).await.expect("starts again");
    assert_eq!(node.replayed(), Replayed { refused: 2, ..Replayed::default() });
    assert_eq!(
        store.available(ORG).await.expect("answers"),
        Micros(50_000_000 - 420_000 - 500_000)
    );
    sound(&store).await;
}

/// All of this is granted while the books are taken.
async fn in_an_outage(place: &Place, store: Store, node: &Node, asks: Vec<Posting>) -> Raw {
    let mut tending = Tending::new(node.clone(), store, Duration::ZERO);
    back(&mut tending, 0).await;
    let mut raw = place.raw().await;
    raw.take_the_books().await;
    away(&mut tending, 5).await;
    for posting in asks {
        assert_eq!(post_patiently(node, posting).await, PostingResult::Done);
    }
    raw
}

/// The embedded database can be away for all by a lock; of a server that takes a test of its own.
#[tokio::test]
async fn more_than_credit_and_overdraft_cover_is_the_operators_loss() {
    let place = Place::sqlite();
    // 1.50 is the first hold; 1.20 are left, and 0.60 of overdraft.
    let store = house(&place, 2_700_000).await;
    let limit = "UPDATE account SET overdraft_limit = 600000 WHERE kind = 'credit'";
    assert_eq!(place.raw().await.execute(limit).await.expect("set"), 1);
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (id, _) = admitted(&node, 1, price).await;
    let asks = (1..=3).map(|n| extension(id, n)).collect();
    let mut raw = in_an_outage(&place, store.clone(), &node, asks).await;
    assert_eq!(post_patiently(&node, extension(id, 4)).await, PostingResult::Unavailable);
    let posts = [(0, 1_500_000), (1, 600_000), (2, 600_000), (3, 300_000)];
    let posts = posts.map(|(n, amount)| post(id, n, amount)).to_vec();
    node.close(ended(id, 300, posts), NOW).await.expect("noted");
    // Meanwhile, past this node, 0.60 of the credit go: what was promised is not covered any more.
    raw.execute("ROLLBACK").await.expect("given back");
    store.withdraw(entry(92), ORG, Some(Micros(600_000)), "gone", NOW).await.expect("withdrawn");
    let mut tending = Tending::new(node.clone(), store.clone(), Duration::ZERO);
    back(&mut tending, 10).await;
    // 0.60 of credit and 0.60 of overdraft bring it to 270 s, not to 330: 270 · 0.01 = 2.70 of
    // 300 s are billed.
    let calls = store.call_listing(10).await.expect("listed");
    assert_eq!((calls[0].billable_s, calls[0].amount_micro), (270, 2_700_000));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(-600_000));
    let (grace,): (i64,) =
        raw.one("SELECT count(*) FROM entry WHERE code = 'grace' AND kind = 'pending'").await;
    assert_eq!(grace, 1);
    sound(&store).await;
}

/// The embedded database can be away for all by a lock; of a server that takes a test of its own.
#[tokio::test]
async fn calls_go_on_for_so_long_and_up_to_what_was_left() {
    let place = Place::sqlite();
    // 1.50 is the first hold; 1.20 are left: two further minutes.
    let store = house(&place, 2_700_000).await;
    let limit = "UPDATE account SET overdraft_limit = 0 WHERE kind = 'credit'";
    assert_eq!(place.raw().await.execute(limit).await.expect("set"), 1);
    let node = start(&store).await;
    let (id, _) = admitted(&node, 1, pinned(&store).await).await;
    let mut tending = Tending::new(node.clone(), store.clone(), Duration::ZERO);
    back(&mut tending, 0).await;
    let mut raw = place.raw().await;
    raw.take_the_books().await;
    away(&mut tending, 5).await;
    assert_eq!(post_patiently(&node, extension(id, 1)).await, PostingResult::Done);
    // The same again is the same, and takes nothing more.
    assert_eq!(post_patiently(&node, extension(id, 1)).await, PostingResult::Done);
    // 5 s and 15 min later the grace is over, though 0.60 are left.
    away(&mut tending, 905).await;
    assert_eq!(post_patiently(&node, extension(id, 2)).await, PostingResult::Unavailable);
    away(&mut tending, 904).await;
    assert_eq!(post_patiently(&node, extension(id, 2)).await, PostingResult::Done);
    assert_eq!(post_patiently(&node, extension(id, 3)).await, PostingResult::Unavailable);
    raw.execute("ROLLBACK").await.expect("given back");
    back(&mut tending, 910).await;
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(0));
    assert_eq!(TermRules::DEFAULT.db_grace, Duration::from_secs(900));
    sound(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_outlast_their_boundary_while_a_server_is_down_and_are_billed_for_it() {
    let mut server = Postgres::start().expect("starts");
    let place = Place::at(&server.database());
    let store = house(&place, 50_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (ends, _) = admitted(&node, 1, price).await;
    let (goes_on, _) = admitted(&node, 2, price).await;
    let mut tending = Tending::new(node.clone(), store.clone(), Duration::ZERO);
    back(&mut tending, 0).await;
    tokio::task::block_in_place(|| server.kill9()).expect("killed");
    away(&mut tending, 5).await;
    // To 330 s, and hung up at 290: the holds to 270 s whole and 20 s of the last.
    for n in 1..=3 {
        assert_eq!(post_patiently(&node, extension(ends, n)).await, PostingResult::Done);
        assert_eq!(post_patiently(&node, extension(goes_on, n)).await, PostingResult::Done);
    }
    let posts = [(0, 1_500_000), (1, 600_000), (2, 600_000), (3, 200_000)];
    for (n, amount) in [posts[0], posts[1]] {
        assert_eq!(post_patiently(&node, post(ends, n, amount)).await, PostingResult::Done);
    }
    let last = posts[2..].iter().map(|&(n, amount)| post(ends, n, amount)).collect();
    node.close(ended(ends, 290, last), NOW).await.expect("noted");
    node.prove(vec![Heartbeat { call: goes_on, elapsed_ms: 300_000 }]).await.expect("noted");
    assert_eq!(post_patiently(&node, post(goes_on, 0, 1_500_000)).await, PostingResult::Done);

    tokio::task::block_in_place(|| server.restart()).expect("comes up again");
    back(&mut tending, 200).await;
    sound(&store).await;
    // 290 s cost 2.90; 330 s are reserved for the other, 3.30.
    assert_eq!(
        store.available(ORG).await.expect("answers"),
        Micros(50_000_000 - 2_900_000 - 3_300_000)
    );
    // A node that now dies leaves a call of 300 s.
    drop((node, tending, store));
    let store = place.open().await;
    let (_, recovered) = store.start_node(&who(1), NOW).await.expect("starts again");
    assert_eq!(recovered, Recovered { calls: 1, free: 0 });
    assert_eq!(
        store.available(ORG).await.expect("answers"),
        Micros(50_000_000 - 2_900_000 - 3_000_000)
    );
    sound(&store).await;
}
