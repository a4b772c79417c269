//! The provider's objects, as far as we read them. Fields that we do not know are passed over.

use linka_model::{Currency, Micros};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::minor_unit::from_minor;
use crate::purchase::{Event, PurchaseId};

/// A reference to an object: its name alone, or all of it where the request asked for that.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Reference<T> {
    Name(String),
    Whole(T),
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    purchase: Option<String>,
    refund: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct RefundObject {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: Option<String>,
    pub(super) charge: Option<Reference<PaymentIntentName>>,
    payment_intent: Option<Reference<PaymentIntentName>>,
    pub(super) metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(super) struct SessionObject {
    pub(super) id: String,
    pub(super) url: Option<String>,
    client_reference_id: Option<String>,
    metadata: Option<Metadata>,
    amount_total: Option<i64>,
    currency: Option<String>,
    pub(super) payment_status: String,
    pub(super) status: Option<String>,
    payment_intent: Option<Reference<PaymentIntent>>,
}

#[derive(Deserialize)]
pub(super) struct PaymentIntent {
    id: String,
    status: Option<String>,
    latest_charge: Option<Reference<Charge>>,
}

#[derive(Deserialize)]
pub(super) struct Charge {
    id: String,
    payment_intent: Option<Reference<PaymentIntentName>>,
    amount_refunded: i64,
    currency: String,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(super) struct PaymentIntentName {
    id: String,
}

#[derive(Deserialize)]
pub(super) struct DisputeObject {
    id: String,
    payment_intent: Option<Reference<PaymentIntentName>>,
    amount: i64,
    currency: String,
    status: String,
}

/// Reads an object; the reason names line and column, and no content.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    serde_json::from_slice(json).map_err(|error| {
        format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
    })
}

/// An amount in minor units of a currency in small letters.
pub(super) fn money(minor: i64, currency: &str) -> Result<(Micros, Currency), String> {
    let currency = currency.to_ascii_uppercase().parse::<Currency>().map_err(|e| e.to_string())?;
    Ok((from_minor(minor, currency).map_err(|e| e.to_string())?, currency))
}

impl Metadata {
    fn purchase(&self) -> Option<PurchaseId> {
        purchase(self.purchase.as_deref()?)
    }

    /// Our own name of a refund.
    pub(super) fn refund(&self) -> Option<Uuid> {
        Uuid::parse_str(self.refund.as_deref()?).ok()
    }
}

fn purchase(text: &str) -> Option<PurchaseId> {
    Uuid::parse_str(text).ok().map(PurchaseId)
}

impl SessionObject {
    pub(super) fn purchase(&self) -> Option<PurchaseId> {
        let reference = self.client_reference_id.as_deref().and_then(purchase);
        reference.or_else(|| self.metadata.as_ref()?.purchase())
    }

    pub(super) fn payment_intent(&self) -> Option<&str> {
        Some(match self.payment_intent.as_ref()? {
            Reference::Name(name) => name,
            Reference::Whole(whole) => &whole.id,
        })
    }

    /// That it is paid, if it is: nothing but `paid` counts.
    pub(super) fn paid(&self) -> Result<Option<Event>, String> {
        if self.payment_status != "paid" {
            return Ok(None);
        }
        let object = self.payment_intent().ok_or("a paid session names no payment")?.to_owned();
        let total = self.amount_total.ok_or("a paid session names no amount")?;
        let currency = self.currency.as_deref().ok_or("a paid session names no currency")?;
        let (amount, currency) = money(total, currency)?;
        Ok(Some(Event::Paid { object, amount, currency }))
    }

    /// Everything that a whole session says, in the order in which it came about.
    pub(super) fn events(&self) -> Result<Vec<Event>, String> {
        let mut events = vec![Event::Opened];
        events.extend(self.paid()?);
        if self.status.as_deref() == Some("expired") {
            events.push(Event::Expired);
        }
        if let Some(Reference::Whole(payment)) = &self.payment_intent {
            let gone =
                matches!(payment.status.as_deref(), Some("requires_payment_method" | "canceled"));
            if gone && self.status.as_deref() == Some("complete") {
                events.push(Event::Failed);
            }
            if let Some(Reference::Whole(charge)) = &payment.latest_charge {
                events.extend(charge.refunded()?);
            }
        }
        Ok(events)
    }
}

impl Charge {
    pub(super) fn purchase(&self) -> Option<PurchaseId> {
        self.metadata.as_ref()?.purchase()
    }

    pub(super) fn payment_intent(&self) -> Option<String> {
        name(self.payment_intent.as_ref())
    }

    /// What was refunded of it until now, if anything was.
    pub(super) fn refunded(&self) -> Result<Option<Event>, String> {
        let (total, currency) = money(self.amount_refunded, &self.currency)?;
        let some = total > Micros::ZERO;
        Ok(some.then(|| Event::Refunded { object: self.id.clone(), total, currency }))
    }
}

impl RefundObject {
    pub(super) fn purchase(&self) -> Option<PurchaseId> {
        self.metadata.as_ref()?.purchase()
    }

    pub(super) fn payment_intent(&self) -> Option<String> {
        name(self.payment_intent.as_ref())
    }

    pub(super) fn charge(&self) -> Option<String> {
        name(self.charge.as_ref())
    }
}

impl DisputeObject {
    pub(super) fn payment_intent(&self) -> Option<String> {
        name(self.payment_intent.as_ref())
    }

    /// What it means for the money. Inquiries (`warning_…`) and what the provider warded off take none.
    pub(super) fn event(&self) -> Result<Option<Event>, String> {
        let (amount, currency) = money(self.amount, &self.currency)?;
        let object = self.id.clone();
        Ok(match self.status.as_str() {
            "needs_response" | "under_review" => {
                Some(Event::DisputeOpened { object, amount, currency })
            }
            "won" => Some(Event::DisputeClosed { object, amount, currency, won: true }),
            "lost" => Some(Event::DisputeClosed { object, amount, currency, won: false }),
            "warning_needs_response" | "warning_under_review" | "warning_closed" | "prevented" => {
                None
            }
            other => return Err(format!("a dispute has the unknown status `{other}`")),
        })
    }
}

fn name(reference: Option<&Reference<PaymentIntentName>>) -> Option<String> {
    Some(match reference? {
        Reference::Name(name) => name.clone(),
        Reference::Whole(whole) => whole.id.clone(),
    })
}
