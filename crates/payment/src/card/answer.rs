//! The provider's answers to our requests.

use std::collections::BTreeMap;

use linka_model::{Currency, Micros};
use serde::Deserialize;
use uuid::Uuid;

use super::BODY_BYTES_MAX;
use super::objects::{DisputeObject, Metadata, RefundObject, SessionObject, money, read};
use crate::purchase::{Event, PurchaseId};

/// Characters of the provider's own words that are kept of an error.
const MESSAGE_CHARS_MAX: usize = 300;

/// An answer as it was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer<'a> {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// A pay page and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The provider's name of it.
    pub id: String,
    /// Where the payer is sent to, while it is open.
    pub url: Option<String>,
    /// Our own name of the purchase.
    pub purchase: Option<PurchaseId>,
    /// Its payment, once there is one.
    pub payment_intent: Option<String>,
    /// What it says of the purchase, to be applied one after the other.
    pub events: Vec<Event>,
}

/// A refund that the provider has taken on. Credit goes when the provider says that money went back
/// ([`Event::Refunded`]), not by this answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refunded {
    /// The provider's name of it.
    pub id: String,
    /// How much.
    pub amount: Micros,
    /// In which currency.
    pub currency: Currency,
    /// How it stands.
    pub state: RefundState,
    /// Our own name of it; refunds made at the provider's desk have none.
    pub ours: Option<Uuid>,
    /// Which charge it goes back to.
    pub charge: Option<String>,
}

/// How a refund stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundState {
    /// `pending` or `requires_action`: it is on its way.
    Open,
    /// `succeeded`. It may still fail later.
    Done,
    /// `failed` or `canceled`: the money stays at the provider.
    Failed,
}

/// The disputes of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disputes {
    /// What they say, those that are decided first.
    pub events: Vec<Event>,
    /// Those that we cannot read: for a person.
    pub unread: Vec<String>,
}

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Nothing is known of the outcome: send the same request again, with the same key, later.
    #[error("the card provider cannot answer now (HTTP {0}): the same request will be sent again")]
    TryAgain(u16),
    /// The key is wrong or may not do this.
    #[error("the card provider does not accept our key (HTTP {0}): check the configured key")]
    Key(u16),
    /// The provider will not do it.
    #[error("the card provider refuses (HTTP {status}, {code}): {message}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The provider's code or kind of error.
        code: String,
        /// The provider's words, shortened.
        message: String,
    },
    /// It is not in the form that we know.
    #[error("an answer of the card provider cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Deserialize)]
struct Failure {
    error: FailureDetail,
}

#[derive(Deserialize)]
struct FailureDetail {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
    has_more: bool,
}

/// Reads a pay page, new or retrieved.
pub fn session(answer: Answer<'_>) -> Result<Session, CardError> {
    let object: SessionObject = read(success(answer)?).map_err(CardError::Unreadable)?;
    Ok(Session {
        events: object.events().map_err(CardError::Unreadable)?,
        purchase: object.purchase(),
        payment_intent: object.payment_intent().map(str::to_owned),
        id: object.id,
        url: object.url,
    })
}

/// Reads the disputes of a payment. One that cannot be read does not hide the others.
pub fn disputes(answer: Answer<'_>) -> Result<Disputes, CardError> {
    let list: List<DisputeObject> = read(success(answer)?).map_err(CardError::Unreadable)?;
    if list.has_more {
        return Err(CardError::Unreadable("a payment has more than 100 disputes".to_owned()));
    }
    let mut found = Disputes { events: Vec::new(), unread: Vec::new() };
    for dispute in &list.data {
        match dispute.event() {
            Ok(event) => found.events.extend(event),
            Err(why) => found.unread.push(why),
        }
    }
    found.events.sort_by_key(|event| matches!(event, Event::DisputeOpened { .. }));
    Ok(found)
}

/// Reads the refunds of a payment.
pub fn refunds(answer: Answer<'_>) -> Result<Vec<Refunded>, CardError> {
    let list: List<RefundObject> = read(success(answer)?).map_err(CardError::Unreadable)?;
    if list.has_more {
        return Err(CardError::Unreadable("a payment has more than 100 refunds".to_owned()));
    }
    let refunds = list.data.into_iter().map(refunded);
    refunds.collect::<Result<_, _>>().map_err(CardError::Unreadable)
}

/// Which of the refunds of a payment failed. Beside what its session says, which was asked for after
/// them, that tells how much ever went.
pub fn failed_refunds(session: &[Event], refunds: &[Refunded]) -> Vec<Event> {
    let mut all: BTreeMap<&str, Event> = BTreeMap::new();
    for refund in refunds.iter().filter(|refund| refund.state == RefundState::Failed) {
        let Some(charge) = &refund.charge else { continue };
        let event = all.entry(charge.as_str()).or_insert_with(|| Event::RefundsFailed {
            object: charge.clone(),
            left: left(session, charge),
            failed: Vec::new(),
            currency: refund.currency,
        });
        if let Event::RefundsFailed { failed, .. } = event {
            failed.push((refund.id.clone(), refund.amount));
        }
    }
    all.into_values().collect()
}

/// What counts as refunded of a charge.
fn left(session: &[Event], charge: &str) -> Micros {
    let mut left = Micros::ZERO;
    for event in session {
        if let Event::Refunded { object, total, .. } = event
            && object == charge
        {
            left = *total;
        }
    }
    left
}

/// Reads a refund.
pub fn refund(answer: Answer<'_>) -> Result<Refunded, CardError> {
    let object: RefundObject = read(success(answer)?).map_err(CardError::Unreadable)?;
    refunded(object).map_err(CardError::Unreadable)
}

fn refunded(object: RefundObject) -> Result<Refunded, String> {
    let (amount, currency) = money(object.amount, &object.currency)?;
    let state = match object.status.as_deref() {
        Some("succeeded") => RefundState::Done,
        Some("pending" | "requires_action") => RefundState::Open,
        Some("failed" | "canceled") => RefundState::Failed,
        other => return Err(format!("a refund has the unknown status {other:?}")),
    };
    let ours = object.metadata.as_ref().and_then(Metadata::refund);
    Ok(Refunded { charge: object.charge(), id: object.id, amount, currency, state, ours })
}

/// The body of an answer that is one.
fn success(answer: Answer<'_>) -> Result<&[u8], CardError> {
    let Answer { status, body } = answer;
    if body.len() > BODY_BYTES_MAX {
        return Err(CardError::Unreadable(format!("it has more than {BODY_BYTES_MAX} bytes")));
    }
    match status {
        200..=299 => Ok(body),
        // 409: the same key is being worked on; 429: too many at once.
        409 | 429 | 500..=599 => Err(CardError::TryAgain(status)),
        401 | 403 => Err(CardError::Key(status)),
        _ => Err(refused(status, body)),
    }
}

fn refused(status: u16, body: &[u8]) -> CardError {
    match read::<Failure>(body) {
        Ok(Failure { error: FailureDetail { kind, code, message } }) => {
            let message = message.unwrap_or_default().chars().take(MESSAGE_CHARS_MAX).collect();
            CardError::Refused { status, code: code.unwrap_or(kind), message }
        }
        Err(reason) => CardError::Unreadable(format!("HTTP {status}, {reason}")),
    }
}
