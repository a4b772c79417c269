//! Organisations and their accounts.

use linka_model::{Currency, Org, OrgId};
use uuid::Uuid;

use crate::database::in_time;
use crate::sql::{Access, Query, Tx};
use crate::{Store, StoreError};

/// The accounts of the house, one of each a currency (M7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum House {
    /// What calls earned.
    RevenueCalls,
    /// What lines earned by the month.
    RevenueMonthly,
    /// What payers by card have paid and the provider has not paid out.
    ClearingCard,
    /// What came by bank.
    ClearingBank,
    /// What was put right.
    Adjustment,
    /// What was given.
    Goodwill,
    /// What nobody will pay.
    WriteOff,
    /// Between two currencies (M2).
    Fx,
    /// What an organisation that runs its own line allows itself.
    Budget,
}

impl House {
    const ALL: [Self; 9] = [
        Self::RevenueCalls,
        Self::RevenueMonthly,
        Self::ClearingCard,
        Self::ClearingBank,
        Self::Adjustment,
        Self::Goodwill,
        Self::WriteOff,
        Self::Fx,
        Self::Budget,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::RevenueCalls => "revenue_calls",
            Self::RevenueMonthly => "revenue_monthly",
            Self::ClearingCard => "clearing_card",
            Self::ClearingBank => "clearing_bank",
            Self::Adjustment => "adjustment",
            Self::Goodwill => "goodwill",
            Self::WriteOff => "write_off",
            Self::Fx => "fx",
            Self::Budget => "budget",
        }
    }

    /// The account's identity follows from what it is.
    pub(crate) fn account(self, currency: Currency) -> String {
        let name = format!("{} {currency}", self.as_str());
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
    }
}

/// The credit account of an organisation; its identity follows from the organisation's.
pub(crate) fn credit_account(org: OrgId) -> String {
    Uuid::new_v5(&org.0, b"credit").to_string()
}

/// The currency that an organisation keeps for life (M2).
pub(crate) async fn currency(on: &mut impl Access, org: OrgId) -> Result<Currency, StoreError> {
    let row: Option<(String,)> = Query::new("SELECT currency FROM org WHERE id = $1")
        .bind(org.0.to_string())
        .fetch_optional(on)
        .await?;
    let (currency,) = row.ok_or_else(|| StoreError::NotFound("the organisation".to_owned()))?;
    currency.parse().map_err(|_| StoreError::Unreadable("currency"))
}

/// So many organisations are listed at most.
const ORGS_MAX: u32 = 10_000;

type OrgColumns = (String, String, String);

impl Store {
    /// Founds an organisation with an empty credit account. Its name must be new.
    pub async fn create_org(
        &self,
        id: OrgId,
        name: &str,
        currency: Currency,
    ) -> Result<Org, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            if by_name(&mut tx, name).await?.is_some() {
                return Err(StoreError::Exists(format!("the organisation `{name}`")));
            }
            Query::new("INSERT INTO org (id, name, currency) VALUES ($1, $2, $3)")
                .bind(id.0.to_string())
                .bind(name)
                .bind(currency.as_str())
                .execute(&mut tx)
                .await?;
            open_accounts(&mut tx, id, currency).await?;
            tx.commit().await?;
            Ok(Org { id, name: name.to_owned(), currency })
        })
        .await
    }

    /// The organisation of this name.
    pub async fn org_by_name(&self, name: &str) -> Result<Option<Org>, StoreError> {
        in_time(async { by_name(&mut self.reader().await?, name).await }).await
    }

    /// All organisations, by name.
    pub async fn orgs(&self) -> Result<Vec<Org>, StoreError> {
        in_time(async {
            let rows: Vec<OrgColumns> =
                Query::new("SELECT id, name, currency FROM org ORDER BY name LIMIT $1")
                    .fetch_all(ORGS_MAX, &mut self.reader().await?)
                    .await?;
            rows.into_iter().map(org).collect()
        })
        .await
    }
}

async fn by_name(on: &mut impl Access, name: &str) -> Result<Option<Org>, StoreError> {
    let row: Option<OrgColumns> = Query::new("SELECT id, name, currency FROM org WHERE name = $1")
        .bind(name)
        .fetch_optional(on)
        .await?;
    row.map(org).transpose()
}

fn org((id, name, currency): OrgColumns) -> Result<Org, StoreError> {
    Ok(Org {
        id: OrgId(uuid(&id)?),
        name,
        currency: currency.parse().map_err(|_| StoreError::Unreadable("currency"))?,
    })
}

async fn open_accounts(tx: &mut Tx<'_>, org: OrgId, currency: Currency) -> Result<(), StoreError> {
    let credit = (credit_account(org), "credit", Some(org.0.to_string()));
    let house = House::ALL.map(|house| (house.account(currency), house.as_str(), None));
    for (id, kind, org) in house.into_iter().chain([credit]) {
        Query::new(
            "INSERT INTO account (id, kind, org, currency) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(kind)
        .bind(org)
        .bind(currency.as_str())
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Reads an identifier column.
pub(crate) fn uuid(text: &str) -> Result<Uuid, StoreError> {
    Uuid::parse_str(text).map_err(|_| StoreError::Unreadable("identifier"))
}
