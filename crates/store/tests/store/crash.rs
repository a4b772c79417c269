//! A node that dies, and the one that starts after it.

use core::time::Duration;

use crate::common::{
    CARD, NOW, ORG, Place, admitted, call, card, house, on_both, pinned, sound, start, who,
};
use linka_metering::{Posting, PostingResult};
use linka_model::{EndReason, Micros};
use linka_store::{Admission, Closing, Heartbeat, Recovered, StoreError, Tending};

on_both!(
    calls_that_a_dead_node_left_open_cost_what_their_last_heartbeat_proves,
    a_lease_that_was_posted_proves_its_end_even_without_a_later_heartbeat,
    a_clock_that_jumps_before_the_restart_changes_no_amount,
    a_call_that_a_dead_node_left_open_keeps_the_price_that_it_was_admitted_under,
    a_second_node_cannot_start_beside_a_running_one,
    a_node_whose_term_is_over_writes_nothing,
    a_clock_that_jumps_back_does_not_turn_back_the_books,
    a_damaged_call_keeps_no_node_from_starting_and_no_other_call_from_being_settled,
    a_call_whose_price_is_lost_is_settled_for_nothing,
);

async fn calls_that_a_dead_node_left_open_cost_what_their_last_heartbeat_proves(place: Place) {
    let store = house(&place, 50_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (proven, _) = admitted(&node, 1, price).await;
    let (unproven, _) = admitted(&node, 2, price).await;
    for elapsed_ms in [9_000, 41_300, 18_000] {
        node.prove(vec![Heartbeat { call: proven, elapsed_ms }]).await.expect("written");
    }
    drop((node, store));

    let store = place.open().await;
    let (node, recovered) = store.start_node(&who(1), NOW).await.expect("starts again");
    assert_eq!(recovered, Recovered { calls: 2, free: 1 });
    // 41.3 s are 42 s: 0.42, and the call without a proof is free.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(49_580_000));
    let mut rows: Vec<_> = store.call_listing(10).await.expect("listed");
    rows.sort_by_key(|row| row.billable_s);
    let seen: Vec<_> =
        rows.iter().map(|r| (r.billable_s, r.amount_micro, r.end_reason.as_str())).collect();
    assert_eq!(seen, [(0, 0, "crash"), (42, 420_000, "crash")]);
    sound(&store).await;
    // Nothing is left to settle, and settled calls cannot be settled otherwise.
    let reason = EndReason::Completed;
    let closing = Closing { call: unproven, postings: vec![], billable_s: 5, reason };
    assert!(matches!(node.close(closing, NOW).await, Err(StoreError::Conflict(_))));
    drop(node);
    let (_node, recovered) = store.start_node(&who(1), NOW).await.expect("starts once more");
    assert_eq!(recovered, Recovered::default());
}

async fn a_lease_that_was_posted_proves_its_end_even_without_a_later_heartbeat(place: Place) {
    let store = house(&place, 50_000_000).await;
    let node = start(&store).await;
    let (id, mut meter) = admitted(&node, 1, pinned(&store).await).await;
    meter.answered(Duration::ZERO);
    node.prove(vec![Heartbeat { call: id, elapsed_ms: 148_000 }]).await.expect("written");
    for second in [16, 76, 136, 150] {
        let now = Duration::from_secs(second);
        for posting in meter.tick(now) {
            let results = node.post(vec![posting], NOW).await;
            assert_eq!(results, [PostingResult::Done]);
            meter.settle(posting.id(), PostingResult::Done, now);
        }
    }
    drop((node, store));
    let store = place.open().await;
    store.start_node(&who(1), NOW).await.expect("starts again");
    // The first lease reached to 150 s and was posted: 1.50.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(48_500_000));
    assert_eq!(store.call_listing(1).await.expect("listed")[0].billable_s, 150);
    sound(&store).await;
}

/// A node with one call that is proven for 41.3 s dies.
async fn dies_in_a_call(place: &Place) {
    let store = house(place, 50_000_000).await;
    let node = start(&store).await;
    let (id, _) = admitted(&node, 1, pinned(&store).await).await;
    node.prove(vec![Heartbeat { call: id, elapsed_ms: 41_300 }]).await.expect("written");
}

async fn a_clock_that_jumps_before_the_restart_changes_no_amount(place: Place) {
    dies_in_a_call(&place).await;
    let store = place.open().await;
    let three_days_on = NOW + 3 * 86_400_000;
    store.start_node(&who(1), three_days_on).await.expect("starts again");
    // 42 s at 10,000, whatever the calendar says.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(49_580_000));
    assert_eq!(store.call_listing(1).await.expect("listed")[0].billable_s, 42);
}

async fn a_call_that_a_dead_node_left_open_keeps_the_price_that_it_was_admitted_under(
    place: Place,
) {
    dies_in_a_call(&place).await;
    let store = place.open().await;
    let dearer = CARD.replace("0.60", "1.20").replace("2026-01-01", "2026-11-24T05:00:00Z");
    store.load_card(&card(&dearer)).await.expect("loaded");
    store.start_node(&who(1), NOW).await.expect("starts again");
    // 42 s at 10,000 and not at 20,000.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(49_580_000));
    sound(&store).await;
}

async fn a_second_node_cannot_start_beside_a_running_one(place: Place) {
    let store = house(&place, 1).await;
    let node = start(&store).await;
    let other = place.open().await;
    assert!(matches!(other.start_node(&who(1), NOW).await, Err(StoreError::Serving(_))));
    // The command line works beside it.
    other.grant(crate::common::entry(1), ORG, Micros(5), "more", NOW).await.expect("granted");
    drop(node);
    assert!(other.start_node(&who(1), NOW).await.is_ok());
}

async fn a_node_whose_term_is_over_writes_nothing(place: Place) {
    let store = house(&place, 50_000_000).await;
    let (stale, _) = store.start_node(&who(1), NOW).await.expect("starts");
    let price = pinned(&store).await;
    let (id, meter) = admitted(&stale, 1, price).await;
    // The lock is only a courtesy within one machine: take it away to see the term itself hold.
    std::fs::remove_file(place.path().join("serving.lock")).expect("removed");
    let (_node, recovered) = store.start_node(&who(1), NOW).await.expect("takes over");
    assert_eq!(recovered, Recovered { calls: 1, free: 1 });
    let before = store.available(ORG).await.expect("answers");
    let (new, _, hold) = call(2, price);
    assert_eq!(stale.admit(new, hold, NOW).await, Admission::Refused);
    assert_eq!(stale.post(vec![hold], NOW).await, [PostingResult::Refused]);
    let proof = stale.prove(vec![Heartbeat { call: id, elapsed_ms: 9 }]).await;
    assert!(matches!(proof, Err(StoreError::TermOver)));
    let mut tending = Tending::new(stale.clone(), store.clone(), Duration::ZERO);
    assert!(matches!(tending.turn(Duration::ZERO, NOW).await, Err(StoreError::TermOver)));
    let postings: Vec<Posting> = meter.close(Duration::ZERO, false).postings;
    let closing = Closing { call: id, postings, billable_s: 0, reason: EndReason::Completed };
    assert!(matches!(stale.close(closing, NOW).await, Err(StoreError::TermOver)));
    assert_eq!(store.available(ORG).await.expect("answers"), before);
    sound(&store).await;
}

async fn a_clock_that_jumps_back_does_not_turn_back_the_books(place: Place) {
    let store = house(&place, 50_000_000).await;
    // The grant of `house` stands at NOW; the wall clock then falls back by three days.
    let fallen = NOW - 3 * 86_400_000;
    let (node, _) = store.start_node(&who(1), fallen).await.expect("starts");
    let (new, meter, hold) = call(1, pinned(&store).await);
    let id = new.id;
    assert_eq!(node.admit(new, hold, fallen).await, Admission::Admitted);
    let postings = meter.close(Duration::ZERO, false).postings;
    let closing = Closing { call: id, postings, billable_s: 0, reason: EndReason::Completed };
    node.close(closing, fallen).await.expect("settled");
    assert_eq!(store.call_listing(1).await.expect("listed")[0].hour, "2026-11-24T05:00Z");
}

/// A node that died with two calls under way, each proven to 10 s.
async fn two_orphans(place: &Place) {
    let store = house(place, 50_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    for n in [1, 2] {
        let (call, _) = admitted(&node, n, price).await;
        node.prove(vec![Heartbeat { call, elapsed_ms: 10_000 }]).await.expect("written");
    }
}

async fn a_damaged_call_keeps_no_node_from_starting_and_no_other_call_from_being_settled(
    place: Place,
) {
    two_orphans(&place).await;
    let mut raw = place.raw().await;
    // Of the first call a hold bears a name that is none.
    let damage = "INSERT INTO entry (id, kind, debit, credit, amount, until_s, code, call, at_ms)
        SELECT 'nonsense', kind, debit, credit, 0, 0, code, call, at_ms FROM entry
        WHERE call = '00000000-0000-0000-0000-0000000003e9'";
    assert_eq!(raw.execute(damage).await.expect("damaged"), 1);
    let store = place.open().await;
    let (node, recovered) = store.start_node(&who(1), NOW).await.expect("starts all the same");
    assert_eq!(recovered, Recovered { calls: 1, free: 0 });
    let open = "SELECT id FROM call WHERE end_reason IS NULL";
    let (left,): (String,) = raw.one(open).await;
    assert_eq!(left, "00000000-0000-0000-0000-0000000003e9");
    admitted(&node, 3, pinned(&store).await).await;
}

async fn a_call_whose_price_is_lost_is_settled_for_nothing(place: Place) {
    two_orphans(&place).await;
    let mut raw = place.raw().await;
    let lose: &[&str] = if place.is_shared() {
        &["SET session_replication_role = replica", "DELETE FROM rate"]
    } else {
        &["PRAGMA foreign_keys = OFF", "DROP TRIGGER rate_no_delete", "DELETE FROM rate"]
    };
    for sql in lose {
        raw.execute(sql).await.expect("lost");
    }
    let store = place.open().await;
    let (_, recovered) = store.start_node(&who(1), NOW).await.expect("starts");
    assert_eq!(recovered, Recovered { calls: 2, free: 2 });
    // Nothing is held any more.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(50_000_000));
}
