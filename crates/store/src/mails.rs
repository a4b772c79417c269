//! Mails on their way: made of notices, one an address, and tried until they are sent or given up.
//!
//! A mail is taken before it is sent, and taking it sets when it is tried again. So two nodes never
//! send the same at once, and one that dies in between costs a wait and no mail. It may then be
//! sent twice; its Message-ID, the same each time, tells the reader's program so.

use linka_model::{Currency, Lang, OrgId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::in_time;
use crate::orgs::uuid;
use crate::sql::{Query, Text, Tx};
use crate::{Contact, Notice, Store, StoreError, contacts};

/// A mail is tried so often.
pub const ATTEMPTS_MAX: u32 = 10;
/// The wait after the first attempt, doubled after each: the tenth comes 25 hours and 33 minutes
/// after the first, give or take a quarter.
const FIRST_WAIT_MS: i64 = 180_000;
/// So long a notice waits for somebody to tell.
const NOBODY_AFTER_MS: i64 = 25 * 3_600_000;
/// What is done with is forgotten after 90 days.
const KEPT_MS: i64 = 90 * 86_400_000;
/// Notices that are forgotten at a time.
const FORGOTTEN_MAX: u32 = 100;
/// Notices that are addressed in one transaction: a hundred mails at most. More would not end in
/// time on a distant server, and would keep all other writers waiting.
const NOTICES_AT_ONCE: u32 = 5;
/// Transactions of one round.
const PARTS_MAX: u32 = 20;
/// What is said of a mail that this program cannot read.
const UNREADABLE: &str = "this version of linka cannot read it: it was written by another one";

/// A mail that is to be sent now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// Its identity.
    pub id: Uuid,
    /// To whom.
    pub to: Contact,
    /// The same at every attempt, without angle brackets (RFC 5322, 3.6.4).
    pub message_id: String,
    /// Which attempt this is: the first is 1.
    pub attempt: u32,
    /// What it tells of.
    pub notice: Notice,
    /// The hour in which that happened, in milliseconds since 1970.
    pub hour_ms: i64,
    /// Whom it is about; `None` for a mail to the operator.
    pub org: Option<About>,
}

/// The organisation that a mail is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// Its identity.
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// The currency of its account.
    pub currency: Currency,
    /// Where its days begin (IANA).
    pub zone: String,
}

/// How an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// It may go better the next time.
    ForNow,
    /// The server will never take it.
    ForGood,
}

impl Store {
    /// Makes mails of the notices that wait, one an address. Notices without an organisation go to
    /// the operator. `domain` is what Message-IDs end in. Gives back how many mails were made.
    pub async fn address_notices(
        &self,
        operator: &[Contact],
        domain: &str,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let mut made = 0;
        for _ in 0..PARTS_MAX {
            let Some(more) = in_time(self.address_some(operator, domain, now_ms)).await? else {
                break;
            };
            made += more;
        }
        in_time(self.give_up(operator.is_empty(), now_ms)).await?;
        Ok(made)
    }

    /// `None` where no notice is left.
    async fn address_some(
        &self,
        operator: &[Contact],
        domain: &str,
        now_ms: i64,
    ) -> Result<Option<u64>, StoreError> {
        let mut tx = self.begin().await?;
        let notices = unaddressed(&mut tx, !operator.is_empty()).await?;
        if notices.is_empty() {
            return Ok(None);
        }
        let mut made = 0;
        for (id, org) in notices {
            let readers = match &org {
                Some(org) => contacts::of(&mut tx, org).await?,
                None => operator.to_vec(),
            };
            made += write(&mut tx, (&id, &readers), domain, now_ms).await?;
            set_state(&mut tx, &id, "addressed").await?;
        }
        tx.commit().await?;
        Ok(Some(made))
    }

    /// Gives up notices that found nobody in time. One to the operator waits until there is one,
    /// unless nobody operates.
    async fn give_up(&self, is_unattended: bool, now_ms: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        Query::new(
            "UPDATE outbox SET state = 'nobody' WHERE state = 'new' AND hour_ms < $1
                 AND (org IS NOT NULL OR $2 = 1)
                 AND NOT EXISTS (SELECT 1 FROM contact WHERE contact.org = outbox.org)",
        )
        .bind(now_ms.saturating_sub(NOBODY_AFTER_MS))
        .bind(i64::from(is_unattended))
        .execute(&mut tx)
        .await?;
        tx.commit().await
    }

