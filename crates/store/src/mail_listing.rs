//! What people see of the outbox, and what they do to a mail by hand.

use linka_metering::calendar;
use serde::Serialize;
use uuid::Uuid;

use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::{Query, Tx};
use crate::{Notice, Store, StoreError};

/// A mail, or a notice that nobody is addressed of yet, as it is listed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MailListing {
    /// The identity of the mail, or of the notice.
    pub id: Uuid,
    /// What it tells, by name; `?` where another version of linka wrote it and this one cannot read it.
    pub notice: &'static str,
    /// Whom it is about; `None` for the operator.
    pub organisation: Option<String>,
    /// To whom it goes; `None` where nobody is addressed.
    pub address: Option<String>,
    /// `new`, `nobody`; `waiting`, `sent`, `dead`, `dropped`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again, to the hour: `2026-01-31T09:00Z`; for those that wait.
    pub next_attempt: Option<String>,
    /// The hour of what it tells of.
    pub hour: String,
    /// How the last attempt failed.
    pub last_error: Option<String>,
    /// What it tells, where that can be read.
    #[serde(skip)]
    pub content: Option<Notice>,
}

/// Which mails are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// All.
    All,
    /// Those that were given up, and notices that nobody was there for.
    Dead,
    /// The one of this identity.
    One(Uuid),
}

const LISTING: &str = "
    SELECT coalesce(mail.id, outbox.id) AS id, notice, org.name AS organisation, address,
        coalesce(mail.state, outbox.state) AS state, coalesce(attempts, 0) AS attempts,
        next_attempt_ms, hour_ms, last_error
    FROM outbox
    LEFT JOIN mail ON mail.outbox = outbox.id
    LEFT JOIN org ON org.id = outbox.org
    WHERE ($1 = 0 OR coalesce(mail.state, outbox.state) IN ('dead', 'nobody'))
        AND ($2 = '' OR coalesce(mail.id, outbox.id) = $2)
    ORDER BY hour_ms DESC, outbox.id, address LIMIT $3";

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    notice: String,
    organisation: Option<String>,
    address: Option<String>,
    state: String,
    attempts: i64,
    next_attempt_ms: Option<i64>,
    hour_ms: i64,
    last_error: Option<String>,
}

impl Store {
    /// Mails, the latest hour first, at most `limit`.
    pub async fn mail_listing(
        &self,
        which: Which,
        limit: u32,
    ) -> Result<Vec<MailListing>, StoreError> {
        let (dead, one) = match which {
            Which::All => (0, String::new()),
            Which::Dead => (1, String::new()),
            Which::One(id) => (0, id.to_string()),
        };
        in_time(async {
            let rows: Vec<Columns> = Query::new(LISTING)
                .bind(i64::from(dead))
                .bind(one)
                .fetch_all(limit, &mut self.reader().await?)
                .await?;
            rows.into_iter().map(MailListing::try_from).collect()
        })
        .await
    }

    /// Sends a mail that was given up or dropped from its first attempt on, or looks again for
    /// somebody to tell. Of those that wait only one whose last attempt is known to have failed is
    /// hurried: a node may be sending any other right now.
    pub async fn retry_mail(&self, id: Uuid, now_ms: i64) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let mail = "UPDATE mail SET state = 'waiting', attempts = 0, next_attempt_ms = $1
                        WHERE id = $2 AND (state IN ('dead', 'dropped')
                            OR state = 'waiting' AND last_error IS NOT NULL)";
            let mail = Query::new(mail).bind(now_ms).bind(id.to_string()).execute(&mut tx).await?;
            let notice = "UPDATE outbox SET state = 'new' WHERE id = $1 AND state = 'nobody'";
            let notice = Query::new(notice).bind(id.to_string()).execute(&mut tx).await?;
            end(tx, mail + notice, "a mail of this id that failed or was given up").await
        })
        .await
    }

    /// Gives up a mail that waits or is dead, or a notice that nobody was there for.
    pub async fn drop_mail(&self, id: Uuid) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let mail = "UPDATE mail SET state = 'dropped' WHERE id = $1 AND state <> 'sent'";
            let mail = Query::new(mail).bind(id.to_string()).execute(&mut tx).await?;
            let notice = "UPDATE outbox SET state = 'dropped'
                          WHERE id = $1 AND state IN ('new', 'nobody')";
            let notice = Query::new(notice).bind(id.to_string()).execute(&mut tx).await?;
            end(tx, mail + notice, "an unsent mail of this id").await
        })
        .await
    }
}

async fn end(tx: Tx<'_>, changed: u64, what: &str) -> Result<(), StoreError> {
    if changed == 0 {
        return Err(StoreError::NotFound(what.to_owned()));
    }
    tx.commit().await
}

impl TryFrom<Columns> for MailListing {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let content: Option<Notice> = serde_json::from_str(&row.notice).ok();
        let next_ms = row.next_attempt_ms.filter(|_| row.state == "waiting");
        Ok(Self {
            id: uuid(&row.id)?,
            notice: content.as_ref().map_or("?", Notice::name),
            organisation: row.organisation,
            address: row.address,
            state: row.state,
            attempts: row.attempts,
            next_attempt: next_ms.map(calendar::hour),
            hour: calendar::hour(row.hour_ms),
            last_error: row.last_error,
            content,
        })
    }
}
