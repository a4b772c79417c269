//! Calls against their entries and the price that they were admitted under (I6, I8, I9, I18).

use linka_metering::Rate;

use super::{Books, PAGE, Wrong, rows};
use crate::StoreError;
use crate::cards::rate;
use crate::sql::{Query, Tx};

const CALLS: &str = "
    SELECT call.id, call.epoch, node.epoch AS node_epoch, call.billable_s, call.amount,
        rate.per_minute, rate.first_s, rate.step_s, rate.setup, rate.minimum,
        (SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entry
         WHERE entry.call = call.id AND kind = 'post') AS posted,
        (SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entry
         WHERE entry.call = call.id AND kind = 'pending') AS held,
        (SELECT max(until_s) FROM entry
         WHERE entry.call = call.id AND kind = 'pending') AS until_s,
        (SELECT count(*) FROM entry AS hold
         WHERE hold.call = call.id AND hold.kind = 'pending' AND NOT EXISTS
             (SELECT 1 FROM entry AS done
              WHERE done.pending_id = hold.id AND done.kind IN ('post', 'void'))) AS open_holds,
        (SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entry AS hold
         WHERE hold.call = call.id AND hold.kind = 'pending' AND NOT EXISTS
             (SELECT 1 FROM entry AS done
              WHERE done.pending_id = hold.id AND done.kind IN ('post', 'void'))) AS still_held
    FROM call
    LEFT JOIN node ON node.id = call.node
    LEFT JOIN rate ON rate.version = call.rate_version AND rate.origin = call.origin
    WHERE call.id > $1 ORDER BY call.id LIMIT $2";

#[derive(sqlx::FromRow)]
struct Call {
    id: String,
    epoch: i64,
    node_epoch: Option<i64>,
    /// These two only when it is settled.
    billable_s: Option<i64>,
    amount: Option<i64>,
    per_minute: Option<i64>,
    first_s: Option<i64>,
    step_s: Option<i64>,
    setup: Option<i64>,
    minimum: Option<i64>,
    posted: i64,
    held: i64,
    /// The last boundary that was reserved.
    until_s: Option<i64>,
    open_holds: i64,
    still_held: i64,
}

pub(super) async fn check(tx: &mut Tx<'_>, books: &mut Books<'_>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page: Vec<Call> = Query::new(CALLS).bind(&after).fetch_all(PAGE, tx).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        page.iter().for_each(|call| call.check(books));
        books.checked(|checked| checked.calls += rows(&page));
    }
}

impl Call {
    fn check(&self, books: &mut Books<'_>) {
        let row = ("call", self.id.as_str());
        let had = self.node_epoch.is_some_and(|epoch| (1..=epoch).contains(&self.epoch));
        books.holds(row, Wrong::Term, had);
        let Some(until_s) = self.until_s.and_then(|s| u32::try_from(s).ok()) else {
            return books.holds(row, Wrong::NoHold, false);
        };
        let rate = self.rate();
        books.holds(row, Wrong::Price, rate.is_some());
        if let Some(rate) = rate {
            books.equal(row, Wrong::Reserved, self.held, rate.cost(until_s).0);
        }
        let (Some(billable_s), Some(amount)) = (self.billable_s, self.amount) else {
            return books.equal(row, Wrong::Posted, self.posted, self.posted.min(self.held));
        };
        books.equal(row, Wrong::CallAmount, amount, self.posted);
        if self.open_holds > 0 {
            let (id, by_micro) = (self.id.clone(), Some(self.still_held));
            books.found(super::Finding { table: "call", id, wrong: Wrong::LeftPending, by_micro });
        }
        if let Some(rate) = rate {
            books.equal(row, Wrong::Cost, amount, due(rate, billable_s, until_s, amount));
        }
    }

    fn rate(&self) -> Option<Rate> {
        let columns = (self.per_minute?, self.first_s?, self.step_s?, self.setup?, self.minimum?);
        rate(columns).ok()
    }
}

/// What the seconds of a settled call cost. None is billed beyond the boundary, and a call of no
/// second is free where nothing confirmed it (M3).
fn due(rate: Rate, billable_s: i64, until_s: u32, amount: i64) -> i64 {
    if billable_s == 0 && amount == 0 {
        return 0;
    }
    let seconds = u32::try_from(billable_s).unwrap_or(u32::MAX).min(until_s);
    rate.cost(seconds).0
}
