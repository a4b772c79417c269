//! Months of credit (M18), and calls that are kept as sums of a month after 90 days (O9).

use core::time::Duration;

use linka_metering::PostingResult;
use linka_model::{EndReason, Micros, OrgId, OriginClass};
use linka_store::{
    Admission, Closing, Finding, Node, Stated, StatedCall, StatedMonth, Store, StoreError, Wrong,
};
use uuid::Uuid;

use crate::common::{
    HOUR, NOW, ORG, Place, Raw, admit_at, call, entry, house, on_both, pinned, sound, start,
};

on_both!(
    a_month_lists_its_calls_by_the_hour_and_adds_up_to_the_ledger,
    a_month_of_nothing_has_a_statement_and_an_unknown_organisation_has_none,
    calls_are_folded_after_ninety_days_and_no_balance_changes,
    a_sum_of_folded_calls_that_somebody_changed_is_named,
    the_tables_let_nothing_go_that_is_not_folded,
);

const DAY: i64 = 86_400_000;
const H: i64 = 3_600_000;
/// 22:30 UTC of 30 November, 23:30 in Prague: [`NOW`] and 6 days, 16 h 54 min 25 s.
const LATE: i64 = NOW + 6 * DAY + (16 * 3600 + 54 * 60 + 25) * 1000;
/// An hour later: December in Prague, November in UTC.
const DECEMBER: i64 = LATE + H;

fn month(name: &str, first_ms: i64, end_ms: i64, next: &str) -> StatedMonth {
    StatedMonth { name: name.to_owned(), first_ms, end_ms, next: next.to_owned() }
}

/// In Prague it begins and ends at 23:00 UTC: half an hour after [`LATE`], and 30 days before.
fn november() -> StatedMonth {
    month("2026-11", LATE + H / 2 - 30 * DAY, LATE + H / 2, "2026-12")
}

fn december() -> StatedMonth {
    month("2026-12", LATE + H / 2, LATE + H / 2 + 31 * DAY, "2027-01")
}

/// A call of so many seconds, 0.01 each, from admission to settlement.
async fn phoned(store: &Store, node: &Node, (n, seconds): (u128, u64), times: (i64, i64)) {
    let (new, mut meter, hold) = call(n, pinned(store).await);
    let id = new.id;
    assert_eq!(admit_at(node, new, hold, times.0).await, Admission::Admitted);
    assert!(meter.admitted(PostingResult::Done));
    meter.answered(Duration::ZERO);
    let bill = meter.close(Duration::from_secs(seconds), true);
    let (postings, reason) = (bill.postings, EndReason::Completed);
    let closing = Closing { call: id, postings, billable_s: bill.billable_s, reason };
    node.close(closing, times.1).await.expect("settled");
}

/// 5.00 are granted in November; two calls begin in it, the second ends in December; then a third and
/// a withdrawal, and a call that runs.
async fn books(place: &Place) -> (Store, Node) {
    let store = house(place, 5_000_000).await;
    let node = start(&store).await;
    phoned(&store, &node, (1, 62), (NOW, NOW)).await;
    phoned(&store, &node, (2, 100), (LATE, DECEMBER)).await;
    phoned(&store, &node, (3, 30), (DECEMBER, DECEMBER)).await;
    let amount = Some(Micros(250_000));
    store.withdraw(entry(7), ORG, amount, "for stamps", DECEMBER).await.expect("withdrawn");
    let (new, _, hold) = call(4, pinned(&store).await);
    assert_eq!(admit_at(&node, new, hold, DECEMBER).await, Admission::Admitted);
    (store, node)
}

async fn stated(store: &Store, month: &StatedMonth) -> Stated {
    store.stated(ORG, month).await.expect("stated")
}

fn listed(stated: &Stated) -> Vec<(i64, u64, i64)> {
    stated.calls.iter().map(|call| (call.hour_ms, call.billable_s, call.amount.0)).collect()
}

/// All that the ledger moved on the account of the organisation.
async fn ledger(raw: &mut Raw) -> i64 {
    let sql = "SELECT CAST(sum(CASE WHEN entry.credit = account.id THEN amount ELSE -amount END)
            AS BIGINT)
        FROM entry JOIN account ON account.id IN (entry.debit, entry.credit)
        WHERE account.kind = 'credit' AND entry.kind IN ('post', 'plain')";
    let (sum,): (i64,) = raw.one(sql).await;
    sum
}

