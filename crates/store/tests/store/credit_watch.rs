//! Warnings of low credit: once a crossing, armed again by a top-up (M10).
//!
//! The test card costs 0.60 a minute by the second: an hour 36.00, ten minutes 6.00, the first hold
//! 1.50. A house begins with its first top-up.

use crate::common::{HOUR, NOW, ORG, Place, entry, on_both, quiet_house};
use linka_model::Micros;
use linka_store::{LowCredit, Notice, Store};
use uuid::Uuid;

on_both!(
    each_threshold_is_told_of_once_and_again_after_a_top_up,
    a_fall_through_all_thresholds_is_told_of_once_by_the_gravest,
    calls_turned_away_are_told_of_once_an_hour_with_their_number,
    an_organisation_without_a_line_that_takes_calls_is_not_warned,
);

/// All that was told so far, in the order of telling.
async fn told(place: &Place) -> Vec<Notice> {
    let rows: Vec<(String, i64)> =
        place.raw().await.all("SELECT notice, hour_ms FROM outbox ORDER BY hour_ms, notice").await;
    rows.iter().map(|(text, _)| serde_json::from_str(text).expect("a notice")).collect()
}

async fn withdraw(store: &Store, id: u128, amount: i64) {
    store.withdraw(entry(id), ORG, Some(Micros(amount)), "spent", NOW).await.expect("taken");
}

/// Looks at an hour after [`NOW`]; gives back of how many organisations it told something.
async fn watch(store: &Store, hours: i64) -> u32 {
    store.watch_credit(NOW + hours * 3_600_000).await.expect("watched")
}

const fn low(level: LowCredit, available: i64) -> Notice {
    Notice::LowCredit { level, available: Micros(available) }
}

async fn each_threshold_is_told_of_once_and_again_after_a_top_up(place: Place) {
    // A fifth of 100.00 is 20.00; an hour, 36.00, is more.
    let store = quiet_house(&place, 100_000_000).await;
    withdraw(&store, 1, 64_000_000).await;
    assert_eq!(watch(&store, 0).await, 0);
    withdraw(&store, 2, 1).await;
    assert_eq!((watch(&store, 1).await, watch(&store, 2).await), (1, 0));
    withdraw(&store, 3, 30_000_000).await;
    assert_eq!((watch(&store, 3).await, watch(&store, 4).await), (1, 0));
    withdraw(&store, 4, 4_500_000).await;
    assert_eq!((watch(&store, 5).await, watch(&store, 6).await), (1, 0));
    // 10.00 more is less than an hour: that is told at once.
    store.grant(entry(5), ORG, Micros(10_000_000), "more", NOW).await.expect("granted");
    assert_eq!((watch(&store, 7).await, watch(&store, 8).await), (1, 0));
    let expected = [
        low(LowCredit::Low, 35_999_999),
        low(LowCredit::OneCall, 5_999_999),
        Notice::CreditExhausted { available: Micros(1_499_999) },
        low(LowCredit::Low, 11_499_999),
    ];
    assert_eq!(told(&place).await, expected);
}

async fn a_fall_through_all_thresholds_is_told_of_once_by_the_gravest(place: Place) {
    let store = quiet_house(&place, 1_000_000_000).await;
    // A fifth of 1000.00 is 200.00.
    withdraw(&store, 1, 800_000_000).await;
    assert_eq!(watch(&store, 0).await, 0);
    withdraw(&store, 2, 199_000_000).await;
    assert_eq!((watch(&store, 1).await, watch(&store, 2).await), (1, 0));
    assert_eq!(told(&place).await, [Notice::CreditExhausted { available: Micros(1_000_000) }]);
}

async fn calls_turned_away_are_told_of_once_an_hour_with_their_number(place: Place) {
    let store = quiet_house(&place, 100_000_000).await;
    assert_eq!(watch(&store, 0).await, 0);
    store.count_refused(&[(ORG, 2)]).await.expect("counted");
    store.count_refused(&[(ORG, 3)]).await.expect("counted");
    assert_eq!(watch(&store, 1).await, 1);
    store.count_refused(&[(ORG, 1)]).await.expect("counted");
    // Not again within the hour, not even at its last millisecond; then with what came since.
    assert_eq!(store.watch_credit(HOUR + 2 * 3_600_000 - 1).await.expect("watched"), 0);
    assert_eq!((watch(&store, 2).await, watch(&store, 3).await), (1, 0));
    let refused = |calls| Notice::CallsRefused { calls, available: Micros(100_000_000) };
    assert_eq!(told(&place).await, [refused(5), refused(1)]);
}

async fn an_organisation_without_a_line_that_takes_calls_is_not_warned(place: Place) {
    let store = quiet_house(&place, 1).await;
    let line = "UPDATE line SET is_on = 0, state = 'suspended'";
    place.raw().await.execute(line).await.expect("suspended");
    let other = linka_model::OrgId(Uuid::from_u128(9));
    store.create_org(other, "Bez linky", "CZK".parse().expect("CZK")).await.expect("founded");
    assert_eq!(watch(&store, 0).await, 0);
    assert_eq!(told(&place).await, []);
}
