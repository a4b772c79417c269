//! Webhooks: what the provider tells by itself, in any order and more than once.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::objects::{Charge, DisputeObject, RefundObject, SessionObject, read};
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
    /// When it came about, in seconds since 1970, where it says so.
    pub created_s: Option<i64>,
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
    /// A refund changed in a way that nothing but an inquiry tells: its purchase is to be asked about.
    Refund {
        /// Of which purchase.
        who: Who,
    },
    /// It cannot be read. Whether that matters depends on whose it is.
    Unread {
        /// Of whom it speaks.
        who: Who,
        /// What is wrong with it.
        why: String,
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
    created: Option<i64>,
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
        now_ms: i64,
    ) -> Result<Self, WebhookError> {
        secrets.verify(header, body, now_ms)?;
        let envelope: Envelope<'_> = serde_json::from_slice(body)
            .map_err(|error| WebhookError::Unreadable(format!("line {}", error.line())))?;
        let Envelope { id, kind, livemode, created, data } = envelope;
        let notice =
            notice(kind, data.object.get().as_bytes()).map_err(WebhookError::Unreadable)?;
        Ok(Self { id, live: livemode, created_s: created, notice })
    }
}

/// Whose an event is comes first: what is not ours may be in a form that we do not know.
fn notice(kind: String, object: &[u8]) -> Result<Notice, String> {
    Ok(match kind.as_str() {
        "checkout.session.completed" => session(object, kind, |session| match session.paid()? {
            Some(paid) => Ok(Some(paid)),
            // Paid later, by a transfer for example: the money is not here yet.
            None if session.payment_status == "unpaid" => Ok(Some(Event::Opened)),
            None => Ok(None),
        })?,
        "checkout.session.async_payment_succeeded" => session(object, kind, SessionObject::paid)?,
        "checkout.session.async_payment_failed" => {
            session(object, kind, |_| Ok(Some(Event::Failed)))?
        }
        "checkout.session.expired" => session(object, kind, |_| Ok(Some(Event::Expired)))?,
        "charge.refunded" => {
            let charge: Charge = read(object)?;
            let who = Who { purchase: charge.purchase(), payment_intent: charge.payment_intent() };
            said(who, charge.refunded(), kind)
        }
        // A refund that was told of by its charge may fail; only an inquiry tells what is left.
        "refund.failed" | "refund.updated" | "charge.refund.updated" => {
            let refund: RefundObject = read(object)?;
            let failed = matches!(refund.status.as_deref(), Some("failed" | "canceled"));
            let who = Who { purchase: refund.purchase(), payment_intent: refund.payment_intent() };
            if failed && !who.is_nobody() {
                Notice::Refund { who }
            } else {
                Notice::Ignored { kind }
            }
        }
        // An inquiry that grew into a dispute is told of by `funds_withdrawn`.
        "charge.dispute.created" | "charge.dispute.funds_withdrawn" | "charge.dispute.closed" => {
            let dispute: DisputeObject = read(object)?;
            let who = Who { purchase: None, payment_intent: dispute.payment_intent() };
            said(who, dispute.event(), kind)
        }
        _ => Notice::Ignored { kind },
    })
}

/// What an object says of somebody. Of nobody it says nothing to us, in whatever form.
fn said(who: Who, event: Result<Option<Event>, String>, kind: String) -> Notice {
    match event {
        Ok(Some(event)) if !who.is_nobody() => Notice::Purchase { who, event },
        Err(why) if !who.is_nobody() => Notice::Unread { who, why },
        Ok(_) | Err(_) => Notice::Ignored { kind },
    }
}

/// A pay page of ours bears our name of the purchase; another has nothing to do with us.
fn session(
    object: &[u8],
    kind: String,
    event: impl FnOnce(&SessionObject) -> Result<Option<Event>, String>,
) -> Result<Notice, String> {
    let session: SessionObject = read(object)?;
    let Some(purchase) = session.purchase() else { return Ok(Notice::Ignored { kind }) };
    let payment_intent = session.payment_intent().map(str::to_owned);
    let who = Who { purchase: Some(purchase), payment_intent };
    Ok(said(who, event(&session), kind))
}

impl Who {
    fn is_nobody(&self) -> bool {
        self.purchase.is_none() && self.payment_intent.is_none()
    }
}
