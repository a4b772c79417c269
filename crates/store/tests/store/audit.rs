//! The audit names each kind of damage: the row, what is wrong with it, and by how much.

use std::collections::{BTreeMap, BTreeSet};

use core::time::Duration;

use crate::common::{NOW, Place, Raw, admitted, entry, house, on_both, pinned, sound, start};
use linka_metering::EntryId;
use linka_model::{CallId, EndReason};
use linka_store::{Checked, Closing, FINDINGS_MAX, Finding, Store, Wrong};
use uuid::Uuid;

on_both!(
    each_kind_of_damage_is_named_with_its_row_and_amount,
    an_audit_reads_one_state_of_the_books_and_tells_how_far_it_is,
    findings_beyond_the_limit_are_counted,
);

/// A row by its name in [`names`], what is wrong with it, and by how many micro-units.
type Expected = (&'static str, &'static str, Wrong, Option<i64>);
/// A damage and all that it must be called.
type Damage = (&'static str, &'static [Expected]);

/// Somebody with all rights makes it happen: no trigger, no check, no key stands in the way.
const DISARM_SQLITE: &[&str] = &[
    "PRAGMA ignore_check_constraints = ON",
    "PRAGMA foreign_keys = OFF",
    "DROP TRIGGER entry_post_within_hold",
    "DROP TRIGGER entry_resolves_a_hold",
    "DROP TRIGGER entry_no_update",
    "DROP TRIGGER entry_no_delete",
    "DROP TRIGGER call_no_delete",
    "DROP TRIGGER rate_card_no_update",
    "DROP TRIGGER rate_card_no_delete",
    "DROP TRIGGER rate_no_update",
    "DROP TRIGGER rate_no_delete",
    "DROP TRIGGER call_settled_once",
    "DROP INDEX entry_resolution",
];
const DISARM_POSTGRES: &[&str] = &[
    "SET session_replication_role = replica",
    "DO $$ DECLARE rule record; BEGIN
         FOR rule IN SELECT conname, conrelid::regclass AS owner FROM pg_constraint
                     WHERE contype = 'c' AND connamespace = 'public'::regnamespace
         LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.owner, rule.conname);
         END LOOP;
     END $$",
    "DROP INDEX entry_resolution",
];

const SAVE: &[&str] = &[
    "CREATE TABLE saved_entry AS SELECT * FROM entry",
    "CREATE TABLE saved_call AS SELECT * FROM call",
    "CREATE TABLE saved_account AS SELECT * FROM account",
    "CREATE TABLE saved_rate AS SELECT * FROM rate",
    "CREATE TABLE saved_rate_card AS SELECT * FROM rate_card",
];
const MEND: &[&str] = &[
    "DELETE FROM entry",
    "DELETE FROM call",
    "DELETE FROM account",
    "DELETE FROM rate",
    "DELETE FROM rate_card",
    "INSERT INTO rate_card SELECT * FROM saved_rate_card",
    "INSERT INTO rate SELECT * FROM saved_rate",
    "INSERT INTO account SELECT * FROM saved_account",
    "INSERT INTO call SELECT * FROM saved_call",
    "INSERT INTO entry SELECT * FROM saved_entry",
];

/// Amounts of entries. What is granted is 5.00; call 1 was settled after 62 s: 0.62; call 2 was
/// never confirmed and is voided; call 3 runs and holds 1.50.
const ENTRIES: &[Damage] = &[
    (
        "UPDATE entry SET amount = amount + 1 WHERE kind = 'post'",
        &[
            ("account", "credit", Wrong::Debits, Some(-1)),
            ("account", "revenue_calls", Wrong::Credits, Some(-1)),
            ("call", "call 1", Wrong::CallAmount, Some(-1)),
        ],
    ),
    (
        // 0.62 − 1.500001 = −0.880001.
        "UPDATE entry SET amount = 1500001 WHERE kind = 'post'",
        &[
            ("account", "credit", Wrong::Debits, Some(-880_001)),
            ("account", "revenue_calls", Wrong::Credits, Some(-880_001)),
            ("entry", "post 1", Wrong::MoreThanHeld, Some(1)),
            ("call", "call 1", Wrong::CallAmount, Some(-880_001)),
        ],
    ),
    (
        "UPDATE entry SET amount = 0 WHERE code = 'grant'",
        &[
            ("account", "credit", Wrong::Credits, Some(5_000_000)),
            ("account", "goodwill", Wrong::Debits, Some(5_000_000)),
            ("entry", "grant", Wrong::EntryAmount, Some(-1)),
        ],
    ),
    (
        "UPDATE entry SET amount = 1 WHERE kind = 'void'",
        &[("entry", "void 2", Wrong::EntryAmount, Some(1))],
    ),
    (
        "UPDATE entry SET amount = 1500001
         WHERE kind = 'pending' AND call = '00000000-0000-0000-0000-0000000003eb'",
        &[
            ("account", "credit", Wrong::Pending, Some(-1)),
            ("call", "call 3", Wrong::Reserved, Some(1)),
        ],
    ),
    (
        // 151 s cost 1.51.
        "UPDATE entry SET until_s = 151
         WHERE kind = 'pending' AND call = '00000000-0000-0000-0000-0000000003eb'",
        &[("call", "call 3", Wrong::Reserved, Some(-10_000))],
    ),
];

