//! What the tables themselves refuse, whoever writes: the last line of defence of the books.

use crate::common::{Place, Raw, admitted, house, on_both, pinned, start};
use linka_store::Store;

on_both!(
    entries_and_prices_can_be_neither_changed_nor_deleted,
    no_account_of_an_organisation_goes_below_zero,
    a_hold_is_resolved_once_and_for_no_more_than_it_holds,
    no_call_and_no_entry_of_a_call_can_bear_more_than_the_hour,
    a_call_has_these_columns_and_no_others,
    a_settled_call_never_changes,
);

/// A house with one running call that holds 1.50.
async fn books(place: &Place) -> (Store, Raw) {
    let store = house(place, 5_000_000).await;
    let node = start(&store).await;
    admitted(&node, 1, pinned(&store).await).await;
    (store, place.raw().await)
}

/// Tries a statement that must be refused; gives back the reason.
async fn refused(raw: &mut Raw, sql: &'static str) -> String {
    raw.execute(sql).await.expect_err(sql).to_string().to_lowercase()
}

async fn entries_and_prices_can_be_neither_changed_nor_deleted(place: Place) {
    let (_store, mut raw) = books(&place).await;
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

async fn no_account_of_an_organisation_goes_below_zero(place: Place) {
    let (_store, mut raw) = books(&place).await;
    // 5.00 less 1.50 held: 3.50 and not a micro-unit more.
    let sql = "UPDATE account SET debits = debits + 3500001 WHERE kind = 'credit'";
    assert!(refused(&mut raw, sql).await.contains("check"));
    let sql = "UPDATE account SET pending = pending + 3500000 WHERE kind = 'credit'";
    assert!(raw.execute(sql).await.is_ok());
}

async fn a_hold_is_resolved_once_and_for_no_more_than_it_holds(place: Place) {
    let (_store, mut raw) = books(&place).await;
    let too_much =
        "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'x', 'post', debit, credit, amount + 1, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, too_much).await.contains("at most what was held"));
    let void = "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'y', 'void', debit, credit, 0, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    raw.execute(void).await.expect("once");
    let again = "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'z', 'post', debit, credit, 1, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, again).await.contains("unique"));
    // What is no hold cannot be resolved: not a grant, and not a hold of other accounts.
    let grant = "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'v', 'post', hold.debit, hold.credit, 999999, granted.id, hold.code, hold.call,
            hold.at_ms
        FROM entry AS hold, entry AS granted
        WHERE hold.kind = 'pending' AND granted.code = 'grant'";
    assert!(refused(&mut raw, grant).await.contains("resolves a hold"));
    let turned =
        "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
        SELECT 'w', 'void', credit, debit, 0, id, code, call, at_ms
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, turned).await.contains("resolves a hold"));
}

async fn no_call_and_no_entry_of_a_call_can_bear_more_than_the_hour(place: Place) {
    let (_store, mut raw) = books(&place).await;
    assert!(refused(&mut raw, "UPDATE call SET hour_ms = hour_ms + 1").await.contains("check"));
    let entry = "INSERT INTO entry (id, kind, debit, credit, amount, until_s, code, call, at_ms)
        SELECT 'x', kind, debit, credit, amount, until_s, code, call, at_ms + 1
        FROM entry WHERE kind = 'pending'";
    assert!(refused(&mut raw, entry).await.contains("check"));
    let (at_ms,): (i64,) = raw.one("SELECT at_ms FROM entry WHERE kind = 'pending'").await;
    assert_eq!(at_ms, crate::common::HOUR);
}

async fn a_call_has_these_columns_and_no_others(place: Place) {
    let (_store, mut raw) = books(&place).await;
    let names = raw.columns_of_call().await;
    let allowed = [
        "id",
        "line",
        "origin",
        "rate_version",
        "node",
        "epoch",
        "hour_ms",
        "elapsed_ms",
        "billable_s",
        "amount",
        "end_reason",
    ];
    assert_eq!(names, allowed);
}

async fn a_settled_call_never_changes(place: Place) {
    let (_store, mut raw) = books(&place).await;
    let settle = "UPDATE call SET billable_s = 1, amount = 7, end_reason = 'fault'";
    raw.execute(settle).await.expect("settled");
    let again = refused(&mut raw, "UPDATE call SET amount = 8").await;
    assert!(again.contains("settled call never changes"));
}
