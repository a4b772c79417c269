//! Lines: their state, their settings and the toggle.

use linka_metering::Country;
use linka_model::{Currency, Did, Lang, LineId, LineKind, LineState, Micros, OrgId};
use serde_json::Value;
use sqlx::FromRow;

use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::{self, Access, Query, Tx};
use crate::{FeeRound, Store, StoreError, fees};

/// A line with what a call needs to know of it.
#[derive(Clone, PartialEq, Debug)]
pub struct LineRow {
    /// Its identity.
    pub id: LineId,
    /// Whose it is.
    pub org: OrgId,
    /// The organisation's name.
    pub org_name: String,
    /// Its own name.
    pub name: String,
    /// Its number; `None` until one is registered.
    pub did: Option<Did>,
    /// Where it stands in its life.
    pub state: LineState,
    /// The toggle.
    pub on: bool,
    /// Who pays for a call.
    pub kind: LineKind,
    /// The language that it speaks first.
    pub language: Lang,
    /// The country of its number.
    pub country: Country,
    /// How many calls it takes at once.
    pub channels: u32,
    /// Its settings, as they were written.
    pub setup: Value,
    /// What its organisation can still spend.
    pub available: Micros,
    /// In which currency.
    pub currency: Currency,
}

/// Why a line was not switched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotSwitched {
    /// Only a line that is ready, or is reachable with a fee owed, can be switched on.
    #[error("the line cannot be switched on while it is in the state {}", .0.as_str())]
    NotReady(LineState),
}

impl Store {
    /// Switches a line on or off. The inner error says why it stays as it was.
    pub async fn switch(
        &self,
        line: LineId,
        on: bool,
    ) -> Result<Result<(), NotSwitched>, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = find(&mut tx, Find::Id(line)).await?.ok_or_else(no_line)?;
            if on && !row.state.admits_calls() {
                return Ok(Err(NotSwitched::NotReady(row.state)));
            }
            Query::new("UPDATE line SET is_on = $1 WHERE id = $2")
                .bind(i64::from(on))
                .bind(line.0.to_string())
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Replaces the settings of a line: one JSON value of at most 64 KiB.
    pub async fn set_up(&self, line: LineId, setup: &Value) -> Result<(), StoreError> {
        let text = setup_text(setup)?;
        self.change(line, "UPDATE line SET setup = $1 WHERE id = $2", text).await
    }

    /// Sets how many calls a line takes at once, 1 to 1000.
    pub async fn set_channels(&self, line: LineId, channels: u32) -> Result<(), StoreError> {
        if !(1..=1000).contains(&channels) {
            return Err(StoreError::Conflict("a line takes 1 to 1000 calls at once".to_owned()));
        }
        self.change(line, "UPDATE line SET channels = $1 WHERE id = $2", i64::from(channels)).await
    }

    async fn change(
        &self,
        line: LineId,
        sql: &'static str,
        value: impl Into<sql::Value>,
    ) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let changed =
                Query::new(sql).bind(value).bind(line.0.to_string()).execute(&mut tx).await?;
            if changed == 0 {
                return Err(no_line());
            }
            tx.commit().await
        })
        .await
    }

    /// The line that a dialled number leads to.
    pub async fn find_by_did(&self, did: &Did) -> Result<Option<LineRow>, StoreError> {
        in_time(async { find(&mut self.reader().await?, Find::Did(did)).await }).await
    }

    /// The line of this identity.
    pub async fn line(&self, id: LineId) -> Result<Option<LineRow>, StoreError> {
        in_time(async { find(&mut self.reader().await?, Find::Id(id)).await }).await
    }

    /// All lines, by organisation and name.
    pub async fn lines(&self) -> Result<Vec<LineRow>, StoreError> {
        in_time(async {
            let rows: Vec<Columns> =
                Query::new("SELECT * FROM line_row ORDER BY org_name, name LIMIT $1")
                    .fetch_all(LINES_MAX, &mut self.reader().await?)
                    .await?;
            rows.into_iter().map(LineRow::try_from).collect()
        })
        .await
    }
}

/// Settings as they are written: at most 64 KiB.
pub(crate) fn setup_text(setup: &Value) -> Result<String, StoreError> {
    let text = setup.to_string();
    if text.len() > 65_536 {
        return Err(StoreError::Conflict("the settings are longer than 64 KiB".to_owned()));
    }
    Ok(text)
}

/// Credit was booked: the lines of the organisation that waited for it are ready, and what it owes
/// is paid before anything else can spend it (M16).
pub(crate) async fn credit_came(
    tx: &mut Tx<'_>,
    org: OrgId,
    now_ms: i64,
) -> Result<(), StoreError> {
    Query::new("UPDATE line SET state = $1 WHERE org = $2 AND state = $3")
        .bind(LineState::Ready.as_str())
        .bind(org.0.to_string())
        .bind(LineState::TopUpCredit.as_str())
        .execute(tx)
        .await?;
    fees::settle(tx, org, now_ms, &mut FeeRound::default()).await?;
    Ok(())
}

/// So many lines are listed at most.
const LINES_MAX: u32 = 10_000;

/// How a line is looked up.
#[derive(Clone, Copy)]
pub(crate) enum Find<'a> {
    Id(LineId),
    Did(&'a Did),
}

pub(crate) async fn find(
    on: &mut impl Access,
    by: Find<'_>,
) -> Result<Option<LineRow>, StoreError> {
    let query = match by {
        Find::Id(id) => Query::new("SELECT * FROM line_row WHERE id = $1").bind(id.0.to_string()),
        Find::Did(did) => {
            Query::new("SELECT * FROM line_row WHERE number = $1").bind(did.as_str().to_owned())
        }
    };
    let row: Option<Columns> = query.fetch_optional(on).await?;
    row.map(LineRow::try_from).transpose()
}

pub(crate) fn no_line() -> StoreError {
    StoreError::NotFound("the line".to_owned())
}

/// A row of the view `line_row`.
#[derive(FromRow)]
struct Columns {
    id: String,
    org: String,
    org_name: String,
    name: String,
    number: Option<String>,
    state: String,
    is_on: i64,
    kind: String,
    language: String,
    country: String,
    channels: i64,
    setup: String,
    currency: String,
    available: i64,
}

impl TryFrom<Columns> for LineRow {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let unreadable = StoreError::Unreadable;
        let did = row.number.map(|number| number.parse()).transpose();
        Ok(Self {
            id: LineId(uuid(&row.id)?),
            org: OrgId(uuid(&row.org)?),
            org_name: row.org_name,
            name: row.name,
            did: did.map_err(|_| unreadable("number"))?,
            state: LineState::from_name(&row.state).ok_or(unreadable("state"))?,
            on: row.is_on != 0,
            kind: LineKind::from_name(&row.kind).ok_or(unreadable("kind"))?,
            language: row.language.parse().map_err(|_| unreadable("language"))?,
            country: row.country.try_into().map_err(|_| unreadable("country"))?,
            channels: u32::try_from(row.channels).map_err(|_| unreadable("channel count"))?,
            setup: serde_json::from_str(&row.setup).map_err(|_| unreadable("setup"))?,
            available: Micros(row.available),
            currency: row.currency.parse().map_err(|_| unreadable("currency"))?,
        })
    }
}
