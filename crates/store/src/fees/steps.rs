//! Carries out what the plan decides for a line: its period and fee, its state, its mails.

use linka_metering::EntryId;
use linka_metering::plan::{FeeMail, LineStep, Owed, Period, Step};
use linka_model::{LineId, LineState, Micros, OrgId};
use uuid::Uuid;

use super::FeeRound;
use crate::assignment::{self, QUARANTINE_DAYS_MIN};
use crate::lines::{Find, find, no_line};
use crate::orgs::{self, House, credit_account};
use crate::plain::{Plain, book};
use crate::sql::{Query, Tx};
use crate::{FeeReminder, Notice, StoreError, outbox};

const DAY_MS: i64 = 86_400_000;
/// So long a suspended line keeps its number, whatever is done or not done (M16).
const KEPT_MS: i64 = 60 * DAY_MS;
/// So long at least a top-up brings a line back that waits for its release (M16).
const DECIDED_MS: i64 = 14 * DAY_MS;

/// The line of a step, and the stamp of what is written for it.
struct Carried {
    org: OrgId,
    line: LineId,
    /// The price in force when the next period of the line begins.
    monthly: Micros,
    at_ms: i64,
}

/// Carries out one step.
pub(super) async fn carry_out(
    tx: &mut Tx<'_>,
    (org, monthly): (OrgId, Micros),
    &LineStep { line, step }: &LineStep,
    at_ms: i64,
    round: &mut FeeRound,
) -> Result<(), StoreError> {
    let carried = Carried { org, line, monthly, at_ms };
    match step {
        Step::Charge { entry, fee, period } => {
            round.charged += 1;
            carried.charge(tx, entry, fee, period).await
        }
        Step::Cover(period) => {
            round.covered += 1;
            carried.write_period(tx, period, None).await
        }
        Step::Owe(owed) => {
            round.owing += 1;
            carried.owe(tx, owed).await
        }
        Step::Enter(state) => {
            round.count(state);
            carried.enter(tx, state).await
        }
        Step::Mail(mail) => carried.mail(tx, mail).await,
    }
}

impl Carried {
    async fn charge(
        &self,
        tx: &mut Tx<'_>,
        entry: EntryId,
        fee: Micros,
        period: Period,
    ) -> Result<(), StoreError> {
        let currency = orgs::currency(tx, self.org).await?;
        let plain = Plain {
            id: entry,
            debit: credit_account(self.org),
            credit: House::RevenueMonthly.account(currency),
            amount: fee,
            code: "fee",
            reason: "",
        };
        book(tx, &plain, self.at_ms).await?;
        self.write_period(tx, period, Some((entry, fee))).await?;
        Query::new(
            "UPDATE line_fee SET owed_start_ms = NULL, owed_end_ms = NULL, owed_amount = NULL
             WHERE line = $1",
        )
        .bind(self.line.0.to_string())
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn write_period(
        &self,
        tx: &mut Tx<'_>,
        period: Period,
        charged: Option<(EntryId, Micros)>,
    ) -> Result<(), StoreError> {
        Query::new(
            "INSERT INTO fee_period (line, start_ms, end_ms, price, amount, entry)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.line.0.to_string())
        .bind(period.start_ms)
        .bind(period.end_ms)
        .bind(charged.map_or(self.monthly.0, |(_, fee)| fee.0))
        .bind(charged.map_or(0, |(_, fee)| fee.0))
        .bind(charged.map(|(entry, _)| entry.0.to_string()))
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn owe(&self, tx: &mut Tx<'_>, owed: Owed) -> Result<(), StoreError> {
        Query::new(
            "UPDATE line_fee SET owed_start_ms = $1, owed_end_ms = $2, owed_amount = $3
             WHERE line = $4",
        )
        .bind(owed.period.start_ms)
        .bind(owed.period.end_ms)
        .bind(owed.fee.0)
        .bind(self.line.0.to_string())
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn enter(&self, tx: &mut Tx<'_>, state: LineState) -> Result<(), StoreError> {
        if state == LineState::Released {
            return self.release(tx).await;
        }
        Query::new("UPDATE line SET state = $1 WHERE id = $2")
            .bind(state.as_str())
            .bind(self.line.0.to_string())
            .execute(tx)
            .await?;
        Query::new(
            "UPDATE line_fee SET since_ms = $1, mailed_day = NULL, release_confirmed = 0
             WHERE line = $2",
        )
        .bind(self.at_ms)
        .bind(self.line.0.to_string())
        .execute(tx)
        .await?;
        Ok(())
    }

    /// The number goes into quarantine, for the least time that callers need to forget it.
    async fn release(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let row = find(tx, Find::Id(self.line)).await?.ok_or_else(no_line)?;
        assignment::part(tx, &row, QUARANTINE_DAYS_MIN, self.at_ms).await?;
        Ok(())
    }

    async fn mail(&self, tx: &mut Tx<'_>, mail: FeeMail) -> Result<(), StoreError> {
        let (since_ms, amount): (i64, Option<i64>) =
            Query::new("SELECT since_ms, owed_amount FROM line_fee WHERE line = $1")
                .bind(self.line.0.to_string())
                .fetch_one(tx)
                .await?;
        let (line, amount) = (self.line, Micros(amount.unwrap_or(0)));
        let (notice, day) = match mail {
            FeeMail::Due { day } => {
                let reminder = match day {
                    0 => FeeReminder::First,
                    1..6 => FeeReminder::Second,
                    6.. => FeeReminder::Last,
                };
                (Notice::FeeDue { line, reminder, amount, since_ms }, day)
            }
            FeeMail::Suspended => {
                (Notice::Suspended { line, amount, kept_until_ms: since_ms + KEPT_MS }, 0)
            }
            FeeMail::ReleasePending { day } => {
                let decided_from_ms = since_ms + DECIDED_MS;
                (Notice::ReleasePending { line, amount, decided_from_ms }, day)
            }
            FeeMail::Restored => (self.paid(tx).await?, 0),
            // Whoever takes a number tells of it.
            FeeMail::Released => return Ok(()),
        };
        self.tell(tx, &notice, (since_ms, day)).await
    }

    /// What the last period cost, and until when it is.
    async fn paid(&self, tx: &mut Tx<'_>) -> Result<Notice, StoreError> {
        let (amount, covered_until_ms): (i64, i64) = Query::new(
            "SELECT amount, end_ms FROM fee_period WHERE line = $1 AND start_ms =
                 (SELECT max(start_ms) FROM fee_period WHERE fee_period.line = $2)",
        )
        .bind(self.line.0.to_string())
        .bind(self.line.0.to_string())
        .fetch_one(tx)
        .await?;
        Ok(Notice::FeePaid { line: self.line, amount: Micros(amount), covered_until_ms })
    }

    /// One mail a state and day, however often it is asked for.
    async fn tell(
        &self,
        tx: &mut Tx<'_>,
        notice: &Notice,
        (since_ms, day): (i64, u32),
    ) -> Result<(), StoreError> {
        let name = format!("{} {since_ms} {day}", notice.name());
        let id = Uuid::new_v5(&self.line.0, name.as_bytes());
        outbox::queue(tx, Some(self.org), notice, id, self.at_ms).await?;
        Query::new("UPDATE line_fee SET mailed_day = $1 WHERE line = $2")
            .bind(i64::from(day))
            .bind(self.line.0.to_string())
            .execute(tx)
            .await?;
        Ok(())
    }
}
