//! Calls in the books: admission, postings, settlement.

use core::time::Duration;

use crate::common::{
    LINE, NOW, ORG, Place, admit_patiently, admitted, call, entry, house, on_both, pinned, sound,
    start,
};
use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::{EndReason, Micros};
use linka_store::{Admission, Closing, Heartbeat, StoreError};
use serde_json::json;

on_both!(
    a_call_is_admitted_billed_and_listed_to_the_hour,
    without_credit_for_the_first_hold_nothing_is_left_behind,
    a_line_that_is_off_or_full_admits_nobody,
    two_hundred_calls_at_once_spend_a_small_balance_to_the_last_unit_and_not_below,
    the_same_request_again_gets_the_same_answer_and_other_content_is_refused,
    postings_of_a_batch_are_answered_each_by_itself,
    what_a_call_still_holds_at_its_end_is_given_back_and_nothing_is_held_afterwards,
    credit_that_a_call_has_reserved_cannot_be_withdrawn,
    a_running_call_keeps_its_price_when_the_card_changes,
    closing_a_call_that_was_never_admitted_changes_nothing,
    heartbeats_are_gone_when_the_call_is_settled,
);

async fn a_call_is_admitted_billed_and_listed_to_the_hour(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (id, mut meter) = admitted(&node, 1, price).await;
    // 1.50 of 5.00 is reserved.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(3_500_000));
    meter.answered(Duration::ZERO);
    let bill = meter.close(Duration::from_millis(61_200), true);
    let reason = EndReason::CallerHungUp;
    let closing =
        Closing { call: id, postings: bill.postings, billable_s: bill.billable_s, reason };
    // 62 s at 10,000.
    assert_eq!(node.close(closing.clone(), NOW).await.expect("settled"), Micros(620_000));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(4_380_000));
    // The same again changes nothing; another outcome is refused.
    assert_eq!(node.close(closing.clone(), NOW).await.expect("the same"), Micros(620_000));
    let other = Closing { billable_s: 63, ..closing };
    assert!(matches!(node.close(other, NOW).await, Err(StoreError::Conflict(_))));
    let rows = serde_json::to_value(store.call_listing(10).await.expect("listed")).expect("json");
    let expected = json!([{
        "id": id.0.to_string(), "line": "Linka", "origin": "mobile", "billable_s": 62,
        "amount_micro": 620_000,
        "currency": "CZK", "rate_card": "test", "end_reason": "caller_hung_up",
        "hour": "2026-11-24T05:00Z",
    }]);
    assert_eq!(rows, expected);
    sound(&store).await;
}

async fn without_credit_for_the_first_hold_nothing_is_left_behind(place: Place) {
    let store = house(&place, 1_499_999).await;
    let node = start(&store).await;
    let (new, _, hold) = call(1, pinned(&store).await);
    assert_eq!(node.admit(new.clone(), hold, NOW).await, Admission::NoCredit);
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(1_499_999));
    let (calls,): (i64,) = place.raw().await.one("SELECT count(*) FROM call").await;
    assert_eq!(calls, 0);
    // One micro-unit more and the same call is admitted: its refusal left no trace.
    store.grant(entry(91), ORG, Micros(1), "the last unit", NOW).await.expect("granted");
    assert_eq!(node.admit(new, hold, NOW).await, Admission::Admitted);
    assert_eq!(store.available(ORG).await.expect("answers"), Micros::ZERO);
}

async fn a_line_that_is_off_or_full_admits_nobody(place: Place) {
    let store = house(&place, 50_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    store.set_channels(LINE, 1).await.expect("set");
    admitted(&node, 1, price).await;
    let (new, _, hold) = call(2, price);
    assert_eq!(node.admit(new.clone(), hold, NOW).await, Admission::LineFull);
    store.switch(LINE, false).await.expect("answers").expect("switched");
    assert_eq!(node.admit(new, hold, NOW).await, Admission::Closed);
    // Only the first call holds credit.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(48_500_000));
}

async fn two_hundred_calls_at_once_spend_a_small_balance_to_the_last_unit_and_not_below(
    place: Place,
) {
    // Exactly 7 first holds of 1.50.
    let store = house(&place, 10_500_000).await;
    store.set_channels(LINE, 1000).await.expect("set");
    let node = start(&store).await;
    let price = pinned(&store).await;
    let mut attempts = tokio::task::JoinSet::new();
    for n in 0..200 {
        let node = node.clone();
        let (new, _, hold) = call(n, price);
        attempts.spawn(async move { admit_patiently(&node, new, hold).await });
    }
    let answers = attempts.join_all().await;
    let count = |wanted| answers.iter().filter(|&&answer| answer == wanted).count();
    assert_eq!((count(Admission::Admitted), count(Admission::NoCredit)), (7, 193));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros::ZERO);
    sound(&store).await;
}

