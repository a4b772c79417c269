//! Stamps: time of the books never runs backwards, whatever the wall clock does (M14).

use linka_metering::calendar;
use sqlx::SqliteConnection;

use crate::StoreError;

/// The stamp of an entry that people make: the later of now and the last stamp.
pub(crate) async fn stamp(tx: &mut SqliteConnection, now_ms: i64) -> Result<i64, StoreError> {
    let (stamp,) = sqlx::query_as::<_, (i64,)>(
        "UPDATE clock SET last_ms = CASE WHEN last_ms < $1 THEN $1 ELSE last_ms END
         WHERE id = 1 RETURNING last_ms",
    )
    .bind(now_ms)
    .fetch_one(tx)
    .await?;
    Ok(stamp)
}

/// The stamp of an entry of a call: the hour alone, and nothing finer is remembered (O9).
pub(crate) async fn hour(tx: &mut SqliteConnection, now_ms: i64) -> Result<i64, StoreError> {
    Ok(calendar::hour_start(stamp(tx, calendar::hour_start(now_ms)).await?))
}
