//! Orders and numbers: the queue, the pool, who wins a race, and what the tables refuse.

use crate::common::{
    LINE, NOW, ORG, Place, admitted, did, entry, house, on_both, order, pinned, start,
};
use linka_model::{Did, LineKind, LineState, Micros};
use linka_store::{
    NewNumber, Notice, NumberListing, QUARANTINE_DAYS_MIN, Release, Store, StoreError,
};

on_both!(
    an_order_waits_in_the_queue_until_it_has_a_number_or_is_refused,
    the_oldest_order_stands_first,
    a_number_comes_into_the_pool_once,
    an_order_gets_the_first_free_number_of_its_country_and_kind,
    of_two_who_assign_the_same_number_at_once_one_wins,
    of_two_who_assign_to_the_same_order_at_once_one_wins,
    a_line_loses_its_number_when_the_organisation_wishes_or_its_fees_were_not_paid,
    a_line_in_a_call_keeps_its_number,
    a_released_number_rests_for_ninety_days_and_is_then_free,
    a_retired_number_is_given_to_nobody,
    a_number_that_is_retired_while_it_rests_goes_on_resting_when_it_comes_again,
    a_line_opens_although_running_calls_hold_all_credit,
    a_rejected_line_can_be_ordered_again_under_its_name,
    prices_and_pools_say_what_can_be_ordered,
    each_step_of_a_line_is_told_once,
    the_tables_refuse_numbers_that_are_not_assigned,
);

const OTHER: &str = "+420200000007";
/// 2026-11-24T05:35:35Z and 90 days of 86,400,000 ms: 1,795,498,535,000 + 7,776,000,000.
const RESTED: i64 = 1_803_274_535_000;

fn number(text: &str) -> Did {
    text.parse().expect("a number")
}

fn landline(text: &str) -> NewNumber {
    let country = "CZ".to_owned().try_into().expect("a country");
    NewNumber { did: number(text), country, kind: LineKind::Landline }
}

fn release(wished: bool) -> Release {
    Release { did: did(), wished, quarantine_days: QUARANTINE_DAYS_MIN }
}

/// An organisation without credit, with one order.
async fn ordered(place: &Place) -> Store {
    let store = place.open().await;
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    store.order_line(&order(2, "Linka")).await.expect("ordered");
    store
}

async fn queue(store: &Store) -> Vec<(String, String)> {
    let orders = store.orders().await.expect("listed");
    orders.into_iter().map(|order| (order.name, order.state)).collect()
}

async fn listed(store: &Store, text: &str) -> NumberListing {
    let numbers = store.numbers().await.expect("listed");
    numbers.into_iter().find(|row| row.number == text).expect("in the pool")
}

fn refusal<T>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(_) => panic!("was not refused"),
        Err(error) => error.to_string(),
    }
}

async fn an_order_waits_in_the_queue_until_it_has_a_number_or_is_refused(place: Place) {
    let store = ordered(&place).await;
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let rows = store.orders().await.expect("listed");
    let row = rows.iter().find(|row| row.name == "Linka").expect("waits");
    assert_eq!((row.organisation.as_str(), row.ordered_by.as_str()), ("Obec", "Obec"));
    assert_eq!((row.day.as_str(), row.country.as_str()), ("2026-11-24", "CZ"));
    store.register_number(LINE, &did(), NOW).await.expect("registered");
    let second = order(3, "").id;
    for reason in ["", &"x".repeat(161)] {
        let why = refusal(store.reject_order(second, reason, NOW).await);
        assert!(why.contains("1 to 160 characters"), "{why}");
    }
    store.reject_order(second, "no contract", NOW).await.expect("rejected");
    let rows = store.orders().await.expect("listed");
    let told: Vec<_> =
        rows.iter().map(|row| (row.state.as_str(), row.rejection.as_deref())).collect();
    assert_eq!(told, [("rejected", Some("no contract"))]);
    let late = refusal(store.register_number(second, &number(OTHER), NOW).await);
    assert_eq!(late, "the line `Druhá` is in the state rejected");
    let late = refusal(store.reject_order(LINE, "too late", NOW).await);
    assert_eq!(late, "the line `Linka` has its number already: +420800123456");
}

async fn the_oldest_order_stands_first(place: Place) {
    let store = ordered(&place).await;
    // A day of 86,400,000 ms later; time of the books never runs backwards.
    let later = linka_store::NewLine { at_ms: NOW + 86_400_000, ..order(3, "A") };
    store.order_line(&later).await.expect("ordered");
    store.order_line(&order(4, "B")).await.expect("ordered");
    store.reject_order(LINE, "no", NOW).await.expect("rejected");
    let waiting = |name: &str| (name.to_owned(), "processing_order".to_owned());
    let refused = ("Linka".to_owned(), "rejected".to_owned());
    assert_eq!(queue(&store).await, [waiting("A"), waiting("B"), refused]);
}

