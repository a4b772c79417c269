//! The audit of the books: everything that balances, calls and prices say, recomputed from the
//! entries of the ledger, the rows of calls, the sums of folded ones and the rate cards alone.
//!
//! It reads one state of the books, page by page, so neither the size of the books nor calls that
//! go on meanwhile matter to it.

mod accounts;
mod calls;
mod cards;
mod entries;
mod fees;
mod finding;
mod folded;
mod purchases;

pub use finding::{Finding, Wrong};

use crate::{Store, StoreError};

/// Findings beyond so many are counted and not listed.
pub const FINDINGS_MAX: usize = 1000;

/// So many rows are read at once.
const PAGE: u32 = 1000;

/// How many rows have been looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Checked {
    /// Versions of rate cards.
    pub cards: u64,
    /// Accounts.
    pub accounts: u64,
    /// Entries of the ledger.
    pub entries: u64,
    /// Calls.
    pub calls: u64,
    /// Purchases of credit.
    pub purchases: u64,
    /// Periods of lines.
    pub periods: u64,
    /// Sums of folded calls.
    pub folded: u64,
}

/// What an audit came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Audit {
    /// What it looked at.
    pub checked: Checked,
    /// What does not add up: nothing, in sound books. At most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How many findings more there are.
    pub unlisted: u64,
}

impl Store {
    /// Recomputes the books and lists what does not add up: nothing, in sound books.
    pub async fn audit(&self) -> Result<Vec<Finding>, StoreError> {
        Ok(self.audit_aloud(&mut |_| {}).await?.findings)
    }

    /// The same, and tells after each page how far it has come. It reads every entry, so it has no
    /// deadline; run it off the path of calls.
    pub async fn audit_aloud(
        &self,
        tell: &mut (dyn FnMut(Checked) + Send),
    ) -> Result<Audit, StoreError> {
        let mut tx = self.snapshot().await?;
        let mut books = Books { audit: Audit::default(), tell };
        cards::check(&mut tx, &mut books).await?;
        accounts::check(&mut tx, &mut books).await?;
        entries::check(&mut tx, &mut books).await?;
        calls::check(&mut tx, &mut books).await?;
        purchases::check(&mut tx, &mut books).await?;
        fees::check(&mut tx, &mut books).await?;
        folded::check(&mut tx, &mut books).await?;
        Ok(books.audit)
    }
}

/// What is known so far, and who wants to hear of it.
struct Books<'a> {
    audit: Audit,
    tell: &'a mut (dyn FnMut(Checked) + Send),
}

impl Books<'_> {
    /// A page is done.
    fn checked(&mut self, count: impl FnOnce(&mut Checked)) {
        count(&mut self.audit.checked);
        (self.tell)(self.audit.checked);
    }

    fn found(&mut self, finding: Finding) {
        if self.audit.findings.len() < FINDINGS_MAX {
            self.audit.findings.push(finding);
        } else {
            self.audit.unlisted += 1;
        }
    }

    /// Two amounts that must be equal.
    fn equal(
        &mut self,
        (table, id): (&'static str, &str),
        wrong: Wrong,
        stands: i64,
        recomputed: i64,
    ) {
        if stands != recomputed {
            let by_micro = Some(stands.saturating_sub(recomputed));
            self.found(Finding { table, id: id.to_owned(), wrong, by_micro });
        }
    }

    /// A rule that amounts have no part in.
    fn holds(&mut self, (table, id): (&'static str, &str), wrong: Wrong, holds: bool) {
        if !holds {
            self.found(Finding { table, id: id.to_owned(), wrong, by_micro: None });
        }
    }
}

/// The length of a page as it is counted.
fn rows<T>(page: &[T]) -> u64 {
    u64::try_from(page.len()).unwrap_or(u64::MAX)
}
