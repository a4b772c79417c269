//! Balances against the entries, and the folded sums of entries, that they are the sums of (I1, I2, I3).

use super::{Books, PAGE, Wrong, rows};
use crate::StoreError;
use crate::sql::{Query, Tx};

/// Each side is summed once a page, not once an account.
const ACCOUNTS: &str = "
    SELECT account.id, account.kind, account.currency, org.currency AS org_currency,
        account.credits, account.debits, account.pending, account.overdraft_limit,
        account.disputed, account.taken_back,
        CAST(coalesce(came.amount, 0) + coalesce(came_folded.amount, 0) AS BIGINT) AS came,
        CAST(coalesce(went.amount, 0) + coalesce(went_folded.amount, 0) AS BIGINT) AS went,
        CAST(coalesce(held.amount, 0) AS BIGINT) AS held,
        CAST(coalesce(gone.amount, 0) AS BIGINT) AS gone,
        CAST(coalesce(back.amount, 0) AS BIGINT) AS held_back
    FROM account
    LEFT JOIN org ON org.id = account.org
    LEFT JOIN (SELECT credit AS id, sum(amount) AS amount FROM entry
               WHERE kind IN ('post', 'plain') GROUP BY credit) AS came ON came.id = account.id
    LEFT JOIN (SELECT debit AS id, sum(amount) AS amount FROM entry
               WHERE kind IN ('post', 'plain') GROUP BY debit) AS went ON went.id = account.id
    LEFT JOIN (SELECT credit AS id, sum(amount) AS amount FROM call_month
               GROUP BY credit) AS came_folded ON came_folded.id = account.id
    LEFT JOIN (SELECT debit AS id, sum(amount) AS amount FROM call_month
               GROUP BY debit) AS went_folded ON went_folded.id = account.id
    LEFT JOIN (SELECT debit AS id, sum(amount) AS amount FROM entry AS hold
               WHERE kind = 'pending' AND NOT EXISTS
                   (SELECT 1 FROM entry AS done
                    WHERE done.pending_id = hold.id AND done.kind IN ('post', 'void'))
               GROUP BY debit) AS held ON held.id = account.id
    LEFT JOIN (SELECT debit AS id, sum(amount) AS amount FROM entry
               WHERE kind = 'plain' AND code IN ('refund', 'dispute')
               GROUP BY debit) AS gone ON gone.id = account.id
    LEFT JOIN (SELECT purchase.org, sum(held_back.amount) AS amount
               FROM held_back JOIN purchase ON purchase.id = held_back.purchase
               WHERE held_back.outcome IS NULL
               GROUP BY purchase.org) AS back ON back.org = account.org
    WHERE account.id > $1 ORDER BY account.id LIMIT $2";

const CURRENCIES: &str = "
    SELECT currency, CAST(sum(debits + taken_back) AS BIGINT), CAST(sum(credits) AS BIGINT)
    FROM account GROUP BY currency ORDER BY currency LIMIT $1";

#[derive(sqlx::FromRow)]
struct Account {
    id: String,
    kind: String,
    currency: String,
    org_currency: Option<String>,
    credits: i64,
    debits: i64,
    pending: i64,
    overdraft_limit: i64,
    disputed: i64,
    taken_back: i64,
    came: i64,
    went: i64,
    held: i64,
    gone: i64,
    held_back: i64,
}

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let currencies: Vec<(String, i64, i64)> = Query::new(CURRENCIES).fetch_all(PAGE, tx).await?;
    for (currency, debits, credits) in currencies {
        books.equal(("currency", &currency), Wrong::Unequal, debits, credits);
    }
    let mut after = String::new();
    loop {
        let page: Vec<Account> = Query::new(ACCOUNTS).bind(&after).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        page.iter().for_each(|account| account.check(books));
        books.checked(|checked| checked.accounts += rows(&page));
    }
}

impl Account {
    fn check(&self, books: &mut Books<'_>) {
        let row = ("account", self.id.as_str());
        books.equal(row, Wrong::Credits, self.credits, self.came);
        books.equal(row, Wrong::Debits, self.debits, self.went.saturating_sub(self.gone));
        books.equal(row, Wrong::TakenBack, self.taken_back, self.gone);
        let disputed = self.taken_back.saturating_add(self.held_back);
        books.equal(row, Wrong::Disputed, self.disputed, disputed);
        books.equal(row, Wrong::Pending, self.pending, self.held);
        if self.kind == "credit" {
            let used = self.debits.saturating_add(self.pending);
            let room = self.credits.saturating_add(self.overdraft_limit);
            books.equal(row, Wrong::Overdrawn, used.max(room), room);
            let own = self.org_currency.as_ref() == Some(&self.currency);
            books.holds(row, Wrong::Currency, own);
        }
    }
}