async fn the_same_request_again_gets_the_same_answer_and_other_content_is_refused(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    let (new, _, hold) = call(1, price);
    for _ in 0..3 {
        assert_eq!(node.admit(new.clone(), hold, NOW).await, Admission::Admitted);
    }
    let post = |amount| {
        let id = EntryId::post(hold.id());
        Posting::Post { id, pending: hold.id(), amount: Micros(amount) }
    };
    let ask = async |posting| node.post(vec![posting], NOW).await;
    assert_eq!(ask(post(1_500_001)).await, [PostingResult::Refused]);
    assert_eq!(ask(post(700_000)).await, [PostingResult::Done]);
    assert_eq!(ask(post(700_000)).await, [PostingResult::Done]);
    assert_eq!(ask(post(700_001)).await, [PostingResult::Refused]);
    let void = Posting::Void { id: EntryId::void(hold.id()), pending: hold.id() };
    assert_eq!(ask(void).await, [PostingResult::Refused]);
    let Posting::Hold { id, call, org, amount, until_s, grace } = hold else { panic!("a hold") };
    let further = Posting::Hold { id, call, org, amount, until_s: until_s + 1, grace };
    assert_eq!(ask(further).await, [PostingResult::Refused]);
    // 5.00 − 0.70; the 0.80 left of the hold came back.
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(4_300_000));
    sound(&store).await;
}

async fn postings_of_a_batch_are_answered_each_by_itself(place: Place) {
    let store = house(&place, 2_200_000).await;
    let node = start(&store).await;
    let (id, _) = admitted(&node, 1, pinned(&store).await).await;
    let hold = |sequence, amount| Posting::Hold {
        id: EntryId::hold(id, sequence),
        call: id,
        org: ORG,
        amount: Micros(amount),
        until_s: 210,
        grace: false,
    };
    let unknown = EntryId::hold(id, 99);
    let asked = vec![
        hold(1, 600_000),
        hold(2, 600_000),
        hold(3, 100_000),
        Posting::Void { id: EntryId::void(unknown), pending: unknown },
        Posting::Post { id: EntryId::post(unknown), pending: unknown, amount: Micros(1) },
    ];
    let answers = node.post(asked, NOW).await;
    use PostingResult::{Done, NoCredit, Refused};
    // 0.70 is left beside the first hold: 0.60, not another 0.60, and 0.10.
    assert_eq!(answers, [Done, NoCredit, Done, Done, Refused]);
    assert_eq!(store.available(ORG).await.expect("answers"), Micros::ZERO);
}

async fn what_a_call_still_holds_at_its_end_is_given_back_and_nothing_is_held_afterwards(
    place: Place,
) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let (id, meter) = admitted(&node, 1, pinned(&store).await).await;
    let late = Posting::Hold {
        id: EntryId::hold(id, 1),
        call: id,
        org: ORG,
        amount: Micros(600_000),
        until_s: 210,
        grace: false,
    };
    assert_eq!(node.post(vec![late], NOW).await, [PostingResult::Done]);
    // The meter never heard of the second hold.
    let postings = meter.close(Duration::ZERO, false).postings;
    let closing = Closing { call: id, postings, billable_s: 0, reason: EndReason::NeverConfirmed };
    assert_eq!(node.close(closing, NOW).await.expect("settled"), Micros::ZERO);
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(5_000_000));
    let later = Posting::Hold {
        id: EntryId::hold(id, 2),
        call: id,
        org: ORG,
        amount: Micros(600_000),
        until_s: 270,
        grace: false,
    };
    assert_eq!(node.post(vec![later], NOW).await, [PostingResult::Refused]);
    sound(&store).await;
}

async fn credit_that_a_call_has_reserved_cannot_be_withdrawn(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    admitted(&node, 1, pinned(&store).await).await;
    let all = store.withdraw(entry(1), ORG, None, "the end", NOW).await;
    assert_eq!(all.expect("taken"), Micros(3_500_000));
    sound(&store).await;
}

async fn a_running_call_keeps_its_price_when_the_card_changes(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let (id, mut meter) = admitted(&node, 1, pinned(&store).await).await;
    let dearer =
        crate::common::CARD.replace("0.60", "6.00").replace("2026-01-01", "2026-11-24T05:00:00Z");
    store.load_card(&crate::common::card(&dearer)).await.expect("loaded");
    assert_eq!(pinned(&store).await.rate.per_minute(), Micros(6_000_000));
    meter.answered(Duration::ZERO);
    let bill = meter.close(Duration::from_secs(60), true);
    let reason = EndReason::Completed;
    let closing = Closing { call: id, postings: bill.postings, billable_s: 60, reason };
    assert_eq!(node.close(closing, NOW).await.expect("settled"), Micros(600_000));
}

async fn closing_a_call_that_was_never_admitted_changes_nothing(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let (new, meter, _) = call(1, pinned(&store).await);
    let postings = meter.close(Duration::ZERO, false).postings;
    let reason = EndReason::NeverConfirmed;
    let closing = Closing { call: new.id, postings, billable_s: 0, reason };
    assert_eq!(node.close(closing, NOW).await.expect("settled"), Micros::ZERO);
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(5_000_000));
}

async fn heartbeats_are_gone_when_the_call_is_settled(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    let (id, meter) = admitted(&node, 1, pinned(&store).await).await;
    node.prove(vec![Heartbeat { call: id, elapsed_ms: 12_345 }]).await.expect("written");
    let mut raw = place.raw().await;
    let proof = "SELECT elapsed_ms FROM call";
    let (elapsed,): (Option<i64>,) = raw.one(proof).await;
    assert_eq!(elapsed, Some(12_345));
    let postings = meter.close(Duration::ZERO, false).postings;
    let closing = Closing { call: id, postings, billable_s: 0, reason: EndReason::Fault };
    node.close(closing, NOW).await.expect("settled");
    let (elapsed,): (Option<i64>,) = raw.one(proof).await;
    assert_eq!(elapsed, None);
}
