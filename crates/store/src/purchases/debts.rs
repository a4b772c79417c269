//! Money that is owed to payers by bank: booked as refunded, and sent by a person.

use linka_metering::calendar;
use linka_model::{Currency, Micros};
use linka_payment::purchase::PurchaseId;
use uuid::Uuid;

use super::RefundPart;
use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// So many debts are listed at most.
const LISTED_MAX: u32 = 10_000;

/// Money that a person has to send by bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BankDebt {
    /// Its name.
    pub id: Uuid,
    /// What it was paid for; nothing where the money is not about credit.
    pub purchase: Option<PurchaseId>,
    /// Who bought it.
    pub org_name: Option<String>,
    /// The variable symbol by which the payer knows it.
    pub symbol: i64,
    /// How much.
    pub amount: Micros,
    /// In which currency, where the purchase says it.
    pub currency: Option<Currency>,
    /// Since which day (UTC), `2026-01-31`.
    pub since_day: String,
}

impl Store {
    /// What has to be sent by bank, the oldest first.
    pub async fn bank_debts(&self) -> Result<Vec<BankDebt>, StoreError> {
        in_time(async {
            let rows: Vec<Columns> = Query::new(
                "SELECT bank_debt.id, purchase, org.name AS org_name, bank_debt.symbol,
                     bank_debt.amount, purchase.currency, since_day
                 FROM bank_debt LEFT JOIN purchase ON purchase.id = bank_debt.purchase
                 LEFT JOIN org ON org.id = purchase.org
                 WHERE bank_debt.state = 'to_send' ORDER BY since_day, bank_debt.id LIMIT $1",
            )
            .fetch_all(LISTED_MAX, &mut self.reader().await?)
            .await?;
            rows.into_iter().map(BankDebt::try_from).collect()
        })
        .await
    }

    /// A person has sent it. Says how much it was.
    pub async fn bank_debt_sent(&self, id: Uuid) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let amount: Option<(i64,)> = Query::new(
                "UPDATE bank_debt SET state = 'sent' WHERE id = $1 AND state = 'to_send'
                 RETURNING amount",
            )
            .bind(id.to_string())
            .fetch_optional(&mut tx)
            .await?;
            let missing = || StoreError::NotFound("the debt that is to be sent".to_owned());
            let (amount,) = amount.ok_or_else(missing)?;
            tx.commit().await?;
            Ok(Micros(amount))
        })
        .await
    }
}

/// Writes down that the part of a refund has to be sent.
pub(super) async fn owe(tx: &mut Tx<'_>, part: &RefundPart, now_ms: i64) -> Result<(), StoreError> {
    let symbol = part.purchase.symbol.and_then(|symbol| i64::try_from(symbol.number()).ok());
    Query::new(
        "INSERT INTO bank_debt (id, purchase, symbol, amount, state, since_day)
         VALUES ($1, $2, $3, $4, 'to_send', $5)",
    )
    .bind(part.id.to_string())
    .bind(part.purchase.purchase.id().to_string())
    .bind(symbol.ok_or(StoreError::Unreadable("variable symbol"))?)
    .bind(part.amount.0)
    .bind(calendar::day(now_ms))
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    purchase: Option<String>,
    org_name: Option<String>,
    symbol: i64,
    amount: i64,
    currency: Option<String>,
    since_day: String,
}

impl TryFrom<Columns> for BankDebt {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let currency = row.currency.map(|currency| currency.parse()).transpose();
        Ok(Self {
            id: uuid(&row.id)?,
            purchase: row.purchase.as_deref().map(uuid).transpose()?.map(PurchaseId),
            org_name: row.org_name,
            symbol: row.symbol,
            amount: Micros(row.amount),
            currency: currency.map_err(|_| StoreError::Unreadable("currency"))?,
            since_day: row.since_day,
        })
    }
}
