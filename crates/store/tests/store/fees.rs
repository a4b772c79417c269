//! Monthly fees: what is charged and when, what becomes of a line that cannot pay, and that nothing
//! is ever charged twice.

use crate::common::{LINE, NOW, ORG, Place, card, entry, on_both, order, sound};
use linka_model::{LineId, LineKind, LineState, Micros};
use linka_store::{FeeListing, FeeRound, NewLine, QUARANTINE_DAYS_MIN, Release, Store, StoreError};
use uuid::Uuid;

on_both!(
    the_fourth_landline_and_a_toll_free_line_pay_on_activation,
    a_month_is_charged_once_whoever_asks_and_however_often,
    a_line_that_cannot_pay_goes_its_way_and_waits_for_a_person,
    a_top_up_pays_the_fee_first_and_a_smaller_one_stays_credit,
    a_top_up_brings_a_line_back_from_any_state,
    a_line_that_is_cancelled_gets_its_unused_days_back_and_frees_its_place,
    a_change_of_price_holds_from_the_next_period,
    a_program_that_was_away_charges_every_month_and_writes_the_last_mail,
    two_reviews_at_once_charge_once,
    a_line_that_ends_at_the_stamp_at_which_another_begins_raises_no_alarm,
    the_tables_refuse_periods_that_overlap_or_leave_a_gap,
);

pub(crate) const DAY: i64 = 86_400_000;
/// 2026-12-23T23:00:00Z: the first period begins on 24 November in Prague (UTC+1), the next on
/// 24 December at midnight there. From 2026-11-24T05:35:35Z that is 29 days and 17:24:25 h:
/// 29 · 86,400,000 + 62,665,000.
pub(crate) const DECEMBER: i64 = NOW + 29 * DAY + 62_665_000;
/// 24 January at midnight in Prague: 31 days later.
const JANUARY: i64 = DECEMBER + 31 * DAY;

/// Landlines at 90.00 a month from the fourth on.
pub(crate) const LANDLINES: &str = r#"{id: fixed, currency: CZK, country: CZ, kind: landline,
  valid_from: 2026-01-01, monthly: "90",
  rates: [{origin: default, per_minute: "0.60", first: 1, step: 1}]}"#;
pub(crate) const TOLL_FREE: &str = r#"{id: free, currency: CZK, country: CZ, kind: toll_free,
  valid_from: 2026-01-01, monthly: "250",
  rates: [{origin: default, per_minute: "2.40", first: 60, step: 60}]}"#;

pub(crate) fn id(n: u128) -> LineId {
    LineId(Uuid::from_u128(n))
}

/// Orders a line and gives it a number that ends in `n`.
pub(crate) async fn line(store: &Store, n: u128, kind: LineKind) -> LineState {
    let number = match kind {
        LineKind::Landline => format!("+42022200000{n}"),
        LineKind::TollFree => format!("+42080000000{n}"),
    };
    let new = NewLine { kind, ..order(n, &format!("Linka {n}")) };
    store.order_line(&new).await.expect("ordered");
    store.register_number(id(n), &number.parse().expect("a number"), NOW).await.expect("registered")
}

/// An organisation with both cards and so many crowns.
pub(crate) async fn org(place: &Place, crowns: i64) -> Store {
    let store = place.open().await;
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    for yaml in [LANDLINES, TOLL_FREE] {
        store.load_card(&card(yaml)).await.expect("loaded");
    }
    store.grant(entry(90), ORG, crowns_of(crowns), "start", NOW).await.expect("granted");
    store
}

/// One toll-free line that is on and has paid its first month; so many crowns are left.
async fn toll_free(place: &Place, left: i64) -> Store {
    let store = org(place, 250 + left).await;
    assert_eq!(line(&store, 2, LineKind::TollFree).await, LineState::Ready);
    store.switch(LINE, true).await.expect("answers").expect("is ready");
    place.raw().await.execute("DELETE FROM outbox").await.expect("emptied");
    store
}

const fn crowns_of(crowns: i64) -> Micros {
    Micros(crowns * 1_000_000)
}

async fn left(store: &Store) -> Micros {
    store.available(ORG).await.expect("answers")
}

async fn state(store: &Store, line: LineId) -> (LineState, bool) {
    let row = store.line(line).await.expect("answers").expect("stands");
    (row.state, row.on)
}

async fn review(store: &Store, now_ms: i64) -> FeeRound {
    store.review_fees(now_ms).await.expect("reviewed")
}

