//! The outbox: what is told stands once, as it was first told, to the hour.

use crate::common::{HOUR, NOW, ORG, Place, on_both};
use linka_model::{LineId, Micros};
use linka_store::{FeeReminder, LowCredit, Notice, PayTo, Store, StoreError};
use uuid::Uuid;

on_both!(
    the_same_notice_again_changes_nothing_and_only_the_hour_is_remembered,
    every_notice_is_read_as_it_was_written,
    a_long_text_is_cut_and_never_refused,
    nobody_is_told_of_an_organisation_that_does_not_exist,
    the_tables_of_mails_refuse_what_makes_no_sense,
);

const ID: Uuid = Uuid::from_u128(0x0B0C);

/// An organisation that has been told nothing yet.
async fn founded(place: &Place) -> Store {
    let store = place.open().await;
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    store
}

fn low(available: i64) -> Notice {
    Notice::LowCredit { level: LowCredit::Low, available: Micros(available) }
}

async fn the_same_notice_again_changes_nothing_and_only_the_hour_is_remembered(place: Place) {
    let store = founded(&place).await;
    store.tell(Some(ORG), &low(7), ID, NOW).await.expect("told");
    store.tell(Some(ORG), &low(8), ID, NOW + 3_600_000).await.expect("told before");
    let sql = "SELECT org, notice, hour_ms, state FROM outbox";
    let rows: Vec<(String, String, i64, String)> = place.raw().await.all(sql).await;
    let notice = r#"{"notice":"low_credit","level":"low","available":7}"#.to_owned();
    assert_eq!(rows, [(ORG.0.to_string(), notice, HOUR, "new".to_owned())]);
}

/// One of each, with every field that it has.
fn each() -> Vec<Notice> {
    let line = LineId(Uuid::from_u128(2));
    let purchase = Uuid::from_u128(3);
    let amount = Micros(i64::MAX);
    let pay_to = || PayTo {
        iban: "CZ6508000000192000145399".to_owned(),
        bic: Some("GIBACZPX".to_owned()),
        reference: "0000000123".to_owned(),
    };
    vec![
        Notice::OrderReceived { line },
        Notice::OrderRejected { line, reason: "\"nic\" \u{1F4DE} \\".to_owned() },
        Notice::NumberRegistered { line },
        low(-1),
        Notice::LowCredit { level: LowCredit::OneCall, available: amount },
        Notice::CreditExhausted { available: Micros(i64::MIN) },
        Notice::CallsRefused { calls: u32::MAX, available: amount },
        Notice::FeeDue { line, reminder: FeeReminder::Last, amount, since_ms: NOW },
        Notice::FeePaid { line, amount, covered_until_ms: NOW },
        Notice::Suspended { line, amount, kept_until_ms: NOW },
        Notice::ReleasePending { line, amount, decided_from_ms: NOW },
        Notice::Released { line, number: crate::common::did() },
        Notice::PaymentReceived { purchase, received: amount, available: amount },
        Notice::PaymentPartlyReceived {
            purchase,
            received: amount,
            asked: amount,
            missing: amount,
            pay_to: pay_to(),
        },
        Notice::PurchaseWaits { purchase, amount, due_ms: NOW, pay_to: pay_to() },
        Notice::BooksAlarm { findings: vec!["account x: wrong".to_owned()] },
    ]
}

async fn every_notice_is_read_as_it_was_written(place: Place) {
    let store = founded(&place).await;
    for (notice, n) in each().iter().zip(100..) {
        store.tell(Some(ORG), notice, Uuid::from_u128(n), NOW).await.expect("told");
    }
    let rows: Vec<(String,)> = place.raw().await.all("SELECT notice FROM outbox ORDER BY id").await;
    let read = |(text,): (String,)| serde_json::from_str::<Notice>(&text).expect("a notice");
    assert_eq!(rows.into_iter().map(read).collect::<Vec<_>>(), each());
}

async fn a_long_text_is_cut_and_never_refused(place: Place) {
    let store = founded(&place).await;
    // JSON writes the one in six characters and the other in two.
    let findings = vec!["\u{1}\"".repeat(10_000); 1000];
    store.tell(None, &Notice::BooksAlarm { findings }, ID, NOW).await.expect("told");
    let line = LineId(Uuid::from_u128(2));
    let rejected = Notice::OrderRejected { line, reason: "ř".repeat(161) };
    store.tell(Some(ORG), &rejected, Uuid::from_u128(1), NOW).await.expect("told");
    let sql = "SELECT notice FROM outbox WHERE org IS NOT NULL";
    let (text,): (String,) = place.raw().await.one(sql).await;
    assert_eq!(text.matches('ř').count(), 160);
}

async fn nobody_is_told_of_an_organisation_that_does_not_exist(place: Place) {
    let store = founded(&place).await;
    let stranger = linka_model::OrgId(Uuid::from_u128(77));
    let told = store.tell(Some(stranger), &low(1), ID, NOW).await;
    assert!(matches!(told, Err(StoreError::Database(_))), "{told:?}");
}

async fn the_tables_of_mails_refuse_what_makes_no_sense(place: Place) {
    let store = founded(&place).await;
    store.tell(Some(ORG), &low(1), ID, NOW).await.expect("told");
    let mut raw = place.raw().await;
    for wrong in [
        "UPDATE outbox SET hour_ms = hour_ms + 1",
        "UPDATE outbox SET notice = '{'",
        "UPDATE outbox SET state = 'lost'",
        "INSERT INTO contact (org, address, language) SELECT id, 'a@', 'cs' FROM org",
        "INSERT INTO mail (id, outbox, address, language, message_id, state, next_attempt_ms,
             last_error)
         SELECT 'm', id, 'a@b.cz', 'cs', 'm@b', 'dead', 0, 'no a@b.cz here' FROM outbox",
        "INSERT INTO credit_watch (org, warned) SELECT id, 4 FROM org",
        "INSERT INTO credit_watch (org, refused_hour_ms) SELECT id, 1 FROM org",
    ] {
        assert!(raw.execute(wrong).await.is_err(), "{wrong}");
    }
}
