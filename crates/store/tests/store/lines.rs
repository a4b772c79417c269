//! A line from its order to the toggle, and the credit that opens it.

use crate::common::{HOUR, LINE, NOW, ORG, Place, card, did, entry, house, on_both, order, sound};
use linka_model::{LineKind, LineState, Micros, OrgId, OriginClass};
use linka_store::{NotSwitched, Store, StoreError};
use serde_json::json;
use uuid::Uuid;

on_both!(
    an_ordered_line_waits_for_its_number_then_for_credit_then_is_ready,
    a_line_of_an_organisation_with_credit_is_ready_with_its_number,
    a_line_is_switched_on_only_when_it_is_ready_and_off_at_any_time,
    a_dialled_number_leads_to_its_line_with_all_that_a_call_needs,
    names_and_numbers_are_given_once,
    settings_and_channels_out_of_bounds_are_refused,
    credit_is_granted_and_withdrawn_in_double_entry,
    the_same_grant_again_changes_nothing_and_another_under_its_name_conflicts,
    the_price_is_that_of_the_version_in_force_at_the_instant,
    a_clock_that_falls_back_brings_no_older_price_back,
    a_version_of_a_card_never_changes,
    lines_are_listed_with_state_toggle_and_balance,
);

async fn founded(place: &Place) -> Store {
    let store = place.open().await;
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    store
}

async fn an_ordered_line_waits_for_its_number_then_for_credit_then_is_ready(place: Place) {
    let store = founded(&place).await;
    store.order_line(&order(2, "Linka")).await.expect("ordered");
    let state = async || store.line(LINE).await.expect("answers").expect("stands").state;
    assert_eq!(state().await, LineState::ProcessingOrder);
    assert_eq!(store.register_number(LINE, &did(), NOW).await.expect("ok"), LineState::TopUpCredit);
    assert_eq!(state().await, LineState::TopUpCredit);
    store.grant(entry(1), ORG, Micros(1), "start", NOW).await.expect("granted");
    assert_eq!(state().await, LineState::Ready);
}

async fn a_line_of_an_organisation_with_credit_is_ready_with_its_number(place: Place) {
    let store = house(&place, 5_000_000).await;
    store.order_line(&order(3, "Druhá")).await.expect("ordered");
    let number = "+420800999888".parse().expect("a number");
    let line = order(3, "").id;
    assert_eq!(store.register_number(line, &number, NOW).await.expect("ok"), LineState::Ready);
}

async fn a_line_is_switched_on_only_when_it_is_ready_and_off_at_any_time(place: Place) {
    let store = founded(&place).await;
    store.order_line(&order(2, "Linka")).await.expect("ordered");
    let refused = store.switch(LINE, true).await.expect("answers");
    assert_eq!(refused, Err(NotSwitched::NotReady(LineState::ProcessingOrder)));
    assert_eq!(store.switch(LINE, false).await.expect("answers"), Ok(()));
    store.register_number(LINE, &did(), NOW).await.expect("registered");
    let refused = store.switch(LINE, true).await.expect("answers");
    assert_eq!(refused, Err(NotSwitched::NotReady(LineState::TopUpCredit)));
    store.grant(entry(1), ORG, Micros(1), "start", NOW).await.expect("granted");
    assert_eq!(store.switch(LINE, true).await.expect("answers"), Ok(()));
    assert!(store.line(LINE).await.expect("answers").expect("stands").on);
    assert!(matches!(store.switch(order(9, "").id, true).await, Err(StoreError::NotFound(_))));
}

async fn a_dialled_number_leads_to_its_line_with_all_that_a_call_needs(place: Place) {
    let store = house(&place, 5_000_000).await;
    store.set_up(LINE, &json!({"languages": ["cs", "en"]})).await.expect("set up");
    store.set_channels(LINE, 3).await.expect("set");
    let row = store.find_by_did(&did()).await.expect("answers").expect("found");
    assert_eq!((row.id, row.org, row.org_name.as_str()), (LINE, ORG, "Obec"));
    assert_eq!((row.name.as_str(), row.did), ("Linka", Some(did())));
    assert_eq!((row.state, row.on, row.kind), (LineState::Ready, true, LineKind::Landline));
    assert_eq!((row.language.as_str(), row.country.as_str(), row.channels), ("cs", "CZ", 3));
    assert_eq!(row.setup, json!({"languages": ["cs", "en"]}));
    assert_eq!((row.available, row.currency.as_str()), (Micros(5_000_000), "CZK"));
    let other = "+420800999888".parse().expect("a number");
    assert_eq!(store.find_by_did(&other).await.expect("answers"), None);
}

async fn names_and_numbers_are_given_once(place: Place) {
    let store = house(&place, 1).await;
    let twin = store.create_org(OrgId(Uuid::from_u128(9)), "Obec", "EUR".parse().expect("EUR"));
    assert!(matches!(twin.await, Err(StoreError::Exists(_))));
    assert!(matches!(store.order_line(&order(4, "Linka")).await, Err(StoreError::Exists(_))));
    store.order_line(&order(5, "Druhá")).await.expect("ordered");
    let again = store.register_number(order(5, "").id, &did(), NOW).await;
    assert!(matches!(again, Err(StoreError::Exists(_))));
    let other = "+420111222333".parse().expect("a number");
    let registered = store.register_number(LINE, &other, NOW).await;
    assert!(matches!(registered, Err(StoreError::Conflict(_))));
}