async fn listed(store: &Store, name: &str) -> FeeListing {
    let fees = store.fees().await.expect("listed");
    fees.into_iter().find(|row| row.line == name).expect("listed")
}

/// The names of what is told, in the order of telling.
async fn told(place: &Place) -> Vec<String> {
    let sql = "SELECT notice FROM outbox ORDER BY hour_ms, id";
    let rows: Vec<(String,)> = place.raw().await.all(sql).await;
    let name = |(text,): &(String,)| {
        let notice: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let reminder = notice.get("reminder").and_then(|word| word.as_str());
        let name = notice["notice"].as_str().expect("a name").to_owned();
        reminder.map_or(name.clone(), |word| format!("{name} {word}"))
    };
    rows.iter().map(name).collect()
}

async fn the_fourth_landline_and_a_toll_free_line_pay_on_activation(place: Place) {
    let store = org(&place, 1_000).await;
    for n in 2..=4 {
        line(&store, n, LineKind::Landline).await;
    }
    assert_eq!(left(&store).await, crowns_of(1_000));
    line(&store, 5, LineKind::Landline).await;
    // 1,000 − 90.
    assert_eq!(left(&store).await, crowns_of(910));
    line(&store, 6, LineKind::TollFree).await;
    // 910 − 250.
    assert_eq!(left(&store).await, crowns_of(660));
    let third = listed(&store, "Linka 4").await;
    assert_eq!((third.paid_micro, third.period_end_ms), (Some(0), Some(DECEMBER)));
    let fourth = listed(&store, "Linka 5").await;
    assert_eq!((fourth.paid_micro, fourth.period_end_ms), (Some(90_000_000), Some(DECEMBER)));
    assert_eq!(review(&store, NOW).await, FeeRound::default());
    sound(&store).await;
}

async fn a_month_is_charged_once_whoever_asks_and_however_often(place: Place) {
    let store = toll_free(&place, 600).await;
    assert_eq!(review(&store, DECEMBER - 1).await, FeeRound::default());
    assert_eq!(review(&store, DECEMBER).await, FeeRound { charged: 1, ..FeeRound::default() });
    // 600 − 250.
    assert_eq!(left(&store).await, crowns_of(350));
    for now_ms in [DECEMBER, DECEMBER + DAY, NOW, JANUARY - 1] {
        assert_eq!(review(&store, now_ms).await, FeeRound::default());
    }
    assert_eq!(left(&store).await, crowns_of(350));
    assert_eq!(told(&place).await, Vec::<String>::new());
    sound(&store).await;
}

async fn a_line_that_cannot_pay_goes_its_way_and_waits_for_a_person(place: Place) {
    let store = toll_free(&place, 249).await;
    let one = |change: fn(&mut FeeRound)| {
        let mut round = FeeRound::default();
        change(&mut round);
        round
    };
    assert_eq!(review(&store, DECEMBER).await, one(|round| round.owing = 1));
    assert_eq!(state(&store, LINE).await, (LineState::PastDue, true));
    assert_eq!(listed(&store, "Linka 2").await.owed_micro, Some(250_000_000));
    assert_eq!(review(&store, DECEMBER + 3 * DAY).await, FeeRound::default());
    assert_eq!(review(&store, DECEMBER + 6 * DAY).await, FeeRound::default());
    let suspended = DECEMBER + 7 * DAY;
    assert_eq!(review(&store, suspended - 1).await, FeeRound::default());
    assert_eq!(review(&store, suspended).await, one(|round| round.suspended = 1));
    // Another month begins meanwhile, and no second fee is owed.
    let pending = suspended + 60 * DAY;
    assert_eq!(review(&store, pending - 1).await, FeeRound::default());
    assert_eq!(review(&store, pending).await, one(|round| round.release_pending = 1));
    assert_eq!(listed(&store, "Linka 2").await.owed_micro, Some(250_000_000));
    let early = store.release_number(&release(false), pending + 14 * DAY - 1).await;
    assert!(matches!(early, Err(StoreError::Conflict(_))), "{early:?}");
    // Nobody has confirmed it: the number stays for years.
    review(&store, pending + 700 * DAY).await;
    assert_eq!(state(&store, LINE).await, (LineState::ReleasePending, true));
    assert_eq!(left(&store).await, crowns_of(249));
    let confirmed = pending + 701 * DAY;
    let gone = store.confirm_release(LINE, confirmed).await.expect("confirmed");
    assert_eq!(gone, pending + 14 * DAY);
    assert_eq!(state(&store, LINE).await, (LineState::Released, false));
    let numbers = store.numbers().await.expect("listed");
    let until = confirmed + 90 * DAY;
    assert_eq!(numbers[0].quarantine_until_ms, Some(until));
    let expected = [
        "fee_due first",
        "fee_due second",
        "fee_due last",
        "suspended",
        "release_pending",
        "release_pending",
        "released",
    ];
    assert_eq!(told(&place).await, expected);
    assert_eq!(review(&store, until).await, FeeRound::default());
    sound(&store).await;
}

