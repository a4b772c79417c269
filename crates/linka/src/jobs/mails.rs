//! Sends the mails that are due.

use std::time::Duration;

use linka_engine::clock;
use linka_store::{Outgoing, StoreError};
use uuid::Uuid;

use super::Tools;
use crate::failure::Failure;
use crate::mails::NotSent;

/// Mails that are taken at a time. Each may take a server half a minute, and what is taken is ours
/// for more than two minutes.
const BATCH: u32 = 4;
/// Batches of a round.
const BATCHES_MAX: u32 = 25;
/// How often the database is asked to note that a mail is out.
const NOTES_MAX: u32 = 5;
/// Between two tries.
const NOTE_PAUSE: Duration = Duration::from_millis(500);

/// What became of the mails of a round.
#[derive(Default)]
struct Count {
    sent: u32,
    failed: u32,
}

/// Makes mails of what the outbox tells, sends those that are due, forgets old ones.
pub(super) async fn round(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    let (store, post) = (&tools.store, &tools.post);
    store.address_notices(&post.operator, post.domain(), now_ms).await?;
    let mut count = Count::default();
    for _ in 0..BATCHES_MAX {
        let mails = store.take_mails(BATCH, clock::wall_ms().max(now_ms)).await?;
        if mails.is_empty() || !send(tools, mails, &mut count).await? {
            break;
        }
    }
    store.forget_mails(now_ms).await?;
    let Count { sent, failed } = count;
    Ok(if sent + failed == 0 { String::new() } else { format!("mails: {sent} sent, {failed} not") })
}

/// Sends a batch; says whether a server was there for any of it.
async fn send(tools: &Tools, mails: Vec<Outgoing>, count: &mut Count) -> Result<bool, Failure> {
    let mut answered = false;
    for mail in mails {
        let outcome = tools.post.send(&tools.store, &mail).await;
        answered |= outcome.as_ref().err().is_none_or(|failure| failure.answered);
        match outcome {
            Ok(()) => {
                count.sent += 1;
                // It is out: a database that is away for a moment must not have it sent again.
                note_sent(tools, mail.id).await?;
            }
            Err(NotSent { lasting, why, .. }) => {
                count.failed += 1;
                tracing::warn!(mail = %mail.id, attempt = mail.attempt, "a mail was not sent: {why}");
                tools.store.mail_failed(mail.id, lasting, &why).await?;
            }
        }
    }
    Ok(answered)
}

/// Writes down that a mail is out, asking again while the database does not answer.
async fn note_sent(tools: &Tools, mail: Uuid) -> Result<(), Failure> {
    for _ in 0..NOTES_MAX {
        match tools.store.mail_sent(mail).await {
            Err(StoreError::Unavailable) => tokio::time::sleep(NOTE_PAUSE).await,
            noted => return Ok(noted?),
        }
    }
    Err(Failure::from(StoreError::Unavailable))
}