async fn a_month_lists_its_calls_by_the_hour_and_adds_up_to_the_ledger(place: Place) {
    let (store, _node) = books(&place).await;
    let first = stated(&store, &november()).await;
    // 5.00 − 0.62 − 1.00.
    assert_eq!((first.opening, first.closing, first.running), (Micros(0), Micros(3_380_000), 0));
    assert_eq!(listed(&first), [(HOUR, 62, 620_000), (LATE - H / 2, 100, 1_000_000)]);
    let expected = StatedCall {
        hour_ms: HOUR,
        line: "Linka".to_owned(),
        origin: OriginClass::Mobile,
        billable_s: 62,
        card: "test".to_owned(),
        // 2026-01-01T00:00Z is 327 days, 5 h 35 min 35 s before NOW: 31 + 28 + 31 + 30 + 31 + 30 + 31
        // + 31 + 30 + 31 + 23.
        valid_from_ms: HOUR - 5 * H - 327 * DAY,
        amount: Micros(620_000),
    };
    assert_eq!(first.calls.first(), Some(&expected));
    // The number's registration gave the line nothing; what was granted is all.
    let moved: Vec<(&str, &str, i64)> = first
        .movements
        .iter()
        .map(|movement| (&*movement.code, &*movement.reason, movement.change.0))
        .collect();
    assert_eq!(moved, [("grant", "start", 5_000_000)]);

    let second = stated(&store, &december()).await;
    // 3.38 − 0.30 − 0.25; what the running call holds is not taken yet.
    assert_eq!(
        (second.opening, second.closing, second.running),
        (first.closing, Micros(2_830_000), 1)
    );
    let mut calls = listed(&second);
    calls.sort_unstable();
    assert_eq!(calls, [(DECEMBER - H / 2, 0, 0), (DECEMBER - H / 2, 30, 300_000)]);
    assert_eq!(second.movements.iter().map(|m| m.change.0).collect::<Vec<_>>(), [-250_000]);
    assert_eq!(second.closing.0, ledger(&mut place.raw().await).await);
    sound(&store).await;
}

async fn a_month_of_nothing_has_a_statement_and_an_unknown_organisation_has_none(place: Place) {
    let (store, _node) = books(&place).await;
    let day = november().first_ms;
    let before = stated(&store, &month("2026-10", day - 31 * DAY, day, "2026-11")).await;
    let nothing = Stated {
        opening: Micros(0),
        calls: Vec::new(),
        folded: Vec::new(),
        movements: Vec::new(),
        closing: Micros(0),
        running: 0,
    };
    assert_eq!(before, nothing);
    let day = december().end_ms;
    let after = stated(&store, &month("2027-01", day, day + 31 * DAY, "2027-02")).await;
    let carried = Micros(2_830_000);
    assert_eq!(after, Stated { opening: carried, closing: carried, ..nothing });
    let nobody = store.stated(OrgId(Uuid::from_u128(77)), &november()).await;
    assert!(matches!(nobody, Err(StoreError::NotFound(_))));
}

fn sums(stated: &Stated) -> Vec<(&str, u64, u64, i64)> {
    stated.folded.iter().map(|sum| (&*sum.line, sum.calls, sum.billable_s, sum.amount.0)).collect()
}

async fn calls_are_folded_after_ninety_days_and_no_balance_changes(place: Place) {
    let (store, _node) = books(&place).await;
    let (available, before) =
        (store.available(ORG).await.expect("there"), ledger(&mut place.raw().await).await);
    // The hour of the first call is 90 days ago from that hour of the day on.
    assert_eq!(store.fold_calls(HOUR + 90 * DAY - 1).await.expect("done"), 0);
    assert_eq!(store.fold_calls(HOUR + 90 * DAY).await.expect("done"), 1);
    let first = stated(&store, &november()).await;
    assert_eq!(listed(&first), [(LATE - H / 2, 100, 1_000_000)]);
    assert_eq!(sums(&first), [("Linka", 1, 62, 620_000)]);
    assert_eq!((first.opening, first.closing), (Micros(0), Micros(3_380_000)));
    sound(&store).await;

    // The second call is added to its month; the running one stays, however old.
    assert_eq!(store.fold_calls(LATE + 100 * DAY).await.expect("done"), 2);
    assert_eq!(store.fold_calls(LATE + 100 * DAY).await.expect("done"), 0);
    let first = stated(&store, &november()).await;
    assert_eq!((listed(&first), sums(&first)), (vec![], vec![("Linka", 2, 162, 1_620_000)]));
    assert_eq!((first.opening, first.closing), (Micros(0), Micros(3_380_000)));
    let second = stated(&store, &december()).await;
    assert_eq!(sums(&second), [("Linka", 1, 30, 300_000)]);
    assert_eq!((second.opening, second.closing), (Micros(3_380_000), Micros(2_830_000)));
    assert_eq!(store.available(ORG).await.expect("there"), available);
    sound(&store).await;

    let mut raw = place.raw().await;
    // 0.62 + 1.00 + 0.30 left the entries.
    assert_eq!(ledger(&mut raw).await, before + 1_920_000);
    let (calls, entries): (i64, i64) = raw
        .one(
            "SELECT (SELECT count(*) FROM call),
                (SELECT count(*) FROM entry WHERE call IS NOT NULL)",
        )
        .await;
    assert_eq!((calls, entries), (1, 1));
}

