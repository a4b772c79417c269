//! Orders: a line that waits for its number, or that is refused one.

use linka_metering::{Country, calendar};
use linka_model::{Lang, LineId, LineKind, LineState, OrgId};
use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::database::in_time;
use crate::lines::{self, Find, find, no_line};
use crate::sql::{Query, Tx};
use crate::{LineRow, Notice, Store, StoreError, clock, outbox};

/// An order of a line.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Its identity, made by the caller.
    pub id: LineId,
    /// Whose it is.
    pub org: OrgId,
    /// Its name, new within the organisation.
    pub name: String,
    /// The language that it speaks first.
    pub language: Lang,
    /// Where its number is to be.
    pub country: Country,
    /// Who pays for a call.
    pub kind: LineKind,
    /// Its settings to begin with: one JSON value of at most 64 KiB.
    pub setup: Value,
    /// Who orders it, for people; at most 200 characters.
    pub by: String,
    /// When, in milliseconds since 1970. The day alone is kept.
    pub at_ms: i64,
}

/// An order, as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, FromRow)]
pub struct OrderListing {
    /// The line's identity: it names the order.
    pub id: String,
    /// Whose it is.
    pub organisation: String,
    /// The line's name.
    pub name: String,
    /// The language that it speaks first.
    pub language: String,
    /// Where its number is to be.
    pub country: String,
    /// Who pays for a call.
    pub kind: String,
    /// `processing_order` or `rejected`.
    pub state: String,
    /// On which day it was ordered: `2026-01-31`.
    pub day: String,
    /// By whom.
    pub ordered_by: String,
    /// Why it was refused.
    pub rejection: Option<String>,
}

/// Characters of a name.
const NAME_MAX: usize = 200;
/// So many orders are listed at most.
const ORDERS_MAX: u32 = 10_000;

impl Store {
    /// Orders a line; it waits for its number. A line of the same name that was rejected or released
    /// makes room: from then on it bears a number behind its name.
    pub async fn order_line(&self, order: &NewLine) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            refuse_twin(&mut tx, order).await?;
            Query::new(
                "INSERT INTO line (id, org, name, language, country, kind, state, setup)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(order.id.0.to_string())
            .bind(order.org.0.to_string())
            .bind(&order.name)
            .bind(order.language.as_str())
            .bind(order.country.as_str())
            .bind(order.kind.as_str())
            .bind(LineState::ProcessingOrder.as_str())
            .bind(lines::setup_text(&order.setup)?)
            .execute(&mut tx)
            .await?;
            let day = calendar::day(clock::stamp(&mut tx, order.at_ms).await?);
            Query::new("INSERT INTO line_order (line, day, ordered_by) VALUES ($1, $2, $3)")
                .bind(order.id.0.to_string())
                .bind(day)
                .bind(&order.by)
                .execute(&mut tx)
                .await?;
            let received = Notice::OrderReceived { line: order.id };
            tell(&mut tx, order.org, order.id, &received, order.at_ms).await?;
            tx.commit().await
        })
        .await
    }

    /// Refuses an order that still waits for its number, for a reason of 1 to 160 characters, which
    /// whoever ordered it is told.
    pub async fn reject_order(
        &self,
        line: LineId,
        reason: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        if !(1..=160).contains(&reason.chars().count()) {
            let why = "the reason of a rejection has 1 to 160 characters";
            return Err(StoreError::Conflict(why.to_owned()));
        }
        in_time(async {
            let mut tx = self.begin().await?;
            let row = waiting(&mut tx, line).await?;
            Query::new("UPDATE line_order SET rejection = $1 WHERE line = $2")
                .bind(reason)
                .bind(line.0.to_string())
                .execute(&mut tx)
                .await?;
            Query::new("UPDATE line SET state = $1 WHERE id = $2")
                .bind(LineState::Rejected.as_str())
                .bind(line.0.to_string())
                .execute(&mut tx)
                .await?;
            let rejected = Notice::OrderRejected { line, reason: reason.to_owned() };
            tell(&mut tx, row.org, line, &rejected, now_ms).await?;
            tx.commit().await
        })
        .await
    }

    /// The orders that wait, the oldest day first, and after them those that were refused.
    pub async fn orders(&self) -> Result<Vec<OrderListing>, StoreError> {
        in_time(async {
            Query::new(
                "SELECT line.id, org.name AS organisation, line.name, language, country, kind,
                     state, day, ordered_by, rejection
                 FROM line
                 JOIN line_order ON line_order.line = line.id
                 JOIN org ON org.id = line.org
                 WHERE state IN ('processing_order', 'rejected')
                 ORDER BY state, day, org.name, line.name LIMIT $1",
            )
            .fetch_all(ORDERS_MAX, &mut self.reader().await?)
            .await
        })
        .await
    }
}

/// The line of an order that waits for its number.
pub(crate) async fn waiting(tx: &mut Tx<'_>, line: LineId) -> Result<LineRow, StoreError> {
    let row = find(tx, Find::Id(line)).await?.ok_or_else(no_line)?;
    match (&row.did, row.state) {
        (_, LineState::ProcessingOrder) => Ok(row),
        (Some(did), _) => {
            let why = format!("the line `{}` has its number already: {did}", row.name);
            Err(StoreError::Conflict(why))
        }
        (None, state) => {
            let why = format!("the line `{}` is in the state {}", row.name, state.as_str());
            Err(StoreError::Conflict(why))
        }
    }
}

/// Tells an organisation once of a step in a line's life.
pub(crate) async fn tell(
    tx: &mut Tx<'_>,
    org: OrgId,
    line: LineId,
    notice: &Notice,
    now_ms: i64,
) -> Result<(), StoreError> {
    let id = Uuid::new_v5(&line.0, notice.name().as_bytes());
    outbox::queue(tx, Some(org), notice, id, now_ms).await
}

async fn refuse_twin(tx: &mut Tx<'_>, order: &NewLine) -> Result<(), StoreError> {
    let twin: Option<(String, String)> =
        Query::new("SELECT id, state FROM line WHERE org = $1 AND name = $2")
            .bind(order.org.0.to_string())
            .bind(&order.name)
            .fetch_optional(tx)
            .await?;
    let Some((id, state)) = twin else { return Ok(()) };
    let over = [LineState::Rejected.as_str(), LineState::Released.as_str()];
    if over.contains(&state.as_str()) {
        return make_room(tx, order, &id).await;
    }
    Err(StoreError::Exists(format!("the line `{}`", order.name)))
}

/// So many lines of one name are told apart.
const TWINS_MAX: u32 = 100;

/// `Linka` becomes `Linka (1)`, or the first such name that nobody bears.
async fn make_room(tx: &mut Tx<'_>, order: &NewLine, over: &str) -> Result<(), StoreError> {
    for n in 1..=TWINS_MAX {
        let behind = format!(" ({n})");
        let room = NAME_MAX - behind.chars().count();
        let name: String = order.name.chars().take(room).chain(behind.chars()).collect();
        let renamed = Query::new(
            "UPDATE line SET name = $1 WHERE id = $2 AND NOT EXISTS
                 (SELECT 1 FROM line AS other WHERE other.org = line.org AND other.name = $1)",
        )
        .bind(name)
        .bind(over)
        .execute(tx)
        .await?;
        if renamed > 0 {
            return Ok(());
        }
    }
    let why = format!("there were {TWINS_MAX} lines `{}` already: choose another name", order.name);
    Err(StoreError::Conflict(why))
}
