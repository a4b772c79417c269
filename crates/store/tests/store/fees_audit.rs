//! The audit names each kind of damage to what is known of monthly fees.

use std::collections::BTreeSet;

use crate::common::{NOW, ORG, Place, Raw, on_both, sound};
use crate::fees::{DAY, DECEMBER, id, line, org};
use linka_metering::EntryId;
use linka_model::LineKind;
use linka_store::{Finding, QUARANTINE_DAYS_MIN, Release, Store, Wrong};

on_both!(each_damage_to_fees_is_named_with_its_row_and_amount);

/// Somebody with all rights makes it happen.
const DISARM_SQLITE: &[&str] = &[
    "PRAGMA ignore_check_constraints = ON",
    "PRAGMA foreign_keys = OFF",
    "DROP TRIGGER fee_period_without_overlap",
    "DROP TRIGGER fee_period_without_gap",
    "DROP TRIGGER fee_period_as_billed",
    "DROP TRIGGER fee_period_stays",
];
const DISARM_POSTGRES: &[&str] = &["SET session_replication_role = replica"];
const SAVE: &[&str] = &[
    "CREATE TABLE saved_period AS SELECT * FROM fee_period",
    "CREATE TABLE saved_fee AS SELECT * FROM line_fee",
];
const MEND: &[&str] = &[
    "DELETE FROM fee_period",
    "DELETE FROM line_fee",
    "INSERT INTO line_fee SELECT * FROM saved_fee",
    "INSERT INTO fee_period SELECT * FROM saved_period",
];

/// A table, a row of it by its name in [`name`], what is wrong, and by how many micro-units.
type Expected = (&'static str, &'static str, Wrong, Option<i64>);

/// The fourth landline has the identity 5 and pays 90.00 on 24 November; the oldest has 2; the
/// toll-free line, 6, paid 250.00 and was cancelled on 4 December: 250 · 19 / 30 = 158.333333 3…
const DAMAGES: &[(&str, &[Expected])] = &[
    (
        "UPDATE fee_period SET amount = amount - 1, price = price - 1
         WHERE line = '00000000-0000-0000-0000-000000000005' AND start_ms < 1795500000000",
        &[("fee_period", "fourth", Wrong::FeeTaken, Some(-1))],
    ),
    (
        "UPDATE fee_period SET amount = 0, entry = NULL
         WHERE line = '00000000-0000-0000-0000-000000000005' AND start_ms < 1795500000000",
        &[
            ("fee_period", "fourth", Wrong::FeePlan, Some(-90_000_000)),
            ("entry", "fee", Wrong::FeeStray, Some(90_000_000)),
        ],
    ),
    (
        "DELETE FROM fee_period
         WHERE line = '00000000-0000-0000-0000-000000000005' AND start_ms < 1795500000000",
        &[("entry", "fee", Wrong::FeeStray, Some(90_000_000))],
    ),
    (
        "UPDATE fee_period SET start_ms = start_ms - 1
         WHERE line = '00000000-0000-0000-0000-000000000005' AND start_ms < 1795500000000",
        &[("fee_period", "fourth", Wrong::FeeEntry, None)],
    ),
    (
        "UPDATE fee_period SET start_ms = start_ms + 1
         WHERE line = '00000000-0000-0000-0000-000000000002' AND start_ms > 1795500000000",
        &[("fee_period", "oldest", Wrong::FeeGap, None)],
    ),
    (
        // The oldest was never there: the fourth was the third, and paid twice for nothing.
        "DELETE FROM line_fee WHERE line = '00000000-0000-0000-0000-000000000002'",
        &[
            ("fee_period", "fourth", Wrong::FeePlan, Some(90_000_000)),
            ("fee_period", "fourth", Wrong::FeePlan, Some(90_000_000)),
        ],
    ),
    (
        "UPDATE fee_period SET returned = 0",
        &[("account", "credit", Wrong::FeeReturn, Some(158_333_333))],
    ),
    (
        "UPDATE line_fee SET owed_start_ms = 0, owed_end_ms = 1, owed_amount = 1
         WHERE line = '00000000-0000-0000-0000-000000000002'",
        &[("line", "oldest", Wrong::Owing, None)],
    ),
];

/// Every way in which fees can be wrong.
const WAYS: usize = 7;

async fn books(place: &Place) -> Store {
    let store = org(place, 1_000).await;
    for n in 2..=5 {
        line(&store, n, LineKind::Landline).await;
    }
    line(&store, 6, LineKind::TollFree).await;
    let did = "+420800000006".parse().expect("a number");
    let release = Release { did, wished: true, quarantine_days: QUARANTINE_DAYS_MIN };
    store.release_number(&release, NOW + 10 * DAY).await.expect("released");
    store.review_fees(DECEMBER).await.expect("reviewed");
    store
}

async fn each_damage_to_fees_is_named_with_its_row_and_amount(place: Place) {
    let store = books(&place).await;
    sound(&store).await;
    let mut raw = place.raw().await;
    let disarm = match &raw {
        Raw::Sqlite(_) => DISARM_SQLITE,
        Raw::Postgres(_) => DISARM_POSTGRES,
    };
    all(&mut raw, disarm).await;
    all(&mut raw, SAVE).await;
    let (credit,): (String,) = raw.one("SELECT id FROM account WHERE kind = 'credit'").await;
    let (start_ms,): (i64,) = raw.one("SELECT min(start_ms) FROM fee_period").await;
    let name = |row: &str| match row {
        "oldest" => id(2).0.to_string(),
        "fourth" => id(5).0.to_string(),
        "fee" => EntryId::fee(id(5), start_ms).0.to_string(),
        _ => credit.clone(),
    };
    let mut seen = BTreeSet::new();
    for &(damage, expected) in DAMAGES {
        raw.execute(damage).await.expect(damage);
        let mut found = store.audit().await.expect("audited");
        found.sort();
        let finding = |&(table, row, wrong, by_micro): &Expected| Finding {
            table,
            id: name(row),
            wrong,
            by_micro,
        };
        let mut named: Vec<Finding> = expected.iter().map(finding).collect();
        named.sort();
        assert_eq!(found, named, "{damage}");
        seen.extend(found.iter().map(|finding| finding.wrong));
        all(&mut raw, MEND).await;
        sound(&store).await;
    }
    assert_eq!(seen.len(), WAYS, "{seen:?}");
    assert_eq!(store.available(ORG).await.expect("answers").0, 728_333_333);
}

async fn all(raw: &mut Raw, statements: &[&'static str]) {
    for statement in statements {
        raw.execute(statement).await.expect(statement);
    }
}
