//! Sums of folded calls against their seals (O9). What they do to balances is counted with the entries.

use super::{Books, PAGE, Wrong, rows};
use crate::StoreError;
use crate::folding::Sheaf;
use crate::sql::{Query, Tx};

const SUMS: &str = "
    SELECT call_month.id, line, origin, rate_version, month, call_month.debit, call_month.credit,
        calls, billable_s, amount, seal, payer.id AS payer, payer.currency AS payer_currency,
        payee.kind AS payee_kind, payee.currency AS payee_currency
    FROM call_month
    LEFT JOIN line ON line.id = call_month.line
    LEFT JOIN account AS payer ON payer.org = line.org AND payer.kind = 'credit'
    LEFT JOIN account AS payee ON payee.id = call_month.credit
    WHERE call_month.id > $1 ORDER BY call_month.id LIMIT $2";

#[derive(sqlx::FromRow)]
struct Sum {
    id: String,
    line: String,
    origin: String,
    rate_version: String,
    month: String,
    debit: String,
    credit: String,
    calls: i64,
    billable_s: i64,
    amount: i64,
    seal: String,
    payer: Option<String>,
    payer_currency: Option<String>,
    payee_kind: Option<String>,
    payee_currency: Option<String>,
}

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<Sum> = Query::new(SUMS).bind(&after).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        page.iter().for_each(|sum| sum.check(books));
        books.checked(|checked| checked.folded += rows(&page));
    }
}

impl Sum {
    fn check(&self, books: &mut Books<'_>) {
        let row = ("call_month", self.id.as_str());
        let sheaf = Sheaf {
            line: self.line.clone(),
            origin: self.origin.clone(),
            rate_version: self.rate_version.clone(),
            month: self.month.clone(),
            debit: self.debit.clone(),
            credit: self.credit.clone(),
        };
        let seal = sheaf.seal((self.calls, self.billable_s, self.amount));
        books.holds(row, Wrong::Folded, sheaf.id() == self.id && seal == self.seal);
        books.holds(row, Wrong::Payer, self.payer.as_ref() == Some(&self.debit));
        books.holds(row, Wrong::Accounts, self.payee_kind.as_deref() == Some("revenue_calls"));
        let one = self.payer_currency.is_some() && self.payer_currency == self.payee_currency;
        books.holds(row, Wrong::Currency, one);
    }
}