    /// Takes the mails whose time has come, at most so many. Whoever takes one says how it went by
    /// [`Store::mail_sent`] or [`Store::mail_failed`]. One that cannot be read is given up, so that
    /// it holds up no other.
    pub async fn take_mails(&self, limit: u32, now_ms: i64) -> Result<Vec<Outgoing>, StoreError> {
        for _ in 0..PARTS_MAX {
            let (due, taken) = in_time(self.take_some(limit, now_ms)).await?;
            if due == 0 || !taken.is_empty() {
                return Ok(taken);
            }
        }
        Ok(Vec::new())
    }

    /// Gives back how many mails were due, and those of them that can be read.
    async fn take_some(
        &self,
        limit: u32,
        now_ms: i64,
    ) -> Result<(usize, Vec<Outgoing>), StoreError> {
        let mut tx = self.begin().await?;
        let rows: Vec<Columns> = Query::new(DUE).bind(now_ms).fetch_all(limit, &mut tx).await?;
        let due = rows.len();
        let mut taken = Vec::new();
        for row in rows {
            let id = row.id.clone();
            match Outgoing::try_from(row) {
                Ok(mail) => {
                    take(&mut tx, &mail, now_ms).await?;
                    taken.push(mail);
                }
                Err(_) => bury(&mut tx, &id).await?,
            }
        }
        tx.commit().await?;
        Ok((due, taken))
    }

    /// A server has taken the mail.
    pub async fn mail_sent(&self, id: Uuid) -> Result<(), StoreError> {
        let sql = "UPDATE mail SET state = 'sent', last_error = NULL
                   WHERE id = $1 AND state = 'waiting'";
        self.write(Query::new(sql).bind(id.to_string())).await
    }

    /// The mail was not sent. It is tried again later, or dead if that would not help or was tried
    /// [`ATTEMPTS_MAX`] times. The reason may hold no address.
    pub async fn mail_failed(
        &self,
        id: Uuid,
        failure: Failure,
        why: &str,
    ) -> Result<(), StoreError> {
        let why: String = why.chars().filter(|&c| c != '@').take(200).collect();
        let query = Query::new(
            "UPDATE mail SET last_error = $1,
                 state = CASE WHEN $2 = 1 OR attempts >= $3 THEN 'dead' ELSE 'waiting' END
             WHERE id = $4 AND state = 'waiting'",
        );
        let query = query.bind(why).bind(i64::from(failure == Failure::ForGood));
        self.write(query.bind(i64::from(ATTEMPTS_MAX)).bind(id.to_string())).await
    }

    /// Forgets mails that are done with, and what they told, after 90 days.
    pub async fn forget_mails(&self, now_ms: i64) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let old: Vec<(String,)> = Query::new(
                "SELECT id FROM outbox WHERE hour_ms < $1 AND state <> 'new' AND NOT EXISTS
                     (SELECT 1 FROM mail WHERE mail.outbox = outbox.id AND mail.state = 'waiting')
                 ORDER BY hour_ms LIMIT $2",
            )
            .bind(now_ms.saturating_sub(KEPT_MS))
            .fetch_all(FORGOTTEN_MAX, &mut tx)
            .await?;
            for (id,) in old {
                let forget = Query::new("DELETE FROM mail WHERE outbox = $1").bind(&id);
                forget.execute(&mut tx).await?;
                let forget = Query::new("DELETE FROM outbox WHERE id = $1").bind(&id);
                forget.execute(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    async fn write(&self, query: Query) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            query.execute(&mut tx).await?;
            tx.commit().await
        })
        .await
    }
}

const DUE: &str = "
    SELECT mail.id, address, language, message_id, attempts, notice, hour_ms,
        org.id AS org, org.name AS org_name, org.currency, org.zone
    FROM mail
    JOIN outbox ON outbox.id = mail.outbox
    LEFT JOIN org ON org.id = outbox.org
    WHERE mail.state = 'waiting' AND next_attempt_ms <= $1
    ORDER BY next_attempt_ms, mail.id LIMIT $2";

/// Until an attempt is made again: three minutes, doubled each time, a quarter more or less. What
/// chance would do the identity does, so that mails of one moment spread and nothing is made up.
fn wait_ms(id: Uuid, attempt: u32) -> i64 {
    let doubled = FIRST_WAIT_MS << attempt.saturating_sub(1).min(ATTEMPTS_MAX);
    let [byte, ..] = *Uuid::new_v5(&id, &attempt.to_be_bytes()).as_bytes();
    doubled + doubled / 4 * (i64::from(byte) - 128) / 128
}

/// Notices that can be addressed, oldest first, with the organisation that each is about.
async fn unaddressed(
    tx: &mut Tx<'_>,
    has_operator: bool,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    Query::new(
        "SELECT id, org FROM outbox WHERE state = 'new' AND CASE WHEN org IS NULL THEN $1 = 1
             ELSE EXISTS (SELECT 1 FROM contact WHERE contact.org = outbox.org) END
         ORDER BY hour_ms, id LIMIT $2",
    )
    .bind(i64::from(has_operator))
    .fetch_all(NOTICES_AT_ONCE, tx)
    .await
}