async fn a_number_comes_into_the_pool_once(place: Place) {
    let store = ordered(&place).await;
    assert!(store.add_number(&landline(OTHER)).await.expect("added"));
    assert!(!store.add_number(&landline(OTHER)).await.expect("stands"));
    let other = NewNumber { kind: LineKind::TollFree, ..landline(OTHER) };
    let why = refusal(store.add_number(&other).await);
    assert_eq!(
        why,
        "+420200000007 is in the pool as a landline number of CZ, not as a toll_free number of CZ"
    );
}

async fn an_order_gets_the_first_free_number_of_its_country_and_kind(place: Place) {
    let store = ordered(&place).await;
    let toll_free = NewNumber { kind: LineKind::TollFree, ..landline("+420200000001") };
    store.add_number(&toll_free).await.expect("added");
    let none = refusal(store.assign_from_pool(LINE, NOW).await);
    assert_eq!(none, "a free landline number of CZ does not exist");
    store.add_number(&landline("+420200000009")).await.expect("added");
    store.add_number(&landline(OTHER)).await.expect("added");
    let assigned = store.assign_from_pool(LINE, NOW).await.expect("assigned");
    assert_eq!(assigned, (number(OTHER), LineState::TopUpCredit));
    let row = listed(&store, OTHER).await;
    assert_eq!((row.state.as_str(), row.line.as_deref()), ("assigned", Some("Linka")));
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let (second, _) = store.assign_from_pool(order(3, "").id, NOW).await.expect("assigned");
    assert_eq!(second, number("+420200000009"));
}

async fn of_two_who_assign_the_same_number_at_once_one_wins(place: Place) {
    let store = ordered(&place).await;
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let other = place.open().await;
    let (first, second) = (LINE, order(3, "").id);
    let number = did();
    let answers = tokio::join!(
        store.register_number(first, &number, NOW),
        other.register_number(second, &number, NOW)
    );
    let (won, lost) = match answers {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("{both:?}"),
    };
    assert_eq!(won, LineState::TopUpCredit);
    assert_eq!(lost.to_string(), "a line with the number +420800123456 exists already");
    assert_eq!(queue(&store).await.len(), 1);
}

async fn of_two_who_assign_to_the_same_order_at_once_one_wins(place: Place) {
    let store = ordered(&place).await;
    let other = place.open().await;
    store.add_number(&landline(OTHER)).await.expect("added");
    let number = did();
    let answers = tokio::join!(
        async { store.assign_from_pool(LINE, NOW).await.map(|(did, _)| did) },
        async { other.register_number(LINE, &number, NOW).await.map(|_| number.clone()) }
    );
    let (won, lost) = match answers {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("{both:?}"),
    };
    let why = lost.to_string();
    assert_eq!(why, format!("the line `Linka` has its number already: {won}"));
    let row = store.line(LINE).await.expect("answers").expect("stands");
    assert_eq!(row.did, Some(won));
}

async fn a_line_loses_its_number_when_the_organisation_wishes_or_its_fees_were_not_paid(
    place: Place,
) {
    let store = house(&place, 5_000_000).await;
    let why = refusal(store.release_number(&release(false), NOW).await);
    assert!(why.contains("state ready") && why.contains("release_pending"), "{why}");
    let mut raw = place.raw().await;
    raw.execute("UPDATE line SET state = 'release_pending', is_on = 0").await.expect("owed");
    // It became active at NOW; 14 days of 86,400,000 ms later it can go.
    let long = NOW + 14 * 86_400_000;
    let why = refusal(store.release_number(&release(false), long - 1).await);
    assert!(why.contains("can be paid for until 2026-12-08"), "{why}");
    store.release_number(&release(false), long).await.expect("released");
    let row = store.line(LINE).await.expect("answers").expect("stands");
    assert_eq!((row.state, row.did, row.on), (LineState::Released, None, false));
    assert_eq!(store.find_by_did(&did()).await.expect("answers"), None);
    assert!(matches!(
        store.release_number(&release(true), NOW).await,
        Err(StoreError::NotFound(_))
    ));
    let second = order(3, "").id;
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let resting = refusal(store.register_number(second, &did(), NOW).await);
    assert_eq!(resting, "+420800123456 is quarantined");
    store.register_number(second, &number(OTHER), NOW).await.expect("registered");
    let wish = Release { did: number(OTHER), ..release(true) };
    store.release_number(&wish, NOW).await.expect("released");
}

async fn a_line_in_a_call_keeps_its_number(place: Place) {
    let store = house(&place, 5_000_000).await;
    let node = start(&store).await;
    admitted(&node, 1, pinned(&store).await).await;
    let why = refusal(store.release_number(&release(true), NOW).await);
    assert!(why.contains("calls are running on the line `Linka` (1)"), "{why}");
    assert!(store.find_by_did(&did()).await.expect("answers").is_some());
}

