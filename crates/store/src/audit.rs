//! The audit of the books: balances and calls against the entries they are made of (I1, I3, I9).

use core::fmt;

use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// Findings beyond so many are not listed.
const FINDINGS_MAX: u32 = 1000;

/// Something in the books that does not add up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// The balances of an account are not the sums of its entries (I3).
    Balance {
        /// The account.
        account: String,
    },
    /// Debits and credits of all accounts in a currency differ (I1).
    Unequal {
        /// The currency.
        currency: String,
    },
    /// A settled call cost otherwise than was posted for it.
    CallAmount {
        /// The call.
        call: String,
    },
    /// A settled call still holds credit (I9).
    LeftPending {
        /// The call.
        call: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balance { account } => {
                write!(f, "account {account}: the balances are not the sums of the entries")
            }
            Self::Unequal { currency } => write!(f, "{currency}: debits and credits differ"),
            Self::CallAmount { call } => {
                write!(f, "call {call}: its amount is not what was posted for it")
            }
            Self::LeftPending { call } => write!(f, "call {call}: settled, yet it holds credit"),
        }
    }
}

const BALANCES: &str = "
    SELECT account.id FROM account WHERE
        credits <> (SELECT coalesce(sum(amount), 0) FROM entry
                    WHERE credit = account.id AND kind IN ('post', 'plain'))
        OR debits <> (SELECT coalesce(sum(amount), 0) FROM entry
                      WHERE debit = account.id AND kind IN ('post', 'plain'))
        OR pending <> (SELECT coalesce(sum(amount), 0) FROM entry AS hold
                       WHERE debit = account.id AND kind = 'pending' AND NOT EXISTS
                           (SELECT 1 FROM entry WHERE pending_id = hold.id))
    ORDER BY account.id LIMIT $1";

const CURRENCIES: &str = "
    SELECT currency FROM account GROUP BY currency HAVING sum(debits) <> sum(credits)
    ORDER BY currency LIMIT $1";

const AMOUNTS: &str = "
    SELECT call.id FROM call WHERE end_reason IS NOT NULL AND amount <>
        (SELECT coalesce(sum(amount), 0) FROM entry WHERE entry.call = call.id AND kind = 'post')
    ORDER BY call.id LIMIT $1";

const PENDING: &str = "
    SELECT DISTINCT call.id FROM call JOIN entry AS hold ON hold.call = call.id
    WHERE end_reason IS NOT NULL AND hold.kind = 'pending'
        AND NOT EXISTS (SELECT 1 FROM entry WHERE pending_id = hold.id)
    ORDER BY call.id LIMIT $1";

impl Store {
    /// Recomputes the books from their entries and lists what does not add up: nothing, in sound
    /// books. It reads every entry of one state of the books, so it has no deadline; run it off the
    /// path of calls.
    pub async fn audit(&self) -> Result<Vec<Finding>, StoreError> {
        let mut tx = self.snapshot().await?;
        let mut findings = Vec::new();
        let balance = |account| Finding::Balance { account };
        findings.extend(names(&mut tx, BALANCES).await?.map(balance));
        let unequal = |currency| Finding::Unequal { currency };
        findings.extend(names(&mut tx, CURRENCIES).await?.map(unequal));
        let amount = |call| Finding::CallAmount { call };
        findings.extend(names(&mut tx, AMOUNTS).await?.map(amount));
        let pending = |call| Finding::LeftPending { call };
        findings.extend(names(&mut tx, PENDING).await?.map(pending));
        Ok(findings)
    }
}

async fn names(
    tx: &mut Tx<'_>,
    sql: &'static str,
) -> Result<impl Iterator<Item = String> + use<>, StoreError> {
    let rows: Vec<(String,)> = Query::new(sql).fetch_all(FINDINGS_MAX, tx).await?;
    Ok(rows.into_iter().map(|(name,)| name))
}