/// The mails of a notice as JSON: identity, address, language and Message-ID of each.
const WRITE: Text = Text::Either {
    sqlite: "INSERT INTO mail (id, address, language, message_id, outbox, state, next_attempt_ms)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, $2, 'waiting', $3
         FROM json_each($1) WHERE true ON CONFLICT (id) DO NOTHING",
    postgres: "INSERT INTO mail (id, address, language, message_id, outbox, state, next_attempt_ms)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, $2, 'waiting', $3
         FROM json_array_elements(CAST($1 AS JSON)) ON CONFLICT (id) DO NOTHING",
};

/// Writes the mails of a notice; gives back how many did not stand already.
async fn write(
    tx: &mut Tx<'_>,
    (notice, readers): (&str, &[Contact]),
    domain: &str,
    now_ms: i64,
) -> Result<u64, StoreError> {
    let notice_id = uuid(notice)?;
    let mail = |to: &Contact| {
        let id = Uuid::new_v5(&notice_id, to.address.as_bytes());
        json!([id, to.address, to.language.as_str(), format!("{id}@{domain}")])
    };
    let mails: Value = readers.iter().map(mail).collect();
    Query::new(WRITE).bind(mails.to_string()).bind(notice).bind(now_ms).execute(tx).await
}

/// Sets when a mail is tried again if nobody says how this attempt went. As long as it lasts there
/// is no error.
async fn take(tx: &mut Tx<'_>, mail: &Outgoing, now_ms: i64) -> Result<(), StoreError> {
    let sql =
        "UPDATE mail SET attempts = $1, next_attempt_ms = $2, last_error = NULL WHERE id = $3";
    Query::new(sql)
        .bind(i64::from(mail.attempt))
        .bind(now_ms.saturating_add(wait_ms(mail.id, mail.attempt)))
        .bind(mail.id.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// A person sees it among the dead and sends it again when a program is back that reads it.
async fn bury(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    Query::new("UPDATE mail SET state = 'dead', last_error = $1 WHERE id = $2")
        .bind(UNREADABLE)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

async fn set_state(tx: &mut Tx<'_>, notice: &str, state: &str) -> Result<(), StoreError> {
    Query::new("UPDATE outbox SET state = $1 WHERE id = $2")
        .bind(state)
        .bind(notice)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    address: String,
    language: String,
    message_id: String,
    attempts: i64,
    notice: String,
    hour_ms: i64,
    org: Option<String>,
    org_name: Option<String>,
    currency: Option<String>,
    zone: Option<String>,
}

impl TryFrom<Columns> for Outgoing {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let unreadable = StoreError::Unreadable;
        let about = |((id, name), (currency, zone)): ((String, String), (String, String))| {
            let currency = currency.parse().map_err(|_| unreadable("currency"))?;
            Ok::<_, StoreError>(About { id: OrgId(uuid(&id)?), name, currency, zone })
        };
        let language: Lang = row.language.parse().map_err(|_| unreadable("language"))?;
        let attempt = u32::try_from(row.attempts).map_err(|_| unreadable("number of attempts"))?;
        Ok(Self {
            id: uuid(&row.id)?,
            to: Contact { address: row.address, language },
            message_id: row.message_id,
            attempt: attempt.saturating_add(1),
            notice: serde_json::from_str(&row.notice).map_err(|_| unreadable("notice"))?,
            hour_ms: row.hour_ms,
            org: row
                .org
                .zip(row.org_name)
                .zip(row.currency.zip(row.zone))
                .map(about)
                .transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_mails_of_one_moment_spread() {
        let minutes = |attempt| {
            let waits = (0..1000).map(|n| wait_ms(Uuid::from_u128(n), attempt));
            let (least, most) = waits.fold((i64::MAX, 0), |(a, b), ms| (a.min(ms), b.max(ms)));
            (least / 60_000, most / 60_000)
        };
        // 3 minutes less and more a quarter: 2 min 15 s to 3 min 45 s; of a thousand some are near.
        assert_eq!(minutes(1), (2, 3));
        // 3 × 2 × 2 = 12: 9 to 15. The last wait, 3 × 2⁸ = 768 minutes: 576 to 960.
        assert!(matches!(minutes(3), (9, 14)));
        assert!(matches!(minutes(9), (576..=580, 950..=959)), "{:?}", minutes(9));
        assert!(wait_ms(Uuid::nil(), u32::MAX) > 0);
    }
}