async fn settings_and_channels_out_of_bounds_are_refused(place: Place) {
    let store = house(&place, 1).await;
    for channels in [0, 1001] {
        assert!(matches!(store.set_channels(LINE, channels).await, Err(StoreError::Conflict(_))));
    }
    // The text and its two quotation marks are 65,537 bytes.
    let long = json!("x".repeat(65_535));
    assert!(matches!(store.set_up(LINE, &long).await, Err(StoreError::Conflict(_))));
    assert!(store.set_up(LINE, &json!("x".repeat(65_534))).await.is_ok());
}

async fn credit_is_granted_and_withdrawn_in_double_entry(place: Place) {
    let store = founded(&place).await;
    let granted = store.grant(entry(1), ORG, Micros(5_000_000), "start", NOW).await;
    assert_eq!(granted.expect("granted"), Micros(5_000_000));
    let taken = store.withdraw(entry(2), ORG, Some(Micros(2_000_000)), "slip", NOW).await;
    assert_eq!(taken.expect("taken"), Micros(2_000_000));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(3_000_000));
    let too_much = store.withdraw(entry(3), ORG, Some(Micros(3_000_001)), "slip", NOW).await;
    assert!(matches!(too_much, Err(StoreError::NoCredit)));
    let all = store.withdraw(entry(4), ORG, None, "the end", NOW).await;
    assert_eq!(all.expect("taken"), Micros(3_000_000));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros::ZERO);
    sound(&store).await;
}

async fn the_same_grant_again_changes_nothing_and_another_under_its_name_conflicts(place: Place) {
    let store = founded(&place).await;
    for _ in 0..3 {
        let granted = store.grant(entry(1), ORG, Micros(5), "start", NOW).await;
        assert_eq!(granted.expect("granted"), Micros(5));
    }
    let other = store.grant(entry(1), ORG, Micros(6), "start", NOW).await;
    assert!(matches!(other, Err(StoreError::Conflict(_))));
    let nothing = store.grant(entry(2), ORG, Micros(0), "start", NOW).await;
    assert!(matches!(nothing, Err(StoreError::Conflict(_))));
    assert_eq!(store.available(ORG).await.expect("answers"), Micros(5));
}

async fn the_price_is_that_of_the_version_in_force_at_the_instant(place: Place) {
    let store = founded(&place).await;
    let text = crate::common::CARD;
    let first = store.load_card(&card(text)).await.expect("loaded");
    let later = text.replace("0.60", "0.90").replace("2026-01-01", "2026-11-24T05:00:00Z");
    let second = store.load_card(&card(&later)).await.expect("loaded");
    let country = "CZ".to_owned().try_into().expect("a country");
    let place = (&country, LineKind::Landline, "CZK".parse().expect("CZK"));
    let at = async |at_ms| store.pinned_rate(place, OriginClass::Fixed, at_ms).await.expect("ok");
    let price = async |at_ms| at(at_ms).await.map(|p| (p.version, p.rate.per_minute()));
    assert_eq!(price(HOUR - 1).await, Some((first, Micros(600_000))));
    assert_eq!(price(HOUR).await, Some((second, Micros(900_000))));
    // 2025-12-31T23:59:59.999Z.
    assert_eq!(price(1_767_225_599_999).await, None);
}

async fn a_clock_that_falls_back_brings_no_older_price_back(place: Place) {
    // The books are stamped with NOW.
    let store = house(&place, 5_000_000).await;
    let text = crate::common::CARD;
    let later = text.replace("0.60", "0.90").replace("2026-01-01", "2026-11-24T05:00:00Z");
    store.load_card(&card(&later)).await.expect("loaded");
    let country = "CZ".to_owned().try_into().expect("a country");
    let place = (&country, LineKind::Landline, "CZK".parse().expect("CZK"));
    let fallen = NOW - 3 * 86_400_000;
    let price = store.pinned_rate(place, OriginClass::Fixed, fallen).await.expect("answers");
    assert_eq!(price.expect("in force").rate.per_minute(), Micros(900_000));
}

async fn a_version_of_a_card_never_changes(place: Place) {
    let store = founded(&place).await;
    let version = store.load_card(&card(crate::common::CARD)).await.expect("loaded");
    assert_eq!(store.load_card(&card(crate::common::CARD)).await.expect("the same"), version);
    let dearer = card(&crate::common::CARD.replace("0.60", "0.61"));
    assert!(matches!(store.load_card(&dearer).await, Err(StoreError::Conflict(_))));
    let rival =
        card(&crate::common::CARD.replace("id: test", "id: rival").replace("01-01", "02-01"));
    assert!(matches!(store.load_card(&rival).await, Err(StoreError::Conflict(_))));
}

async fn lines_are_listed_with_state_toggle_and_balance(place: Place) {
    let store = house(&place, 5_000_000).await;
    let rows = serde_json::to_value(store.line_listing().await.expect("listed")).expect("json");
    let expected = json!([{
        "name": "Linka", "number": "+420800123456", "state": "ready", "on": true,
        "organisation": "Obec", "balance_micro": 5_000_000, "currency": "CZK", "setup": {},
    }]);
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn files_of_the_store_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    let store = house(&place, 1).await;
    let mode = |name: &str| {
        let path = place.path().join(name);
        std::fs::metadata(path).expect("stands").permissions().mode() & 0o777
    };
    assert_eq!((mode(""), mode("linka.db"), mode("linka.db-wal")), (0o700, 0o600, 0o600));
    store.close().await;
}