fn release(wished: bool) -> Release {
    let did = "+420800000002".parse().expect("a number");
    Release { did, wished, quarantine_days: QUARANTINE_DAYS_MIN }
}

async fn a_top_up_pays_the_fee_first_and_a_smaller_one_stays_credit(place: Place) {
    let store = toll_free(&place, 100).await;
    review(&store, DECEMBER).await;
    let later = DECEMBER + DAY;
    let smaller = store.grant(entry(1), ORG, crowns_of(149), "more", later).await.expect("granted");
    // 100 + 149: a crown too little.
    assert_eq!(smaller, crowns_of(249));
    assert_eq!(state(&store, LINE).await, (LineState::PastDue, true));
    let enough = store.grant(entry(2), ORG, crowns_of(1), "more", later).await.expect("granted");
    assert_eq!(enough, crowns_of(0));
    assert_eq!(state(&store, LINE).await, (LineState::Ready, true));
    let row = listed(&store, "Linka 2").await;
    assert_eq!((row.owed_micro, row.paid_micro), (None, Some(250_000_000)));
    assert_eq!((row.period_start_ms, row.period_end_ms), (Some(DECEMBER), Some(JANUARY)));
    // The same grant again changes nothing.
    let again = store.grant(entry(2), ORG, crowns_of(1), "more", later).await.expect("stands");
    assert_eq!(again, crowns_of(0));
    assert_eq!(told(&place).await, ["fee_due first", "fee_paid"]);
    sound(&store).await;
}

async fn a_top_up_brings_a_line_back_from_any_state(place: Place) {
    let store = toll_free(&place, 0).await;
    store.switch(LINE, false).await.expect("answers").expect("off");
    let mut now_ms = DECEMBER;
    for (n, days, expected) in [
        (1, 0, LineState::PastDue),
        (2, 7, LineState::Suspended),
        (3, 67, LineState::ReleasePending),
    ] {
        review(&store, now_ms).await;
        review(&store, now_ms + days.min(7) * DAY).await;
        review(&store, now_ms + days * DAY).await;
        assert_eq!(state(&store, LINE).await, (expected, false));
        let paid = now_ms + days * DAY + 1;
        let left = store.grant(entry(n), ORG, crowns_of(250), "pays", paid).await.expect("granted");
        assert_eq!(left, crowns_of(0), "{expected:?}");
        assert_eq!(state(&store, LINE).await, (LineState::Ready, false));
        let row = listed(&store, "Linka 2").await;
        // The one fee covers the period in which it was paid, and the next begins where that ends.
        let (start, end) = (row.period_start_ms.expect("one"), row.period_end_ms.expect("one"));
        assert!(start == now_ms && paid < end && end - paid <= 31 * DAY, "{row:?}");
        now_ms = end;
    }
    sound(&store).await;
}

async fn a_line_that_is_cancelled_gets_its_unused_days_back_and_frees_its_place(place: Place) {
    let store = org(&place, 1_000).await;
    for n in 2..=6 {
        line(&store, n, LineKind::Landline).await;
    }
    // The fourth and the fifth: 1,000 − 2 · 90.
    assert_eq!(left(&store).await, crowns_of(820));
    let did = "+420222000006".parse().expect("a number");
    let fifth = Release { did, wished: true, quarantine_days: QUARANTINE_DAYS_MIN };
    store.release_number(&fifth, NOW + 10 * DAY).await.expect("released");
    // Cancelled on 4 December: of the 30 days from 24 November, 11 with that day are gone and 19
    // are left. 90 · 19 / 30 = 57.
    assert_eq!(left(&store).await, crowns_of(877));
    assert_eq!(listed(&store, "Linka 6").await.returned_micro, Some(57_000_000));
    // The oldest goes and its place with it: it was free and gets nothing back.
    let did = "+420222000002".parse().expect("a number");
    let first = Release { did, wished: true, quarantine_days: QUARANTINE_DAYS_MIN };
    store.release_number(&first, NOW + 10 * DAY).await.expect("released");
    assert_eq!(left(&store).await, crowns_of(877));
    // The fourth has moved up and is free from its next period on.
    assert_eq!(review(&store, DECEMBER).await, FeeRound { covered: 3, ..FeeRound::default() });
    assert_eq!(left(&store).await, crowns_of(877));
    sound(&store).await;
}