/// Entries that are missing, doubled, or say something else.
const ROWS: &[Damage] = &[
    (
        "DELETE FROM entry WHERE kind = 'void'",
        &[
            ("account", "credit", Wrong::Pending, Some(-1_500_000)),
            ("call", "call 2", Wrong::LeftPending, Some(1_500_000)),
        ],
    ),
    (
        "DELETE FROM entry WHERE kind = 'post'",
        &[
            ("account", "credit", Wrong::Debits, Some(620_000)),
            ("account", "credit", Wrong::Pending, Some(-1_500_000)),
            ("account", "revenue_calls", Wrong::Credits, Some(620_000)),
            ("call", "call 1", Wrong::CallAmount, Some(620_000)),
            ("call", "call 1", Wrong::LeftPending, Some(1_500_000)),
        ],
    ),
    (
        "DELETE FROM entry WHERE kind = 'pending'
             AND call = '00000000-0000-0000-0000-0000000003e9'",
        &[("entry", "post 1", Wrong::NoSuchHold, None), ("call", "call 1", Wrong::NoHold, None)],
    ),
    (
        "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
         SELECT 'x', kind, debit, credit, 1, pending_id, code, call, at_ms
         FROM entry WHERE kind = 'post'",
        &[
            ("account", "credit", Wrong::Debits, Some(-1)),
            ("account", "revenue_calls", Wrong::Credits, Some(-1)),
            ("entry", "hold 1", Wrong::ResolvedTwice, Some(1)),
            ("entry", "x", Wrong::Name, None),
            ("call", "call 1", Wrong::CallAmount, Some(-1)),
        ],
    ),
    (
        "INSERT INTO entry (id, kind, debit, credit, amount, pending_id, code, call, at_ms)
         SELECT 'x', 'post', debit, credit, amount + 1, id, code, call, at_ms FROM entry
         WHERE kind = 'pending' AND call = '00000000-0000-0000-0000-0000000003eb'",
        &[
            ("account", "credit", Wrong::Debits, Some(-1_500_001)),
            ("account", "credit", Wrong::Pending, Some(1_500_000)),
            ("account", "revenue_calls", Wrong::Credits, Some(-1_500_001)),
            ("entry", "x", Wrong::Name, None),
            ("entry", "x", Wrong::MoreThanHeld, Some(1)),
            ("call", "call 3", Wrong::Posted, Some(1)),
        ],
    ),
    (
        "UPDATE entry SET debit = credit, credit = debit WHERE code = 'grant'",
        &[
            ("account", "credit", Wrong::Credits, Some(5_000_000)),
            ("account", "credit", Wrong::Debits, Some(-5_000_000)),
            ("account", "goodwill", Wrong::Credits, Some(-5_000_000)),
            ("account", "goodwill", Wrong::Debits, Some(5_000_000)),
            ("entry", "grant", Wrong::Accounts, None),
        ],
    ),
    (
        "UPDATE entry SET code = 'fee' WHERE kind = 'post'",
        &[
            ("entry", "post 1", Wrong::Accounts, None),
            ("entry", "post 1", Wrong::Kind, None),
            ("entry", "post 1", Wrong::OtherThanHold, None),
            ("entry", "post 1", Wrong::Payer, None),
            ("entry", "post 1", Wrong::FeeStray, Some(620_000)),
        ],
    ),
    (
        "UPDATE entry SET call = '00000000-0000-0000-0000-0000000003ea' WHERE kind = 'post'",
        &[
            ("entry", "post 1", Wrong::OtherThanHold, None),
            ("call", "call 1", Wrong::CallAmount, Some(620_000)),
            ("call", "call 2", Wrong::CallAmount, Some(-620_000)),
        ],
    ),
    (
        "UPDATE entry SET at_ms = at_ms - 1 WHERE kind = 'void'",
        &[("entry", "void 2", Wrong::Stamp, None)],
    ),
    (
        "UPDATE entry SET at_ms = at_ms + 1 WHERE code = 'grant'",
        &[("entry", "grant", Wrong::Stamp, None)],
    ),
];

