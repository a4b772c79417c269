//! Partners buy credit for others and pay by the month (M19).

use linka_metering::plan::Zone;
use linka_metering::{EntryId, calendar};
use linka_model::{Currency, Micros};
use linka_payment::purchase::Purchase;
use uuid::Uuid;

use crate::database::in_time;
use crate::orgs::{House, uuid};
use crate::plain::{Plain, book};
use crate::sql::{Access, Query, Tx};
use crate::{Store, StoreError};

/// A month's debt may stand so long after the month; then nothing new is bought.
pub(crate) const OVERDUE_MS: i64 = 30 * 86_400_000;
/// So many partners are listed at most.
const PARTNERS_MAX: u32 = 10_000;

/// Names a partner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartnerId(pub Uuid);

/// A partner to be written down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPartner {
    /// Its identity, made by the caller.
    pub id: PartnerId,
    /// Its name, new among partners.
    pub name: String,
    /// In which currency it pays.
    pub currency: Currency,
    /// How much it may owe.
    pub limit: Micros,
    /// Where its months begin.
    pub zone: Zone,
}

/// A partner and what it owes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerRow {
    /// Its identity.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// In which currency it pays.
    pub currency: Currency,
    /// How much it may owe.
    pub limit: Micros,
    /// Where its months begin.
    pub zone: Zone,
    /// What it owes.
    pub owes: Micros,
    /// The day (UTC) from which on its oldest debt is overdue, `2026-01-31`.
    pub overdue_from: Option<String>,
}

/// The account of what a partner owes; its identity follows from the partner's.
pub(crate) fn receivable(partner: PartnerId) -> String {
    Uuid::new_v5(&partner.0, b"receivable").to_string()
}

impl Store {
    /// Writes a partner down, with an empty account.
    pub async fn create_partner(&self, new: &NewPartner) -> Result<(), StoreError> {
        if new.limit < Micros::ZERO {
            return Err(StoreError::Conflict("a limit must not be below zero".to_owned()));
        }
        in_time(async {
            let mut tx = self.begin().await?;
            let twin: Option<(String,)> = Query::new("SELECT id FROM partner WHERE name = $1")
                .bind(&new.name)
                .fetch_optional(&mut tx)
                .await?;
            if twin.is_some() {
                return Err(StoreError::Exists(format!("the partner `{}`", new.name)));
            }
            write(&mut tx, new).await?;
            tx.commit().await
        })
        .await
    }

    /// All partners, by name.
    pub async fn partners(&self) -> Result<Vec<PartnerRow>, StoreError> {
        in_time(async {
            let mut reader = self.reader().await?;
            let rows: Vec<Columns> = Query::new(
                "SELECT partner.id, name, partner.currency, credit_limit, zone, debits - credits
                 FROM partner JOIN account ON account.partner = partner.id ORDER BY name LIMIT $1",
            )
            .fetch_all(PARTNERS_MAX, &mut reader)
            .await?;
            let mut partners = Vec::new();
            for row in rows {
                partners.push(with_debt(&mut reader, row).await?);
            }
            Ok(partners)
        })
        .await
    }

    /// A partner has paid by bank. The entry's name is the caller's: the same payment again changes
    /// nothing (I5).
    pub async fn partner_paid(
        &self,
        id: EntryId,
        partner: PartnerId,
        amount: Micros,
        now_ms: i64,
    ) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = one(&mut tx, partner).await?;
            let entry = Plain {
                id,
                debit: House::ClearingBank.account(row.currency),
                credit: receivable(partner),
                amount,
                code: "top_up_bank",
                reason: "paid by the partner",
            };
            book(&mut tx, &entry, now_ms).await?;
            let row = one(&mut tx, partner).await?;
            tx.commit().await?;
            Ok(row.owes)
        })
        .await
    }
}

async fn write(tx: &mut Tx<'_>, new: &NewPartner) -> Result<(), StoreError> {
    Query::new(
        "INSERT INTO partner (id, name, currency, credit_limit, zone) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(new.id.0.to_string())
    .bind(&new.name)
    .bind(new.currency.as_str())
    .bind(new.limit.0)
    .bind(new.zone.name())
    .execute(tx)
    .await?;
    Query::new(
        "INSERT INTO account (id, kind, partner, currency)
         VALUES ($1, 'receivable_partner', $2, $3)",
    )
    .bind(receivable(new.id))
    .bind(new.id.0.to_string())
    .bind(new.currency.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether a partner may buy this: in its currency, within its limit, with no old debt.
pub(crate) async fn check(
    tx: &mut Tx<'_>,
    partner: PartnerId,
    purchase: &Purchase,
    now_ms: i64,
) -> Result<(), StoreError> {
    let row = one(tx, partner).await?;
    let refuse = |why: String| Err(StoreError::Conflict(why));
    if row.currency != purchase.currency() {
        return refuse(format!("{} pays in {}", row.name, row.currency));
    }
    let owes = row.owes.checked_add(purchase.asked());
    if owes.is_none_or(|owes| owes > row.limit) {
        let PartnerRow { name, owes, limit, .. } = row;
        return refuse(format!("{name} owes {owes} and may owe {limit}"));
    }
    match row.overdue_from {
        Some(day) if day <= calendar::day(now_ms) => {
            refuse(format!("{} has a debt that is overdue since {day}", row.name))
        }
        Some(_) | None => Ok(()),
    }
}

/// The columns id, name, currency, limit, zone and debt.
type Columns = (String, String, String, i64, String, i64);

async fn one(tx: &mut Tx<'_>, partner: PartnerId) -> Result<PartnerRow, StoreError> {
    let row: Option<Columns> = Query::new(
        "SELECT partner.id, name, partner.currency, credit_limit, zone, debits - credits
         FROM partner JOIN account ON account.partner = partner.id WHERE partner.id = $1",
    )
    .bind(partner.0.to_string())
    .fetch_optional(tx)
    .await?;
    with_debt(tx, row.ok_or_else(|| StoreError::NotFound("the partner".to_owned()))?).await
}

async fn with_debt(on: &mut impl Access, row: Columns) -> Result<PartnerRow, StoreError> {
    let (id, name, currency, limit, zone, owes) = row;
    let id = PartnerId(uuid(&id)?);
    let zone = Zone::named(&zone).map_err(|_| StoreError::Unreadable("time zone"))?;
    // A debt is due when its month is over.
    let month_ended = oldest_debt(on, id).await?.and_then(|at_ms| zone.next_month(at_ms));
    let overdue_from = month_ended.map(|end_ms| calendar::day(end_ms.saturating_add(OVERDUE_MS)));
    Ok(PartnerRow {
        id,
        name,
        currency: currency.parse().map_err(|_| StoreError::Unreadable("currency"))?,
        limit: Micros(limit),
        zone,
        owes: Micros(owes),
        overdue_from,
    })
}

/// When the oldest debt arose that the payments do not cover: they cover the oldest first.
async fn oldest_debt(on: &mut impl Access, partner: PartnerId) -> Result<Option<i64>, StoreError> {
    let found: Option<(i64,)> = Query::new(
        "SELECT at_ms FROM
             (SELECT at_ms, id, sum(amount) OVER (ORDER BY at_ms, id) AS total
              FROM entry WHERE debit = $1) AS debt
         WHERE total > (SELECT credits FROM account WHERE id = $1)
         ORDER BY at_ms, id LIMIT 1",
    )
    .bind(receivable(partner))
    .fetch_optional(on)
    .await?;
    Ok(found.map(|(at_ms,)| at_ms))
}