async fn a_released_number_rests_for_ninety_days_and_is_then_free(place: Place) {
    let store = house(&place, 5_000_000).await;
    for days in [89, 3_651] {
        let short = Release { quarantine_days: days, ..release(true) };
        let why = refusal(store.release_number(&short, NOW).await);
        assert!(why.contains("90 to 3650 days"), "{why}");
    }
    let until = store.release_number(&release(true), NOW).await.expect("released");
    assert_eq!(until, RESTED);
    let row = listed(&store, did().as_str()).await;
    assert_eq!((row.state.as_str(), row.quarantine_until_ms), ("quarantined", Some(RESTED)));
    assert_eq!(store.end_quarantines(RESTED - 1, 10).await.expect("answers"), []);
    assert_eq!(store.end_quarantines(RESTED, 0).await.expect("answers"), []);
    assert_eq!(store.end_quarantines(RESTED, 10).await.expect("answers"), [did()]);
    let row = listed(&store, did().as_str()).await;
    assert_eq!((row.state.as_str(), row.quarantine_until_ms), ("free", None));
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let (again, state) = store.assign_from_pool(order(3, "").id, NOW).await.expect("assigned");
    assert_eq!((again, state), (did(), LineState::Ready));
}

async fn a_retired_number_is_given_to_nobody(place: Place) {
    let store = ordered(&place).await;
    store.add_number(&landline(OTHER)).await.expect("added");
    store.retire_number(&number(OTHER)).await.expect("retired");
    store.retire_number(&number(OTHER)).await.expect("still");
    assert!(store.assign_from_pool(LINE, NOW).await.is_err());
    let why = refusal(store.register_number(LINE, &number(OTHER), NOW).await);
    assert_eq!(why, "+420200000007 is retired");
    let unknown = refusal(store.retire_number(&did()).await);
    assert_eq!(unknown, "the number +420800123456 does not exist");
    assert!(store.add_number(&landline(OTHER)).await.expect("free again"));
    store.register_number(LINE, &number(OTHER), NOW).await.expect("registered");
    let borne = refusal(store.retire_number(&number(OTHER)).await);
    assert!(borne.contains("release it first"), "{borne}");
}

async fn a_number_that_is_retired_while_it_rests_goes_on_resting_when_it_comes_again(place: Place) {
    let store = house(&place, 5_000_000).await;
    store.release_number(&release(true), NOW).await.expect("released");
    store.retire_number(&did()).await.expect("retired");
    let retired = listed(&store, did().as_str()).await;
    assert_eq!((retired.state.as_str(), retired.quarantine_until_ms), ("retired", None));
    assert!(store.add_number(&landline(did().as_str())).await.expect("comes again"));
    let row = listed(&store, did().as_str()).await;
    assert_eq!((row.state.as_str(), row.quarantine_until_ms), ("quarantined", Some(RESTED)));
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    assert!(store.assign_from_pool(order(3, "").id, NOW).await.is_err());
    // The tables know no other way round either, and a clock set ahead by hand is none.
    let mut raw = place.raw().await;
    for sql in [
        "UPDATE did SET state = 'free', released_ms = NULL, quarantine_until_ms = NULL",
        "UPDATE did SET state = 'retired', released_ms = NULL, quarantine_until_ms = NULL",
        "UPDATE did SET released_ms = 0, quarantine_until_ms = 7776000000",
    ] {
        let why = raw.execute(sql).await.expect_err(sql).to_string();
        assert!(why.contains("rests until its time has come"), "{sql}: {why}");
    }
    store.retire_number(&did()).await.expect("retired");
    let cut = "UPDATE did SET left_ms = NULL, rests_until_ms = NULL";
    assert!(raw.execute(cut).await.is_err());
    store.add_number(&landline(did().as_str())).await.expect("comes again");
    assert_eq!(store.end_quarantines(RESTED, 10).await.expect("answers"), [did()]);
    store.assign_from_pool(order(3, "").id, NOW).await.expect("assigned");
}

async fn a_line_opens_although_running_calls_hold_all_credit(place: Place) {
    // The first hold of a call takes all.
    let store = house(&place, 1_500_000).await;
    let node = start(&store).await;
    admitted(&node, 1, pinned(&store).await).await;
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(0));
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let state = store.register_number(order(3, "").id, &number(OTHER), NOW).await;
    assert_eq!(state.expect("registered"), LineState::Ready);
}

