//! Refunds of unused credit, to the payments that it came from, the oldest first (M17).

use linka_model::{Micros, OrgId};
use linka_payment::purchase::{Event, MovementId, Provider, PurchaseId};
use linka_payment::refund::{self, Part, TopUp};
use uuid::Uuid;

use super::booking::Hold;
use super::row::{Find, PurchaseRow, find, paid_by};
use super::{debts, named, nowhere, tell};
use crate::database::in_time;
use crate::orgs::{self, credit_account};
use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// So many purchases of an organisation are looked at.
const PURCHASES_MAX: u32 = 10_000;

/// A part of a refund: what goes back to one payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefundPart {
    /// Its name, which the provider hears too, so that asking twice refunds once.
    pub id: Uuid,
    /// The purchase whose payment it goes back to.
    pub purchase: PurchaseRow,
    /// How much.
    pub amount: Micros,
}

/// A refund that somebody asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewRefund {
    /// Its name, made before the first attempt: asked again under it, it is the same refund (I5).
    pub id: Uuid,
    /// Whose credit goes back.
    pub org: OrgId,
    /// How much; all that can be paid back where nothing is said.
    pub wanted: Option<Micros>,
    /// Whether the card provider can be asked. Without it nothing is begun that needs it.
    pub by_card: bool,
}

impl Store {
    /// Takes unused credit out. What was paid by card is held until the provider says that the money
    /// has gone; what was paid by bank or on a partner's account is booked at once, and what a person
    /// has to send is kept as a debt.
    pub async fn refund(
        &self,
        refund: &NewRefund,
        now_ms: i64,
    ) -> Result<Vec<RefundPart>, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            if is_known(&mut tx, refund).await? {
                return known_parts(&mut tx, refund.id).await;
            }
            write(&mut tx, refund).await?;
            let mut parts = Vec::new();
            for (place, part) in plan(&mut tx, refund).await?.into_iter().enumerate() {
                let purchase = find(&mut tx, Find::Id(part.purchase)).await?.ok_or_else(nowhere)?;
                let id = named(part.purchase, &refund.id.to_string());
                let part = RefundPart { id, purchase, amount: part.amount };
                if part.purchase.purchase.provider() == Provider::Card && !refund.by_card {
                    return Err(cards_are_off());
                }
                write_part(&mut tx, refund.id, place, &part).await?;
                parts.push(begin(&mut tx, part, now_ms).await?);
            }
            tx.commit().await?;
            Ok(parts)
        })
        .await
    }
}

fn cards_are_off() -> StoreError {
    let why = "a part of it goes back to a card, and cards are off: add payments.card";
    StoreError::Conflict(why.to_owned())
}

/// Whether this very refund was asked for before; another one under its name is a conflict.
async fn is_known(tx: &mut Tx<'_>, refund: &NewRefund) -> Result<bool, StoreError> {
    let known: Option<(String, Option<i64>)> =
        Query::new("SELECT org, wanted FROM refund_order WHERE id = $1")
            .bind(refund.id.to_string())
            .fetch_optional(tx)
            .await?;
    let asked = (refund.org.0.to_string(), refund.wanted.map(|wanted| wanted.0));
    match known {
        None => Ok(false),
        Some(known) if known == asked => Ok(true),
        Some(_) => Err(StoreError::Conflict("another refund stands under this name".to_owned())),
    }
}

async fn write(tx: &mut Tx<'_>, refund: &NewRefund) -> Result<(), StoreError> {
    if refund.wanted.is_some_and(|wanted| wanted <= Micros::ZERO) {
        return Err(StoreError::Conflict("an amount must be more than zero".to_owned()));
    }
    Query::new("INSERT INTO refund_order (id, org, wanted) VALUES ($1, $2, $3)")
        .bind(refund.id.to_string())
        .bind(refund.org.0.to_string())
        .bind(refund.wanted.map(|wanted| wanted.0))
        .execute(tx)
        .await?;
    Ok(())
}

