//! A purchase as it lies in the table.

use linka_model::OrgId;
use linka_payment::VariableSymbol;
use linka_payment::purchase::{Purchase, PurchaseId};
use sqlx::FromRow;

use crate::StoreError;
use crate::orgs::uuid;
use crate::partners::PartnerId;
use crate::sql::{Access, Query, Tx};

/// A purchase with what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PurchaseRow {
    /// What was ordered, and what is known of it.
    pub purchase: Purchase,
    /// Who gets the credit.
    pub org: OrgId,
    /// The organisation's name.
    pub org_name: String,
    /// Its running number.
    pub number: i64,
    /// What a bank transfer names it by; invoices alone have one.
    pub symbol: Option<VariableSymbol>,
    /// The card provider's name of the pay page.
    pub session: Option<String>,
    /// The card provider's name of the payment.
    pub payment: Option<String>,
    /// Who pays for it by the month.
    pub partner: Option<PartnerId>,
    /// The day of the order (UTC), `2026-01-31`.
    pub created_day: String,
    /// Whether something that its provider told was refused, or is known to need an inquiry: it is
    /// asked how things stand, until both agree.
    pub unsettled: bool,
}

/// How a purchase is looked up.
#[derive(Clone, Copy)]
pub(crate) enum Find<'a> {
    Id(PurchaseId),
    Payment(&'a str),
    Symbol(VariableSymbol),
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT purchase.org, org.name AS org_name, number, facts, symbol, session, payment,
                 partner, created_day, unsettled
             FROM purchase JOIN org ON org.id = purchase.org ",
            $rest
        )
    };
}

pub(crate) async fn find(
    on: &mut impl Access,
    by: Find<'_>,
) -> Result<Option<PurchaseRow>, StoreError> {
    let query = match by {
        Find::Id(id) => Query::new(select!("WHERE purchase.id = $1")).bind(id.to_string()),
        Find::Payment(name) => Query::new(select!("WHERE payment = $1")).bind(name),
        Find::Symbol(symbol) => Query::new(select!("WHERE symbol = $1"))
            .bind(i64::try_from(symbol.number()).unwrap_or(i64::MAX)),
    };
    let row: Option<Columns> = query.fetch_optional(on).await?;
    row.map(PurchaseRow::try_from).transpose()
}

pub(super) async fn newest(
    on: &mut impl Access,
    limit: u32,
) -> Result<Vec<PurchaseRow>, StoreError> {
    all(Query::new(select!("ORDER BY number DESC LIMIT $1")), limit, on).await
}

/// Purchases by card of which more is to come, or whose provider contradicts the books, the oldest first, after a number.
pub(super) async fn open_by_card(
    on: &mut impl Access,
    after: i64,
    limit: u32,
) -> Result<Vec<PurchaseRow>, StoreError> {
    let query = Query::new(select!(
        "WHERE provider = 'card' AND number > $1
             AND (state IN ('created', 'pending', 'disputed') OR unsettled = 1)
         ORDER BY number LIMIT $2"
    ));
    all(query.bind(after), limit, on).await
}

/// What an organisation bought and paid, the oldest first.
pub(super) async fn paid_by(
    on: &mut impl Access,
    org: OrgId,
    limit: u32,
) -> Result<Vec<PurchaseRow>, StoreError> {
    let query =
        Query::new(select!("WHERE purchase.org = $1 AND received > 0 ORDER BY number LIMIT $2"));
    all(query.bind(org.0.to_string()), limit, on).await
}

async fn all(
    query: Query,
    limit: u32,
    on: &mut impl Access,
) -> Result<Vec<PurchaseRow>, StoreError> {
    let rows: Vec<Columns> = query.fetch_all(limit, on).await?;
    rows.into_iter().map(PurchaseRow::try_from).collect()
}

/// Writes what an event has made of a purchase.
pub(super) async fn update(tx: &mut Tx<'_>, row: &PurchaseRow) -> Result<(), StoreError> {
    let PurchaseRow { purchase, session, payment, unsettled, .. } = row;
    Query::new(
        "UPDATE purchase SET state = $1, received = $2, returned = $3, facts = $4, session = $5,
             payment = $6, unsettled = $7
         WHERE id = $8",
    )
    .bind(purchase.state().as_str())
    .bind(purchase.received().0)
    .bind(purchase.returned().0)
    .bind(facts(purchase)?)
    .bind(session.clone())
    .bind(payment.clone())
    .bind(i64::from(*unsettled))
    .bind(purchase.id().to_string())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) fn facts(purchase: &Purchase) -> Result<String, StoreError> {
    serde_json::to_string(purchase).map_err(|_| StoreError::Unreadable("purchase"))
}

#[derive(FromRow)]
struct Columns {
    org: String,
    org_name: String,
    number: i64,
    facts: String,
    symbol: Option<i64>,
    session: Option<String>,
    payment: Option<String>,
    partner: Option<String>,
    created_day: String,
    unsettled: i64,
}

impl TryFrom<Columns> for PurchaseRow {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let unreadable = StoreError::Unreadable;
        let symbol = row.symbol.map(|number| u64::try_from(number).unwrap_or(0).try_into());
        let partner = row.partner.as_deref().map(uuid).transpose()?;
        Ok(Self {
            purchase: serde_json::from_str(&row.facts).map_err(|_| unreadable("purchase"))?,
            org: OrgId(uuid(&row.org)?),
            org_name: row.org_name,
            number: row.number,
            symbol: symbol.transpose().map_err(|_| unreadable("variable symbol"))?,
            session: row.session,
            payment: row.payment,
            partner: partner.map(PartnerId),
            created_day: row.created_day,
            unsettled: row.unsettled != 0,
        })
    }
}
