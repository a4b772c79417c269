//! What the tables themselves refuse, whoever writes: the last line of defence of the books.

use crate::common::{NOW, Temp, admitted, house, pinned, raw, sound};
use linka_model::Micros;
use linka_store::{Finding, Store};
use sqlx::SqliteConnection;

/// A house with one running call that holds 1.50.
async fn books(temp: &Temp) -> (Store, SqliteConnection) {
    let store = house(temp.path(), 5_000_000).await;
    let (node, _) = store.start_node(NOW).await.expect("starts");
    admitted(&node, 1, pinned(&store).await).await;
    (store, raw(temp.path()).await)
}

/// Tries a statement that must be refused; gives back the reason.
async fn refused(raw: &mut SqliteConnection, sql: &'static str) -> String {
    let outcome = sqlx::query(sql).execute(raw).await;
    outcome.expect_err(sql).to_string()
}

#[tokio::test]
async fn entries_and_prices_can_be_neither_changed_nor_deleted() {
    let temp = Temp::new();
    let (_store, mut raw) = books(&temp).await;
    for sql in [
        "UPDATE entry SET amount = 1",
        "DELETE FROM entry",
        "UPDATE rate SET per_minute = 1",
        "DELETE FROM rate",
        "UPDATE rate_card SET monthly = 1",
        "DELETE FROM rate_card",
        "UPDATE org SET currency = 'EUR'",
    ] {
        let reason = refused(&mut raw, sql).await;
        assert!(reason.contains("never change") || reason.contains("keeps its"), "{sql}: {reason}");
    }
}

#[tokio::test]
async fn no_account_of_an_organisation_goes_below_zero() {
    let temp = Temp::new();
    let (_store, mut raw) = books(&temp).await;
    // 5.00 less 1.50 held: 3.50 and not a micro-unit more.
    let sql = "UPDATE account SET debits = debits + 3500001 WHERE kind = 'credit'";
    assert!(refused(&mut raw, sql).await.contains("CHECK"));
    let sql = "UPDATE account SET pending = pending + 3500000 WHERE kind = 'credit'";
    assert!(sqlx::query(sql).execute(&mut raw).await.is_ok());
}

#[tokio::test]
async fn a_hold_is_resolved_once_and_for_no_more_than_it_holds() {
    let temp = Temp::new();
    let (_store, mut raw) = books(&temp).await;
    let too_much =
        "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'x', 'post', debit, credit, amount + 1, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, too_much).await.contains("at most what was held"));
    let void = "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'y', 'void', debit, credit, 0, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    sqlx::query(void).execute(&mut raw).await.expect("once");
    let again = "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'z', 'post', debit, credit, 1, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, again).await.contains("UNIQUE"));
}

#[tokio::test]
async fn no_call_and_no_entry_of_a_call_can_bear_more_than_the_hour() {
    let temp = Temp::new();
    let (_store, mut raw) = books(&temp).await;
    assert!(refused(&mut raw, "UPDATE call SET hour_ms = hour_ms + 1").await.contains("CHECK"));
    let entry = "INSERT INTO entry (id, kind, debit, credit, amount, until_s, code, call, at_ms)
        SELECT 'x', kind, debit, credit, amount, until_s, code, call, at_ms + 1
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, entry).await.contains("CHECK"));
    let (at_ms,): (i64,) = sqlx::query_as("SELECT at_ms FROM entry WHERE kind = 'pending'")
        .fetch_one(&mut raw)
        .await
        .expect("answers");
    assert_eq!(at_ms, crate::common::HOUR);
}

#[tokio::test]
async fn a_call_has_these_columns_and_no_others() {
    let temp = Temp::new();
    let (_store, mut raw) = books(&temp).await;
    let columns: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_info('call')")
        .fetch_all(&mut raw)
        .await
        .expect("answers");
    let names: Vec<_> = columns.into_iter().map(|(name,)| name).collect();
    let allowed = [
        "id",
        "line",
        "origin",
        "rate_version",
        "epoch",
        "hour_ms",
        "elapsed_ms",
        "billable_s",
        "amount",
        "end_reason",
    ];
    assert_eq!(names, allowed);
}

#[tokio::test]
async fn the_audit_finds_a_balance_that_its_entries_do_not_make() {
    let temp = Temp::new();
    let (store, mut raw) = books(&temp).await;
    sound(&store).await;
    let sql = "UPDATE account SET credits = credits + 1 WHERE kind = 'credit'";
    sqlx::query(sql).execute(&mut raw).await.expect("tampered");
    let (account,): (String,) = sqlx::query_as("SELECT id FROM account WHERE kind = 'credit'")
        .fetch_one(&mut raw)
        .await
        .expect("answers");
    let currency = "CZK".to_owned();
    let expected = [Finding::Balance { account }, Finding::Unequal { currency }];
    assert_eq!(store.audit().await.expect("audited"), expected);
    assert_eq!(store.available(crate::common::ORG).await.expect("answers"), Micros(3_500_001));
}

#[tokio::test]
async fn the_audit_finds_a_settled_call_that_holds_credit_or_cost_otherwise() {
    let temp = Temp::new();
    let (store, mut raw) = books(&temp).await;
    let sql = "UPDATE call SET billable_s = 1, amount = 7, end_reason = 'fault'";
    sqlx::query(sql).execute(&mut raw).await.expect("tampered");
    let call = uuid::Uuid::from_u128(1001).to_string();
    let expected = [Finding::CallAmount { call: call.clone() }, Finding::LeftPending { call }];
    assert_eq!(store.audit().await.expect("audited"), expected);
    let again = refused(&mut raw, "UPDATE call SET amount = 8").await;
    assert!(again.contains("settled call never changes"));
}
