//! The provider's answers to our requests.

use linka_model::{Currency, Micros};
use serde::Deserialize;

use super::BODY_BYTES_MAX;
use super::objects::{DisputeObject, SessionObject, money, read};
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
    /// `pending`, `succeeded`, `requires_action`, `failed` or `canceled`.
    pub status: String,
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
struct RefundObject {
    id: String,
    amount: i64,
    currency: String,
    status: String,
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

/// Reads the disputes of a payment as events, those that are decided first.
pub fn disputes(answer: Answer<'_>) -> Result<Vec<Event>, CardError> {
    let list: List<DisputeObject> = read(success(answer)?).map_err(CardError::Unreadable)?;
    if list.has_more {
        return Err(CardError::Unreadable("a payment has more than 100 disputes".to_owned()));
    }
    let events = list.data.iter().map(DisputeObject::event);
    let events: Vec<Option<Event>> =
        events.collect::<Result<_, _>>().map_err(CardError::Unreadable)?;
    let mut events: Vec<Event> = events.into_iter().flatten().collect();
    events.sort_by_key(|event| matches!(event, Event::DisputeOpened { .. }));
    Ok(events)
}

/// Reads a refund.
pub fn refund(answer: Answer<'_>) -> Result<Refunded, CardError> {
    let object: RefundObject = read(success(answer)?).map_err(CardError::Unreadable)?;
    let RefundObject { id, amount, currency, status } = object;
    let (amount, currency) = money(amount, &currency).map_err(CardError::Unreadable)?;
    Ok(Refunded { id, amount, currency, status })
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
