//! How SQLite finds what settling a call needs: by an index, however many calls and entries the
//! books hold. Without one a busy year makes every hang-up too slow for its deadline.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use crate::calls::OPEN_HOLDS;
use crate::recovery::NEXT_ORPHAN;

/// The steps of a statement's plan.
async fn plan(statement: &str) -> Vec<String> {
    let books = SqlitePool::connect("sqlite::memory:").await.expect("opens");
    sqlx::migrate!("./migrations/sqlite").run(&books).await.expect("has the tables");
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::query(explained).fetch_all(&books).await.expect("is planned");
    rows.iter().map(|row| row.get("detail")).collect()
}

#[tokio::test]
async fn settling_a_call_reads_no_more_than_its_own_entries() {
    let steps = plan(OPEN_HOLDS).await;
    assert!(steps.iter().any(|step| step.contains("entry_resolution")), "{steps:?}");
    assert!(steps.iter().all(|step| !step.starts_with("SCAN entry")), "{steps:?}");
    assert!(steps.iter().all(|step| !step.starts_with("SCAN hold")), "{steps:?}");
}

#[tokio::test]
async fn the_next_call_to_settle_is_found_among_the_open_ones() {
    let steps = plan(NEXT_ORPHAN).await;
    assert!(steps.iter().any(|step| step.contains("call_open")), "{steps:?}");
    for slow in ["AUTOMATIC", "SCAN hold", "SCAN post", "SCAN entry"] {
        assert!(steps.iter().all(|step| !step.contains(slow)), "{steps:?}");
    }
    assert!(steps.iter().all(|step| step != "SCAN call"), "{steps:?}");
}