/// Balances.
const ACCOUNTS: &[Damage] = &[
    (
        "UPDATE account SET credits = credits + 1 WHERE kind = 'credit'",
        &[
            ("currency", "CZK", Wrong::Unequal, Some(-1)),
            ("account", "credit", Wrong::Credits, Some(1)),
        ],
    ),
    (
        "UPDATE account SET pending = pending - 1 WHERE kind = 'credit'",
        &[("account", "credit", Wrong::Pending, Some(-1))],
    ),
    (
        // 5.00 and 1.50 reserved are 1.50 beyond the credit; 5.00 − 0.62 = 4.38.
        "UPDATE account SET debits = 5000000 WHERE kind = 'credit'",
        &[
            ("currency", "CZK", Wrong::Unequal, Some(4_380_000)),
            ("account", "credit", Wrong::Debits, Some(4_380_000)),
            ("account", "credit", Wrong::Overdrawn, Some(1_500_000)),
        ],
    ),
    (
        "UPDATE account SET currency = 'EUR' WHERE kind = 'credit'",
        &[
            ("currency", "CZK", Wrong::Unequal, Some(4_380_000)),
            ("currency", "EUR", Wrong::Unequal, Some(-4_380_000)),
            ("account", "credit", Wrong::Currency, None),
            ("entry", "grant", Wrong::Currency, None),
            ("entry", "hold 1", Wrong::Currency, None),
            ("entry", "post 1", Wrong::Currency, None),
            ("entry", "hold 2", Wrong::Currency, None),
            ("entry", "void 2", Wrong::Currency, None),
            ("entry", "hold 3", Wrong::Currency, None),
        ],
    ),
];

/// Calls and prices.
const CALLS: &[Damage] = &[
    (
        "UPDATE call SET amount = 7 WHERE billable_s = 62",
        &[
            ("call", "call 1", Wrong::CallAmount, Some(-619_993)),
            ("call", "call 1", Wrong::Cost, Some(-619_993)),
        ],
    ),
    (
        "UPDATE call SET billable_s = 63 WHERE billable_s = 62",
        &[("call", "call 1", Wrong::Cost, Some(-10_000))],
    ),
    (
        "UPDATE call SET end_reason = 'fault', billable_s = 0, amount = 0
         WHERE end_reason IS NULL",
        &[("call", "call 3", Wrong::LeftPending, Some(1_500_000))],
    ),
    (
        "UPDATE call SET epoch = 2 WHERE end_reason IS NULL",
        &[("call", "call 3", Wrong::Term, None)],
    ),
    (
        "DELETE FROM call WHERE end_reason = 'never_confirmed'",
        &[("entry", "hold 2", Wrong::Payer, None), ("entry", "void 2", Wrong::Payer, None)],
    ),
    (
        // Twice the price: 62 s cost 1.24, 150 s 3.00.
        "UPDATE rate SET per_minute = 1200000 WHERE origin = 'mobile'",
        &[
            ("rate_card", "card", Wrong::CardVersion, None),
            ("call", "call 1", Wrong::Reserved, Some(-1_500_000)),
            ("call", "call 1", Wrong::Cost, Some(-620_000)),
            ("call", "call 2", Wrong::Reserved, Some(-1_500_000)),
            ("call", "call 3", Wrong::Reserved, Some(-1_500_000)),
        ],
    ),
    (
        "DELETE FROM rate WHERE origin = 'mobile'",
        &[
            ("rate_card", "card", Wrong::CardVersion, None),
            ("call", "call 1", Wrong::Price, None),
            ("call", "call 2", Wrong::Price, None),
            ("call", "call 3", Wrong::Price, None),
        ],
    ),
    ("UPDATE rate_card SET monthly = 1", &[("rate_card", "card", Wrong::CardVersion, None)]),
    (
        "UPDATE rate_card SET valid_from_ms = valid_from_ms + 1",
        &[("rate_card", "card", Wrong::CardVersion, None)],
    ),
];

/// Every way in which a row can be wrong, those of fees aside, so that none is without a damage.
const WAYS: usize = 26;

