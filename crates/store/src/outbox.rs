//! The outbox: what people are to be told is written in the transaction that makes it so.
//!
//! Nothing is sent here and nobody is addressed here. A notice stands exactly when what it tells of
//! stands; a job makes mails of it later.

use linka_metering::calendar;
use linka_model::OrgId;
use uuid::Uuid;

use crate::database::in_time;
use crate::sql::{Query, Tx};
use crate::{Notice, Store, StoreError};

/// Puts a notice into the outbox, for the contacts of an organisation, or for the operator where
/// there is none. The identity is made before the first try: the same again changes nothing. It is
/// remembered to the hour.
pub(crate) async fn queue(
    tx: &mut Tx<'_>,
    org: Option<OrgId>,
    notice: &Notice,
    id: Uuid,
    now_ms: i64,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(&notice.fitting())
        .map_err(|_| StoreError::Conflict("a notice cannot be written".to_owned()))?;
    Query::new(
        "INSERT INTO outbox (id, org, notice, hour_ms, state) VALUES ($1, $2, $3, $4, 'new')
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(org.map(|org| org.0.to_string()))
    .bind(text)
    .bind(calendar::hour_start(now_ms))
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Puts a notice into the outbox that nothing else in the books goes with.
    pub async fn tell(
        &self,
        org: Option<OrgId>,
        notice: &Notice,
        id: Uuid,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            queue(&mut tx, org, notice, id, now_ms).await?;
            tx.commit().await
        })
        .await
    }
}