async fn a_rejected_line_can_be_ordered_again_under_its_name(place: Place) {
    let store = ordered(&place).await;
    let twin = refusal(store.order_line(&order(3, "Linka")).await);
    assert_eq!(twin, "the line `Linka` exists already");
    for n in 3..=4 {
        store.reject_order(order(n - 1, "").id, "no contract", NOW).await.expect("rejected");
        store.order_line(&order(n, "Linka")).await.expect("ordered again");
    }
    let row = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    let expected = [
        row("Linka", "processing_order"),
        row("Linka (1)", "rejected"),
        row("Linka (2)", "rejected"),
    ];
    assert_eq!(queue(&store).await, expected);
}

async fn prices_and_pools_say_what_can_be_ordered(place: Place) {
    let store = house(&place, 1).await;
    let czk = "CZK".parse().expect("CZK");
    let prices = store.prices(czk, NOW).await.expect("answers");
    let told: Vec<_> = prices.iter().map(|price| (price.country.as_str(), price.mobile)).collect();
    assert_eq!(told, [("CZ", Micros(600_000))]);
    let later = crate::common::CARD.replace("0.60", "0.90").replace("2026-01-01", "2026-11-24");
    store.load_card(&crate::common::card(&later)).await.expect("loaded");
    let prices = store.prices(czk, NOW).await.expect("answers");
    let told: Vec<_> = prices.iter().map(|price| price.fixed).collect();
    assert_eq!(told, [Micros(900_000)]);
    // 2025-12-31T23:59:59.999Z.
    assert_eq!(store.prices(czk, 1_767_225_599_999).await.expect("answers"), []);
    assert_eq!(store.prices("EUR".parse().expect("EUR"), NOW).await.expect("answers"), []);
    assert_eq!(store.pools().await.expect("answers"), []);
    store.add_number(&landline(OTHER)).await.expect("added");
    let pools = store.pools().await.expect("answers");
    let told: Vec<_> = pools.iter().map(|pool| (pool.country.as_str(), pool.free)).collect();
    assert_eq!(told, [("CZ", 1)]);
}

async fn each_step_of_a_line_is_told_once(place: Place) {
    let store = house(&place, 1).await;
    assert!(store.register_number(LINE, &number(OTHER), NOW).await.is_err());
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let second = order(3, "").id;
    store.reject_order(second, "no contract", NOW).await.expect("rejected");
    store.release_number(&release(true), NOW).await.expect("released");
    let sql = "SELECT notice FROM outbox";
    let rows: Vec<(String,)> = place.raw().await.all(sql).await;
    let read = |(text,): &(String,)| serde_json::from_str::<Notice>(text).expect("a notice");
    let told: Vec<Notice> = rows.iter().map(read).collect();
    let expected = [
        Notice::OrderReceived { line: LINE },
        Notice::NumberRegistered { line: LINE },
        Notice::OrderReceived { line: second },
        Notice::OrderRejected { line: second, reason: "no contract".to_owned() },
        Notice::Released { line: LINE, number: did() },
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    assert!(expected.iter().all(|notice| told.contains(notice)), "{told:?}");
}

async fn the_tables_refuse_numbers_that_are_not_assigned(place: Place) {
    let store = house(&place, 1).await;
    store.add_number(&landline(OTHER)).await.expect("added");
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    store.grant(entry(1), ORG, Micros(1), "more", NOW).await.expect("granted");
    let mut raw = place.raw().await;
    for (sql, reason) in [
        ("UPDATE line SET number = '+420200000007' WHERE name = 'Druhá'", "assigned to it"),
        ("UPDATE did SET state = 'free', line = NULL WHERE line IS NOT NULL", "still bears"),
        ("UPDATE did SET kind = 'toll_free'", "keeps its country and kind"),
        ("DELETE FROM did", "never deleted"),
        ("UPDATE line SET state = 'rejected' WHERE name = 'Druhá'", "for a reason"),
        ("UPDATE did SET state = 'quarantined' WHERE line IS NULL", "check"),
        (
            "UPDATE did SET state = 'quarantined', released_ms = 0,
                 quarantine_until_ms = 7775999999 WHERE line IS NULL",
            "check",
        ),
        (
            "INSERT INTO did (number, country, kind, state, line)
             SELECT '+420200000008', country, kind, 'assigned', id FROM line WHERE name = 'Linka'",
            "unique",
        ),
    ] {
        let why = raw.execute(sql).await.expect_err(sql).to_string().to_lowercase();
        assert!(why.contains(reason), "{sql}: {why}");
    }
    let toll_free = NewNumber { kind: LineKind::TollFree, ..landline("+420800000001") };
    store.add_number(&toll_free).await.expect("added");
    let unlike = "UPDATE did SET state = 'assigned', line =
         (SELECT id FROM line WHERE name = 'Druhá') WHERE number = '+420800000001'";
    let why = raw.execute(unlike).await.expect_err(unlike).to_string();
    assert!(why.contains("of its country and kind"), "{why}");
}