async fn each_kind_of_damage_is_named_with_its_row_and_amount(place: Place) {
    let store = books(&place).await;
    sound(&store).await;
    let mut raw = place.raw().await;
    let names = names(&mut raw).await;
    let disarm = match &raw {
        Raw::Sqlite(_) => DISARM_SQLITE,
        Raw::Postgres(_) => DISARM_POSTGRES,
    };
    all(&mut raw, disarm).await;
    all(&mut raw, SAVE).await;
    let mut seen = BTreeSet::new();
    for &(damage, expected) in [ENTRIES, ROWS, ACCOUNTS, CALLS].concat().iter() {
        raw.execute(damage).await.expect(damage);
        let mut found = store.audit().await.expect("audited");
        found.sort();
        let mut named: Vec<Finding> = expected.iter().map(|row| finding(&names, *row)).collect();
        named.sort();
        assert_eq!(found, named, "{damage}");
        seen.extend(found.iter().map(|finding| finding.wrong));
        all(&mut raw, MEND).await;
        sound(&store).await;
    }
    assert_eq!(seen.len(), WAYS, "{seen:?}");
}

/// A grant, a call that was settled, one that was voided and one that runs.
async fn books(place: &Place) -> Store {
    let store = house(place, 5_000_000).await;
    let node = start(&store).await;
    let price = pinned(&store).await;
    for (n, chargeable, reason) in
        [(1, true, EndReason::Completed), (2, false, EndReason::NeverConfirmed)]
    {
        let (call, mut meter) = admitted(&node, n, price).await;
        meter.answered(Duration::ZERO);
        let bill = meter.close(Duration::from_secs(62), chargeable);
        let billable_s = bill.billable_s;
        let closing = Closing { call, postings: bill.postings, billable_s, reason };
        node.close(closing, NOW).await.expect("settled");
    }
    admitted(&node, 3, price).await;
    store
}

/// What each row is called here.
async fn names(raw: &mut Raw) -> BTreeMap<String, String> {
    let accounts: Vec<(String, String)> = raw.all("SELECT kind, id FROM account").await;
    let mut names: BTreeMap<String, String> = accounts.into_iter().collect();
    let (card,): (String,) = raw.one("SELECT id FROM rate_card").await;
    names.insert("card".to_owned(), card);
    names.insert("grant".to_owned(), entry(90).0.to_string());
    for n in 1..=3 {
        let call = CallId(Uuid::from_u128(1000 + n));
        let hold = EntryId::hold(call, 0);
        names.insert(format!("call {n}"), call.0.to_string());
        names.insert(format!("hold {n}"), hold.0.to_string());
        names.insert(format!("post {n}"), EntryId::post(hold).0.to_string());
        names.insert(format!("void {n}"), EntryId::void(hold).0.to_string());
    }
    names
}

fn finding(names: &BTreeMap<String, String>, (table, row, wrong, by): Expected) -> Finding {
    let id = names.get(row).cloned().unwrap_or_else(|| row.to_owned());
    Finding { table, id, wrong, by_micro: by }
}

async fn all(raw: &mut Raw, statements: &[&'static str]) {
    for statement in statements {
        raw.execute(statement).await.expect(statement);
    }
}

async fn an_audit_reads_one_state_of_the_books_and_tells_how_far_it_is(place: Place) {
    let store = books(&place).await;
    let mut told = Vec::new();
    let audit = store.audit_aloud(&mut |checked| told.push(checked)).await.expect("audited");
    assert_eq!((audit.findings, audit.unlisted), (vec![], 0));
    // One card; the organisation's account and nine of the house; a grant, three holds, a post and
    // a void; three calls; the first month of the line.
    let cards = Checked { cards: 1, ..Checked::default() };
    let accounts = Checked { accounts: 10, ..cards };
    let entries = Checked { entries: 6, ..accounts };
    let calls = Checked { calls: 3, ..entries };
    assert_eq!(told, [cards, accounts, entries, calls, Checked { periods: 1, ..calls }]);
    assert_eq!(told.last(), Some(&audit.checked));
}

async fn findings_beyond_the_limit_are_counted(place: Place) {
    let store = house(&place, 1_000_000_000).await;
    let many = i64::try_from(FINDINGS_MAX).expect("few") + 5;
    let mut raw = place.raw().await;
    // Entries that no balance knows of: the two accounts, and each of the entries for its stamp.
    let sql = "INSERT INTO entry (id, kind, debit, credit, amount, code, at_ms)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1005)
         SELECT 'x' || n, kind, debit, credit, 1, code, at_ms + 1 FROM entry, n";
    let made = raw.execute(sql).await.expect(sql);
    assert_eq!(i64::try_from(made), Ok(many));
    let audit = store.audit_aloud(&mut |_| {}).await.expect("audited");
    assert_eq!((audit.findings.len(), audit.unlisted), (FINDINGS_MAX, 7));
    let (credit,): (String,) = raw.one("SELECT id FROM account WHERE kind = 'credit'").await;
    let by_micro = Some(-1005);
    let balance = Finding { table: "account", id: credit, wrong: Wrong::Credits, by_micro };
    assert!(audit.findings.contains(&balance));
}
