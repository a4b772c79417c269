//! A line ends: it frees its place, owes nothing more, and what it paid ahead comes back (M15).

use linka_metering::EntryId;
use linka_metering::plan::{Period, Zone, unused};
use linka_model::{LineId, Micros, OrgId};

use crate::StoreError;
use crate::orgs::{self, House, credit_account, uuid};
use crate::plain::{Plain, book};
use crate::sql::{Query, Tx};

/// The paid period in which a line ends.
#[derive(sqlx::FromRow)]
struct Paid {
    start_ms: i64,
    end_ms: i64,
    amount: i64,
    entry: String,
    zone: String,
}

/// Writes down that a line was released, and returns the unused days of its fee.
pub(crate) async fn cancelled(
    tx: &mut Tx<'_>,
    (org, line): (OrgId, LineId),
    at_ms: i64,
) -> Result<(), StoreError> {
    Query::new(
        "UPDATE line_fee SET released_ms = $1, since_ms = $2, mailed_day = NULL,
             release_confirmed = 0, owed_start_ms = NULL, owed_end_ms = NULL, owed_amount = NULL
         WHERE line = $3",
    )
    .bind(at_ms)
    .bind(at_ms)
    .bind(line.0.to_string())
    .execute(tx)
    .await?;
    let paid: Option<Paid> = Query::new(
        "SELECT start_ms, end_ms, amount, entry, org.zone FROM fee_period
         JOIN org ON org.id = $1
         WHERE line = $2 AND start_ms <= $3 AND end_ms > $4 AND amount > 0 AND returned = 0",
    )
    .bind(org.0.to_string())
    .bind(line.0.to_string())
    .bind(at_ms)
    .bind(at_ms)
    .fetch_optional(tx)
    .await?;
    match paid {
        Some(paid) => give_back(tx, (org, line), &paid, at_ms).await,
        None => Ok(()),
    }
}

async fn give_back(
    tx: &mut Tx<'_>,
    (org, line): (OrgId, LineId),
    paid: &Paid,
    at_ms: i64,
) -> Result<(), StoreError> {
    let zone = Zone::named(&paid.zone).map_err(|_| StoreError::Unreadable("time zone"))?;
    let period = Period { start_ms: paid.start_ms, end_ms: paid.end_ms };
    let back = unused(Micros(paid.amount), period, at_ms, &zone);
    if back == Micros::ZERO {
        return Ok(());
    }
    let currency = orgs::currency(tx, org).await?;
    let entry = Plain {
        id: EntryId::fee_return(EntryId(uuid(&paid.entry)?)),
        debit: House::RevenueMonthly.account(currency),
        credit: credit_account(org),
        amount: back,
        code: "fee_return",
        reason: "",
    };
    book(tx, &entry, at_ms).await?;
    Query::new("UPDATE fee_period SET returned = $1 WHERE line = $2 AND start_ms = $3")
        .bind(back.0)
        .bind(line.0.to_string())
        .bind(paid.start_ms)
        .execute(tx)
        .await?;
    Ok(())
}
