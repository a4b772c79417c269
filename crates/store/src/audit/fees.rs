//! Periods of lines against the entries that paid for them, against each other, and against the plan
//! (I15, I16).

use linka_metering::EntryId;
use linka_metering::plan::INCLUDED_LANDLINES;
use linka_model::{LineId, OrgId};
use uuid::Uuid;

use super::{Books, Finding, PAGE, Wrong, rows};
use crate::StoreError;
use crate::orgs::credit_account;
use crate::sql::{Query, Tx};

/// A period with what was taken for it, with the end of the one before, and with how many older
/// landlines of its organisation held their number when it began: without those that were released in
/// that very millisecond, and with them. Which of the two came first the books do not say.
const PERIODS: &str = "
    SELECT period.line, period.start_ms, period.price, period.amount, period.entry, line.org,
        line.kind, fee.amount AS taken, fee.debit, fee.code,
        (SELECT max(end_ms) FROM fee_period AS former
         WHERE former.line = period.line AND former.start_ms < period.start_ms) AS former_end_ms,
        (SELECT count(*) FROM line_fee AS other JOIN line AS twin ON twin.id = other.line
         WHERE twin.org = line.org AND twin.kind = 'landline'
             AND (other.activated_ms < own.activated_ms
                 OR (other.activated_ms = own.activated_ms AND other.line < own.line))
             AND (other.released_ms IS NULL OR (other.released_ms > period.start_ms
                 AND other.released_ms > own.activated_ms))) AS older,
        (SELECT count(*) FROM line_fee AS other JOIN line AS twin ON twin.id = other.line
         WHERE twin.org = line.org AND twin.kind = 'landline'
             AND (other.activated_ms < own.activated_ms
                 OR (other.activated_ms = own.activated_ms AND other.line < own.line))
             AND (other.released_ms IS NULL OR (other.released_ms >= period.start_ms
                 AND other.released_ms >= own.activated_ms))) AS older_at_most
    FROM fee_period AS period
    LEFT JOIN line ON line.id = period.line
    LEFT JOIN line_fee AS own ON own.line = period.line
    LEFT JOIN entry AS fee ON fee.id = period.entry
    WHERE period.line > $1 OR (period.line = $2 AND period.start_ms > $3)
    ORDER BY period.line, period.start_ms LIMIT $4";

/// Fees that no period knows of.
const STRAYS: &str = "
    SELECT id, amount FROM entry
    WHERE code = 'fee' AND id > $1
        AND NOT EXISTS (SELECT 1 FROM fee_period WHERE fee_period.entry = entry.id)
    ORDER BY id LIMIT $2";

/// What came back by entries, and what periods say of it.
const RETURNS: &str = "
    SELECT account.id, CAST(coalesce(back.amount, 0) AS BIGINT),
        CAST(coalesce(said.amount, 0) AS BIGINT)
    FROM account
    LEFT JOIN (SELECT credit AS id, sum(amount) AS amount FROM entry
               WHERE code = 'fee_return' GROUP BY credit) AS back ON back.id = account.id
    LEFT JOIN (SELECT line.org, sum(returned) AS amount
               FROM fee_period JOIN line ON line.id = fee_period.line
               GROUP BY line.org) AS said ON said.org = account.org
    WHERE account.kind = 'credit' AND account.id > $1 ORDER BY account.id LIMIT $2";

/// Lines that owe in a state in which nothing is owed, or the other way round.
const OWING: &str = "
    SELECT line.id FROM line_fee JOIN line ON line.id = line_fee.line
    WHERE (owed_amount IS NOT NULL) <> (state IN ('past_due', 'suspended', 'release_pending'))
        AND line.id > $1
    ORDER BY line.id LIMIT $2";

#[derive(sqlx::FromRow)]
struct BilledPeriod {
    line: String,
    start_ms: i64,
    price: i64,
    amount: i64,
    entry: Option<String>,
    org: Option<String>,
    kind: Option<String>,
    taken: Option<i64>,
    debit: Option<String>,
    code: Option<String>,
    former_end_ms: Option<i64>,
    older: i64,
    older_at_most: i64,
}

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    check_periods(tx, books).await?;
    check_strays(tx, books).await?;
    check_returns(tx, books).await?;
    check_owing(tx, books).await
}

async fn check_periods(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let (mut line, mut start_ms) = (String::new(), i64::MIN);
    loop {
        let page: Vec<BilledPeriod> =
            Query::new(PERIODS).bind(&line).bind(&line).bind(start_ms).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok(()) };
        line.clone_from(&last.line);
        start_ms = last.start_ms;
        page.iter().for_each(|period| period.check(books));
        books.checked(|checked| checked.periods += rows(&page));
    }
}

impl BilledPeriod {
    fn check(&self, books: &mut Books<'_>) {
        let row = ("fee_period", self.line.as_str());
        books.equal(row, Wrong::FeeTaken, self.amount, self.taken.unwrap_or(0));
        books.holds(row, Wrong::FeeEntry, self.entry == self.name());
        let own = self.debit == self.account() && self.code.as_deref() == Some("fee");
        books.holds(row, Wrong::FeeEntry, self.taken.is_none() || own);
        let follows = self.former_end_ms.is_none_or(|end_ms| end_ms == self.start_ms);
        books.holds(row, Wrong::FeeGap, follows);
        let planned = if self.amount == self.asked(self.older_at_most) {
            self.amount
        } else {
            self.asked(self.older)
        };
        books.equal(row, Wrong::FeePlan, self.amount, planned);
    }

    /// What the plan asks where so many landlines are older: nothing of the oldest.
    fn asked(&self, older: i64) -> i64 {
        let older = usize::try_from(older).unwrap_or(usize::MAX);
        let is_free = self.kind.as_deref() == Some("landline") && older < INCLUDED_LANDLINES;
        if is_free { 0 } else { self.price }
    }

    /// The name that follows from line and start, where something was taken.
    fn name(&self) -> Option<String> {
        let line = Uuid::parse_str(&self.line).ok().filter(|_| self.amount > 0)?;
        Some(EntryId::fee(LineId(line), self.start_ms).0.to_string())
    }

    /// The account of whoever has the line.
    fn account(&self) -> Option<String> {
        let org = Uuid::parse_str(self.org.as_ref()?).ok()?;
        Some(credit_account(OrgId(org)))
    }
}

async fn check_strays(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<(String, i64)> = Query::new(STRAYS).bind(&after).fetch_all(PAGE, tx).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after.clone_from(last);
        for (id, amount) in page {
            let wrong = Wrong::FeeStray;
            books.found(Finding { table: "entry", id, wrong, by_micro: Some(amount) });
        }
    }
}

async fn check_returns(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<(String, i64, i64)> =
            Query::new(RETURNS).bind(&after).fetch_all(PAGE, tx).await?;
        let Some((last, ..)) = page.last() else { return Ok(()) };
        after.clone_from(last);
        for (id, came, said) in &page {
            books.equal(("account", id), Wrong::FeeReturn, *came, *said);
        }
    }
}

async fn check_owing(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<(String,)> = Query::new(OWING).bind(&after).fetch_all(PAGE, tx).await?;
        let Some((last,)) = page.last() else { return Ok(()) };
        after.clone_from(last);
        for (id,) in &page {
            books.holds(("line", id), Wrong::Owing, false);
        }
    }
}
