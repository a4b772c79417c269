//! What each mail says, in every language side by side. No fact stands here: those are in the table
//! below the words, so nothing from outside can get between them.

mod credit;
mod fees;
mod orders;
mod payments;

use super::{CreditLevel, FeeReminder, Mail};
use crate::Language;

/// One mail in one language.
pub(super) struct Text {
    /// The heading, and the beginning of the subject: at most 42 characters, so that a name fits.
    pub(super) title: &'static str,
    /// Paragraphs.
    pub(super) body: &'static [&'static str],
    /// What the link does.
    pub(super) action: &'static str,
}

/// One mail in every language.
pub(super) struct Words {
    czech: Text,
    english: Text,
}

impl Words {
    pub(super) const fn in_language(&self, language: Language) -> &Text {
        match language {
            Language::Czech => &self.czech,
            Language::English => &self.english,
        }
    }
}

impl Mail {
    pub(super) const fn words(&self) -> &'static Words {
        match self {
            Self::OrderReceived { .. } => &orders::RECEIVED,
            Self::NumberRegistered { .. } => &orders::REGISTERED,
            Self::OrderRejected { .. } => &orders::REJECTED,
            Self::LowCredit { level: CreditLevel::Low, .. } => &credit::LOW,
            Self::LowCredit { level: CreditLevel::OneCall, .. } => &credit::ONE_CALL,
            Self::CreditExhausted { .. } => &credit::EXHAUSTED,
            Self::CallsRefused { .. } => &credit::REFUSED,
            Self::FeeDue { reminder: FeeReminder::First, .. } => &fees::DUE,
            Self::FeeDue { reminder: FeeReminder::Second, .. } => &fees::STILL_DUE,
            Self::FeeDue { reminder: FeeReminder::Last, .. } => &fees::LAST_DAY,
            Self::FeePaid { .. } => &fees::PAID,
            Self::Suspended { .. } => &fees::SUSPENDED,
            Self::ReleasePending { .. } => &fees::RELEASE_PENDING,
            Self::Released { .. } => &fees::RELEASED,
            Self::PaymentReceived { .. } => &payments::RECEIVED,
            Self::PaymentPartlyReceived { .. } => &payments::PARTLY,
            Self::PaymentAwaited { .. } => &payments::AWAITED,
            Self::BooksAlarm { .. } => &payments::BOOKS,
        }
    }
}