async fn a_change_of_price_holds_from_the_next_period(place: Place) {
    let store = toll_free(&place, 1_000).await;
    // In force an hour after the second period has begun: only the third is dearer.
    let dearer = TOLL_FREE.replace("\"250\"", "\"300\"").replace("2026-01-01", "2026-12-24");
    store.load_card(&card(&dearer)).await.expect("loaded");
    review(&store, DECEMBER).await;
    assert_eq!(left(&store).await, crowns_of(750));
    review(&store, JANUARY).await;
    // 750 − 300.
    assert_eq!(left(&store).await, crowns_of(450));
    sound(&store).await;
}

async fn a_program_that_was_away_charges_every_month_and_writes_the_last_mail(place: Place) {
    let store = toll_free(&place, 600).await;
    // Five days into February's period: December and January are paid, February is owed.
    let february = JANUARY + 31 * DAY;
    let expected = FeeRound { charged: 2, owing: 1, ..FeeRound::default() };
    assert_eq!(review(&store, february + 5 * DAY).await, expected);
    assert_eq!(left(&store).await, crowns_of(100));
    assert_eq!(told(&place).await, ["fee_due first"]);
    review(&store, february + 11 * DAY).await;
    assert_eq!(told(&place).await, ["fee_due first", "fee_due last"]);
    sound(&store).await;
}

async fn two_reviews_at_once_charge_once(place: Place) {
    let store = toll_free(&place, 600).await;
    let other = place.open().await;
    let (one, two) = tokio::join!(store.review_fees(DECEMBER), other.review_fees(DECEMBER));
    let charged = one.expect("reviewed").charged + two.expect("reviewed").charged;
    assert_eq!((charged, left(&store).await), (1, crowns_of(350)));
    sound(&store).await;
}

async fn a_line_that_ends_at_the_stamp_at_which_another_begins_raises_no_alarm(place: Place) {
    let store = org(&place, 1_000).await;
    for n in 2..=5 {
        line(&store, n, LineKind::Landline).await;
    }
    // The fourth paid, since three were older; then the oldest went within the same millisecond, and
    // its place with it: a fifth is the fourth again and pays too. 1,000 − 2 · 90.
    let did = "+420222000002".parse().expect("a number");
    let oldest = Release { did, wished: true, quarantine_days: QUARANTINE_DAYS_MIN };
    store.release_number(&oldest, NOW).await.expect("released");
    line(&store, 6, LineKind::Landline).await;
    assert_eq!(left(&store).await, crowns_of(820));
    sound(&store).await;
}

async fn the_tables_refuse_periods_that_overlap_or_leave_a_gap(place: Place) {
    let store = toll_free(&place, 0).await;
    let mut raw = place.raw().await;
    for (sql, reason) in [
        (
            "INSERT INTO fee_period (line, start_ms, end_ms, price, amount)
             SELECT line, end_ms - 1, end_ms + 1, 0, 0 FROM fee_period",
            "overlap",
        ),
        (
            "INSERT INTO fee_period (line, start_ms, end_ms, price, amount)
             SELECT line, end_ms + 1, end_ms + 2, 0, 0 FROM fee_period",
            "follow each other",
        ),
        (
            "INSERT INTO fee_period (line, start_ms, end_ms, price, amount)
             SELECT line, end_ms, end_ms + 2, 1, 1 FROM fee_period",
            "check",
        ),
        ("UPDATE fee_period SET amount = 0, entry = NULL", "as it was billed"),
        ("DELETE FROM fee_period", "as it was billed"),
        ("UPDATE line_fee SET activated_ms = 0", "activated once"),
    ] {
        let why = raw.execute(sql).await.expect_err(sql).to_string().to_lowercase();
        assert!(why.contains(reason), "{sql}: {why}");
    }
    sound(&store).await;
}