async fn write_part(
    tx: &mut Tx<'_>,
    refund: Uuid,
    place: usize,
    part: &RefundPart,
) -> Result<(), StoreError> {
    Query::new(
        "INSERT INTO refund_part (id, refund_order, place, purchase, amount)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(part.id.to_string())
    .bind(refund.to_string())
    .bind(i64::try_from(place).unwrap_or(i64::MAX))
    .bind(part.purchase.purchase.id().to_string())
    .bind(part.amount.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// The parts of a refund that was asked for before, in the order in which they were planned.
async fn known_parts(tx: &mut Tx<'_>, refund: Uuid) -> Result<Vec<RefundPart>, StoreError> {
    let rows: Vec<(String, String, i64)> = Query::new(
        "SELECT id, purchase, amount FROM refund_part WHERE refund_order = $1
         ORDER BY place LIMIT $2",
    )
    .bind(refund.to_string())
    .fetch_all(PURCHASES_MAX, tx)
    .await?;
    let mut parts = Vec::new();
    for (id, purchase, amount) in rows {
        let purchase = PurchaseId(orgs::uuid(&purchase)?);
        let purchase = find(tx, Find::Id(purchase)).await?.ok_or_else(nowhere)?;
        parts.push(RefundPart { id: orgs::uuid(&id)?, purchase, amount: Micros(amount) });
    }
    Ok(parts)
}

async fn begin(tx: &mut Tx<'_>, part: RefundPart, now_ms: i64) -> Result<RefundPart, StoreError> {
    let provider = part.purchase.purchase.provider();
    if provider == Provider::Card {
        let hold = Hold { id: MovementId(part.id), kind: "refund", amount: part.amount, now_ms };
        hold.write(tx, &part.purchase).await?;
        return Ok(part);
    }
    if provider == Provider::Invoice {
        debts::owe(tx, &part, now_ms).await?;
    }
    let purchase = tell(tx, part.purchase.clone(), &[part.went()], now_ms).await?;
    Ok(RefundPart { purchase, ..part })
}

impl RefundPart {
    /// That the money went back otherwise than by the card provider.
    pub(super) fn went(&self) -> Event {
        Event::Refunded {
            object: self.id.to_string(),
            total: self.amount,
            currency: self.purchase.purchase.currency(),
        }
    }
}

/// What goes back to which purchase.
async fn plan(tx: &mut Tx<'_>, refund: &NewRefund) -> Result<Vec<Part>, StoreError> {
    let NewRefund { org, wanted, .. } = *refund;
    let currency = orgs::currency(tx, org).await?;
    let mut top_ups = Vec::new();
    for row in paid_by(tx, org, PURCHASES_MAX).await? {
        top_ups.push(top_up(tx, &row).await?);
    }
    let (goodwill, used, available) = sums(tx, org).await?;
    let refused = |error: refund::RefundError| StoreError::Conflict(error.to_string());
    let parts = refund::refundable(&top_ups, goodwill, used, currency).map_err(refused)?;
    let all = parts.iter().map(|part| part.amount).try_fold(Micros::ZERO, Micros::checked_add);
    let wanted = wanted.or(all).unwrap_or(Micros::ZERO);
    if wanted > available {
        return Err(StoreError::NoCredit);
    }
    refund::plan(&parts, wanted, currency).map_err(refused)
}

async fn top_up(tx: &mut Tx<'_>, row: &PurchaseRow) -> Result<TopUp, StoreError> {
    let purchase = &row.purchase;
    let (held,): (i64,) = Query::new(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM held_back
         WHERE purchase = $1 AND outcome IS NULL",
    )
    .bind(purchase.id().to_string())
    .fetch_one(tx)
    .await?;
    let returned = purchase.returned().checked_add(Micros(held));
    let returned = returned.ok_or(StoreError::Unreadable("purchase"))?;
    Ok(TopUp { purchase: purchase.id(), received: purchase.received(), returned })
}

/// What was given, what was spent or is reserved, and what is available. What came back of fees was
/// not spent.
async fn sums(tx: &mut Tx<'_>, org: OrgId) -> Result<(Micros, Micros, Micros), StoreError> {
    let account = credit_account(org);
    let (used, available): (i64, i64) = Query::new(
        "SELECT debits + pending, credits - debits - pending - disputed FROM account WHERE id = $1",
    )
    .bind(&account)
    .fetch_one(tx)
    .await?;
    let (given, fees): (i64, i64) = Query::new(
        "SELECT CAST(coalesce(sum(CASE WHEN code = 'fee_return' THEN 0 ELSE amount END), 0) AS BIGINT),
             CAST(coalesce(sum(CASE WHEN code = 'fee_return' THEN amount ELSE 0 END), 0) AS BIGINT)
         FROM entry WHERE credit = $1 AND kind = 'plain'
             AND code IN ('grant', 'budget', 'correction', 'fee_return')
             AND NOT EXISTS (SELECT 1 FROM purchase_entry WHERE purchase_entry.entry = entry.id)",
    )
    .bind(&account)
    .fetch_one(tx)
    .await?;
    Ok((Micros(given), Micros(used.saturating_sub(fees)), Micros(available)))
}
