//! Stamps: time of the books never runs backwards, whatever the wall clock does (M14).

use linka_metering::calendar;

use crate::StoreError;
use crate::sql::{Query, Tx};

/// The stamp of an entry that people make: the later of now and the last stamp.
pub(crate) async fn stamp(tx: &mut Tx<'_>, now_ms: i64) -> Result<i64, StoreError> {
    Query::new("UPDATE clock SET last_ms = $1 WHERE id = 1 AND last_ms < $1")
        .bind(now_ms)
        .execute(tx)
        .await?;
    let (stamp,) = Query::new("SELECT last_ms FROM clock WHERE id = 1").fetch_one(tx).await?;
    Ok(stamp)
}

/// The stamp of an entry of a call: the hour alone, and nothing finer is remembered (O9).
pub(crate) async fn hour(tx: &mut Tx<'_>, now_ms: i64) -> Result<i64, StoreError> {
    Ok(calendar::hour_start(stamp(tx, calendar::hour_start(now_ms)).await?))
}
