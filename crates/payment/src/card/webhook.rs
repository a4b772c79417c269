//! Webhooks: what the provider tells by itself, in any order and more than once.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::objects::{Charge, DisputeObject, SessionObject, read};
use super::signature::{SignatureError, WebhookSecrets};
use crate::purchase::{Event, PurchaseId};

/// A webhook whose signature is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    /// The provider's name of the event. It is for the log alone: what makes a second delivery
    /// harmless are the facts of the purchase.
    pub id: String,
    /// Whether it is about real money.
    pub live: bool,
    /// What it says.
    pub notice: Notice,
}

/// What a webhook says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// Something happened to a purchase.
    Purchase {
        /// To which one.
        who: Who,
        /// What.
        event: Event,
    },
    /// It is about something else and is answered with 200 all the same.
    Ignored {
        /// The provider's type of event.
        kind: String,
    },
}

/// By what a purchase is found: our own name where the event bears it, else its payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Who {
    /// Our own name.
    pub purchase: Option<PurchaseId>,
    /// The payment, by which an event of a payment that is known finds its purchase.
    pub payment_intent: Option<String>,
}

/// Why a webhook is not taken; the provider sends it again when it is not answered with 2xx.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It is not the provider's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is, and not in the form that we know.
    #[error("a webhook of the card provider cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

impl Webhook {
    /// Reads the raw bytes of a webhook once its signature is found to be right.
    pub fn read(
        secrets: &WebhookSecrets,
        header: &str,
        body: &[u8],
        now_s: i64,
    ) -> Result<Self, WebhookError> {
        secrets.verify(header, body, now_s)?;
        let envelope: Envelope<'_> = serde_json::from_slice(body)
            .map_err(|error| WebhookError::Unreadable(format!("line {}", error.line())))?;
        let Envelope { id, kind, livemode, data } = envelope;
        let notice =
            notice(kind, data.object.get().as_bytes()).map_err(WebhookError::Unreadable)?;
        Ok(Self { id, live: livemode, notice })
    }
}

fn notice(kind: String, object: &[u8]) -> Result<Notice, String> {
    let found = match kind.as_str() {
        "checkout.session.completed" => session(object, |session| match session.paid()? {
            Some(paid) => Ok(Some(paid)),
            // Paid later, by a transfer for example: the money is not here yet.
            None if session.payment_status == "unpaid" => Ok(Some(Event::Opened)),
            None => Ok(None),
        })?,
        "checkout.session.async_payment_succeeded" => session(object, SessionObject::paid)?,
        "checkout.session.async_payment_failed" => session(object, |_| Ok(Some(Event::Failed)))?,
        "checkout.session.expired" => session(object, |_| Ok(Some(Event::Expired)))?,
        "charge.refunded" => {
            let charge: Charge = read(object)?;
            let who = Who { purchase: charge.purchase(), payment_intent: charge.payment_intent() };
            charge.refunded()?.map(|event| (who, event))
        }
        // An inquiry that grew into a dispute is told of by `funds_withdrawn`.
        "charge.dispute.created" | "charge.dispute.funds_withdrawn" | "charge.dispute.closed" => {
            let dispute: DisputeObject = read(object)?;
            let who = Who { purchase: None, payment_intent: dispute.payment_intent() };
            dispute.event()?.map(|event| (who, event))
        }
        _ => None,
    };
    Ok(match found {
        Some((who, event)) => Notice::Purchase { who, event },
        None => Notice::Ignored { kind },
    })
}

fn session(
    object: &[u8],
    event: impl FnOnce(&SessionObject) -> Result<Option<Event>, String>,
) -> Result<Option<(Who, Event)>, String> {
    let session: SessionObject = read(object)?;
    let who = Who {
        purchase: session.purchase(),
        payment_intent: session.payment_intent().map(str::to_owned),
    };
    Ok(event(&session)?.map(|event| (who, event)))
}
