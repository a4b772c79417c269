//! Purchases of credit: what is ordered, and what its provider has told of it.
//!
//! What a purchase is and which movements follow is decided in `linka_payment::purchase`; here its
//! facts, the entries that they make and all that depends on them are written in one transaction.

mod booking;
mod card;
mod debts;
mod open_refunds;
mod refunds;
mod row;
mod tell;

use linka_metering::calendar;
use linka_model::{Micros, OrgId};
use linka_payment::VariableSymbol;
use linka_payment::purchase::{Event, Provider, Purchase, PurchaseId};
use uuid::Uuid;

pub use card::{Asked, Checkout, Told};
pub use debts::BankDebt;
pub use open_refunds::RefundRow;
pub use refunds::{NewRefund, RefundPart};
pub use row::PurchaseRow;
pub(crate) use row::{Find, find};
pub(crate) use tell::tell;

use crate::database::in_time;
use crate::partners::{self, PartnerId};
use crate::sql::{Query, Tx};
use crate::{Store, StoreError, orgs};

/// Serial numbers of eight digits.
const NUMBER_MAX: i64 = 99_999_999;
/// So many purchases are listed at most.
const LISTED_MAX: u32 = 10_000;

/// How credit is paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Means {
    /// By card, on the provider's pay page.
    Card,
    /// By bank transfer.
    Invoice,
    /// On the account of a partner, at once.
    Partner(PartnerId),
}

/// An order of credit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewPurchase {
    /// Its name, made before anybody hears of it.
    pub id: PurchaseId,
    /// Who gets the credit.
    pub org: OrgId,
    /// How it is paid.
    pub means: Means,
    /// How much, in the currency of the organisation.
    pub amount: Micros,
}

impl Store {
    /// Writes an order of credit; ordering the same again changes nothing (I5). A partner pays at
    /// once, unless its limit or an old debt forbids it (M19).
    pub async fn order_credit(
        &self,
        order: &NewPurchase,
        now_ms: i64,
    ) -> Result<PurchaseRow, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            if let Some(known) = find(&mut tx, Find::Id(order.id)).await? {
                return if known.is(order) { Ok(known) } else { Err(other()) };
            }
            write(&mut tx, order, now_ms).await?;
            let mut row = find(&mut tx, Find::Id(order.id)).await?.ok_or_else(nowhere)?;
            if let Means::Partner(partner) = order.means {
                partners::check(&mut tx, partner, &row.purchase, now_ms).await?;
            }
            if let Some(event) = first_event(order, &row.purchase) {
                row = tell(&mut tx, row, &[event], now_ms).await?;
            }
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// The purchase of this name.
    pub async fn purchase(&self, id: PurchaseId) -> Result<Option<PurchaseRow>, StoreError> {
        in_time(async { find(&mut self.reader().await?, Find::Id(id)).await }).await
    }

    /// All purchases, the newest first.
    pub async fn purchases(&self) -> Result<Vec<PurchaseRow>, StoreError> {
        in_time(async { row::newest(&mut self.reader().await?, LISTED_MAX).await }).await
    }
}

/// What is known of an order from its very beginning.
fn first_event(order: &NewPurchase, purchase: &Purchase) -> Option<Event> {
    match order.means {
        Means::Card => None,
        Means::Invoice => Some(Event::Opened),
        Means::Partner(_) => Some(Event::Paid {
            object: order.id.to_string(),
            amount: order.amount,
            currency: purchase.currency(),
        }),
    }
}

async fn write(tx: &mut Tx<'_>, order: &NewPurchase, now_ms: i64) -> Result<(), StoreError> {
    let currency = orgs::currency(tx, order.org).await?;
    let purchase = Purchase::new(order.id, order.means.provider(), order.amount, currency)
        .ok_or_else(|| StoreError::Conflict("an amount must be more than zero".to_owned()))?;
    let number = next_number(tx).await?;
    let symbol = match order.means {
        Means::Invoice => Some(symbol(number)?),
        Means::Card | Means::Partner(_) => None,
    };
    let partner = match order.means {
        Means::Partner(partner) => Some(partner.0.to_string()),
        Means::Card | Means::Invoice => None,
    };
    Query::new(
        "INSERT INTO purchase (id, org, provider, number, state, asked, currency, received, returned,
             facts, symbol, partner, created_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $11)",
    )
    .bind(order.id.to_string())
    .bind(order.org.0.to_string())
    .bind(purchase.provider().as_str())
    .bind(number)
    .bind(purchase.state().as_str())
    .bind(order.amount.0)
    .bind(currency.as_str())
    .bind(row::facts(&purchase)?)
    .bind(symbol)
    .bind(partner)
    .bind(calendar::day(now_ms))
    .execute(tx)
    .await?;
    Ok(())
}

async fn next_number(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let (last,): (i64,) =
        Query::new("SELECT coalesce(max(number), 0) FROM purchase").fetch_one(tx).await?;
    if last < NUMBER_MAX {
        Ok(last + 1)
    } else {
        Err(StoreError::Conflict("all numbers of purchases are used".to_owned()))
    }
}

/// The variable symbol of a number, as it is kept.
fn symbol(number: i64) -> Result<i64, StoreError> {
    let serial = u32::try_from(number).ok().and_then(|serial| VariableSymbol::new(serial).ok());
    let symbol = serial.map(VariableSymbol::number).and_then(|number| i64::try_from(number).ok());
    symbol.ok_or(StoreError::Unreadable("number of a purchase"))
}

impl Means {
    const fn provider(self) -> Provider {
        match self {
            Self::Card => Provider::Card,
            Self::Invoice => Provider::Invoice,
            Self::Partner(_) => Provider::Partner,
        }
    }
}

impl PurchaseRow {
    fn is(&self, order: &NewPurchase) -> bool {
        let Self { purchase, org, partner, .. } = self;
        let payer = match order.means {
            Means::Partner(partner) => Some(partner),
            Means::Card | Means::Invoice => None,
        };
        (*org, *partner) == (order.org, payer)
            && purchase.provider() == order.means.provider()
            && purchase.asked() == order.amount
    }
}

/// Names what belongs to a purchase, from the purchase's own name.
fn named(purchase: PurchaseId, what: &str) -> Uuid {
    Uuid::new_v5(&purchase.0, what.as_bytes())
}

fn other() -> StoreError {
    StoreError::Conflict("another purchase stands under this name".to_owned())
}

pub(crate) fn nowhere() -> StoreError {
    StoreError::NotFound("the purchase".to_owned())
}
