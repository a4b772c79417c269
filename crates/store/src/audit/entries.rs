//! Entries of the ledger: between which accounts they go, what they resolve, whose they are (M7, I4).

use linka_metering::EntryId;
use uuid::Uuid;

use super::{Books, PAGE, Wrong, rows};
use crate::StoreError;
use crate::sql::{Query, Tx};

const ENTRIES: &str = "
    SELECT entry.id, entry.kind, entry.amount, entry.code, entry.call, entry.pending_id,
        entry.at_ms, entry.debit, entry.credit,
        debit.kind AS debit_kind, debit.currency AS debit_currency, debit.org AS debit_org,
        credit.kind AS credit_kind, credit.currency AS credit_currency,
        hold.kind AS hold_kind, hold.amount AS hold_amount, hold.code AS hold_code,
        hold.debit AS hold_debit, hold.credit AS hold_credit, hold.call AS hold_call,
        line.org AS call_org
    FROM entry
    LEFT JOIN account AS debit ON debit.id = entry.debit
    LEFT JOIN account AS credit ON credit.id = entry.credit
    LEFT JOIN entry AS hold ON hold.id = entry.pending_id
    LEFT JOIN call ON call.id = entry.call
    LEFT JOIN line ON line.id = call.line
    WHERE entry.id > $1 ORDER BY entry.id LIMIT $2";

/// What a hold that is resolved twice lost beyond its largest post.
const TWICE: &str = "
    SELECT pending_id, CAST(sum(amount) - max(amount) AS BIGINT) FROM entry
    WHERE kind IN ('post', 'void')
    GROUP BY pending_id HAVING count(*) > 1 ORDER BY pending_id LIMIT $1";

const HOUR_MS: i64 = 3_600_000;

#[derive(sqlx::FromRow)]
struct Entry {
    id: String,
    kind: String,
    amount: i64,
    code: String,
    call: Option<String>,
    pending_id: Option<String>,
    at_ms: i64,
    debit: String,
    credit: String,
    debit_kind: Option<String>,
    debit_currency: Option<String>,
    debit_org: Option<String>,
    credit_kind: Option<String>,
    credit_currency: Option<String>,
    hold_kind: Option<String>,
    hold_amount: Option<i64>,
    hold_code: Option<String>,
    hold_debit: Option<String>,
    hold_credit: Option<String>,
    hold_call: Option<String>,
    call_org: Option<String>,
}

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let twice: Vec<(Option<String>, i64)> = Query::new(TWICE).fetch_all(PAGE, tx).await?;
    for (hold, by) in twice {
        let id = hold.unwrap_or_default();
        let by_micro = Some(by);
        books.found(super::Finding { table: "entry", id, wrong: Wrong::ResolvedTwice, by_micro });
    }
    let (last_ms,): (i64,) =
        Query::new("SELECT last_ms FROM clock WHERE id = 1").fetch_one(tx).await?;
    let mut after = String::new();
    loop {
        let page: Vec<Entry> = Query::new(ENTRIES).bind(&after).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        page.iter().for_each(|entry| entry.check(books, last_ms));
        books.checked(|checked| checked.entries += rows(&page));
    }
}

impl Entry {
    fn check(&self, books: &mut Books<'_>, last_ms: i64) {
        let row = ("entry", self.id.as_str());
        let of_call = matches!(self.code.as_str(), "call" | "grace");
        let two_steps = matches!(self.kind.as_str(), "pending" | "post" | "void");
        books.holds(row, Wrong::Kind, of_call == two_steps);
        books.holds(row, Wrong::Accounts, self.goes_between_its_accounts());
        let one = self.debit_currency.is_some() && self.debit_currency == self.credit_currency;
        books.holds(row, Wrong::Currency, one || self.code == "correction");
        let coarse = !of_call || self.at_ms % HOUR_MS == 0;
        books.holds(row, Wrong::Stamp, coarse && self.at_ms <= last_ms);
        let least = i64::from(matches!(self.kind.as_str(), "post" | "plain"));
        let most = if self.kind == "void" { 0 } else { i64::MAX };
        books.equal(row, Wrong::EntryAmount, self.amount, self.amount.clamp(least, most));
        let paid_by_its_own = self.call_org.is_some() && self.call_org == self.debit_org;
        books.holds(row, Wrong::Payer, if of_call { paid_by_its_own } else { self.call.is_none() });
        if matches!(self.kind.as_str(), "post" | "void") {
            self.check_hold(books);
        }
    }

    fn check_hold(&self, books: &mut Books<'_>) {
        let row = ("entry", self.id.as_str());
        if self.hold_kind.as_deref() != Some("pending") {
            return books.holds(row, Wrong::NoSuchHold, false);
        }
        let held = self.hold_amount.unwrap_or(0);
        books.equal(row, Wrong::MoreThanHeld, self.amount, self.amount.min(held));
        let same = self.hold_debit.as_ref() == Some(&self.debit)
            && self.hold_credit.as_ref() == Some(&self.credit)
            && self.hold_code.as_ref() == Some(&self.code)
            && self.hold_call == self.call;
        books.holds(row, Wrong::OtherThanHold, same);
        books.holds(row, Wrong::Name, self.name().as_ref() == Some(&self.id));
    }

    /// The name that follows from the hold.
    fn name(&self) -> Option<String> {
        let hold = EntryId(Uuid::parse_str(self.pending_id.as_ref()?).ok()?);
        let name = if self.kind == "post" { EntryId::post(hold) } else { EntryId::void(hold) };
        Some(name.0.to_string())
    }

    /// Each code moves money between accounts of certain kinds.
    fn goes_between_its_accounts(&self) -> bool {
        let (Some(debit), Some(credit)) = (self.debit_kind.as_deref(), self.credit_kind.as_deref())
        else {
            return false;
        };
        match (self.code.as_str(), debit, credit) {
            ("call" | "grace", "credit", "revenue_calls")
            | ("grant", "goodwill", "credit")
            | ("withdrawal", "credit", "adjustment")
            | ("fee", "credit", "revenue_monthly")
            | ("fee_return", "revenue_monthly", "credit")
            | ("top_up_card", "clearing_card", "credit")
            | ("top_up_bank", "clearing_bank", "credit" | "receivable_partner")
            | ("top_up_partner", "receivable_partner", "credit")
            | ("budget", "budget", "credit")
            | ("budget_expiry", "credit", "budget")
            | ("write_off", "write_off", "credit" | "receivable_partner")
            | ("correction", ..) => self.debit != self.credit,
            ("refund" | "dispute", "credit", to) => {
                ["clearing_card", "clearing_bank", "receivable_partner", "goodwill"].contains(&to)
            }
            _ => false,
        }
    }
}