/// Lets a row be changed past the program.
async fn disarm(place: &Place, raw: &mut Raw) {
    let sql = if place.is_shared() {
        "SET session_replication_role = replica"
    } else {
        "DROP TRIGGER call_month_grows"
    };
    raw.execute(sql).await.expect(sql);
}

async fn a_sum_of_folded_calls_that_somebody_changed_is_named(place: Place) {
    let (store, _node) = books(&place).await;
    assert_eq!(store.fold_calls(HOUR + 90 * DAY).await.expect("done"), 1);
    let mut raw = place.raw().await;
    disarm(&place, &mut raw).await;
    let (sum,): (String,) = raw.one("SELECT id FROM call_month").await;
    let (credit,): (String,) = raw.one("SELECT id FROM account WHERE kind = 'credit'").await;
    let (revenue,): (String,) =
        raw.one("SELECT id FROM account WHERE kind = 'revenue_calls'").await;
    let found =
        |table, id: &str, wrong, by_micro| Finding { table, id: id.to_owned(), wrong, by_micro };
    let folded = found("call_month", &sum, Wrong::Folded, None);

    raw.execute("UPDATE call_month SET amount = amount + 1").await.expect("changed");
    let mut findings = store.audit().await.expect("audited");
    findings.sort();
    let mut expected = vec![
        found("account", &credit, Wrong::Debits, Some(-1)),
        found("account", &revenue, Wrong::Credits, Some(-1)),
        folded.clone(),
    ];
    expected.sort();
    assert_eq!(findings, expected);
    // What somebody changed is not built upon.
    let refused = store.fold_calls(LATE + 100 * DAY).await.expect_err("refused").to_string();
    assert!(refused.contains(&sum), "{refused}");

    for damage in [
        "UPDATE call_month SET amount = amount - 1, billable_s = billable_s + 1",
        "UPDATE call_month SET billable_s = billable_s - 1, calls = calls + 1",
        "UPDATE call_month SET calls = calls - 1, month = '2026-10'",
        "UPDATE call_month SET month = '2026-11', origin = 'fixed'",
    ] {
        raw.execute(damage).await.expect(damage);
        let findings = store.audit().await.expect("audited");
        assert_eq!(findings, std::slice::from_ref(&folded), "{damage}");
    }
    raw.execute("UPDATE call_month SET origin = 'mobile'").await.expect("mended");
    sound(&store).await;
    assert_eq!(store.fold_calls(LATE + 100 * DAY).await.expect("done"), 2);
}

async fn refused(raw: &mut Raw, sql: &'static str) -> String {
    raw.execute(sql).await.expect_err(sql).to_string()
}

async fn the_tables_let_nothing_go_that_is_not_folded(place: Place) {
    let (store, _node) = books(&place).await;
    assert_eq!(store.fold_calls(HOUR + 90 * DAY).await.expect("done"), 1);
    let mut raw = place.raw().await;
    for (sql, why) in [
        ("DELETE FROM entry", "entries never change"),
        ("DELETE FROM call", "a call goes only when it is folded"),
        // The youngest are of December, and one of them runs.
        ("INSERT INTO folding (call) SELECT id FROM call", "after 90 days"),
        ("UPDATE call_month SET amount = amount - 1", "only grows"),
        ("UPDATE call_month SET month = '2026-10', calls = calls + 1", "only grows"),
        ("DELETE FROM call_month", "only grows"),
    ] {
        let refusal = refused(&mut raw, sql).await;
        assert!(refusal.contains(why), "{sql}: {refusal}");
    }
    sound(&store).await;
}
