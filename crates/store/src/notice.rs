//! What people are told by mail: the facts as they stood when it happened.

use linka_model::{Did, LineId, Micros};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Characters of a reason or a finding; longer ones are cut.
const TEXT_MAX: usize = 160;
/// Findings that are kept; letters count those beyond the first ten.
const FINDINGS_MAX: usize = 50;

/// Something that people are told by mail. What the books know anyway (names, numbers of lines, the
/// currency) is looked up when the mail is written. Nothing of a caller has a place here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case", deny_unknown_fields)]
pub enum Notice {
    /// A line was ordered and waits for its number.
    OrderReceived {
        /// Which line.
        line: LineId,
    },
    /// An order was refused.
    OrderRejected {
        /// Which line.
        line: LineId,
        /// Why, in words for whoever ordered it.
        reason: String,
    },
    /// A line has its number.
    NumberRegistered {
        /// Which line.
        line: LineId,
    },
    /// Credit fell below a threshold (M10).
    LowCredit {
        /// Which threshold.
        level: LowCredit,
        /// What was left.
        available: Micros,
    },
    /// Credit pays for no further call.
    CreditExhausted {
        /// What was left.
        available: Micros,
    },
    /// Calls were turned away for want of credit; at most once an hour (M10).
    CallsRefused {
        /// How many since the last such mail.
        calls: u32,
        /// What was left.
        available: Micros,
    },
    /// A monthly fee is owed (M16).
    FeeDue {
        /// Of which line.
        line: LineId,
        /// Which of the three reminders.
        reminder: FeeReminder,
        /// How much is owed.
        amount: Micros,
        /// Since when, in milliseconds since 1970: the line is suspended seven days later.
        since_ms: i64,
    },
    /// A fee that was owed is paid, and the line is as before (M16).
    FeePaid {
        /// Of which line.
        line: LineId,
        /// How much was paid.
        amount: Micros,
        /// The first instant that it does not cover, in milliseconds since 1970.
        covered_until_ms: i64,
    },
    /// A line takes no more calls, since its fee was not paid.
    Suspended {
        /// Which line.
        line: LineId,
        /// How much is owed.
        amount: Micros,
        /// Until when the number is kept without a word of anybody, in milliseconds since 1970.
        kept_until_ms: i64,
    },
    /// Somebody has to confirm that a number goes; sent once a week (M16).
    ReleasePending {
        /// Which line.
        line: LineId,
        /// How much is owed.
        amount: Micros,
        /// Until when a top-up brings the line back for certain, in milliseconds since 1970.
        decided_from_ms: i64,
    },
    /// A number is gone.
    Released {
        /// Which line.
        line: LineId,
        /// The number that it had.
        number: Did,
    },
    /// A payment became credit.
    PaymentReceived {
        /// The purchase that it pays.
        purchase: Uuid,
        /// How much came.
        received: Micros,
        /// What is available with it.
        available: Micros,
    },
    /// A bank brought less than was asked for; what came is credit.
    PaymentPartlyReceived {
        /// The purchase that it pays.
        purchase: Uuid,
        /// How much came now.
        received: Micros,
        /// How much was asked for.
        asked: Micros,
        /// How much is still missing.
        missing: Micros,
        /// Where the rest is to go.
        pay_to: PayTo,
    },
    /// A purchase waits for its bank transfer.
    PurchaseWaits {
        /// Which purchase.
        purchase: Uuid,
        /// How much is asked for.
        amount: Micros,
        /// Until when, in milliseconds since 1970.
        due_ms: i64,
        /// Where it is to go.
        pay_to: PayTo,
    },
    /// To the operator: the books do not add up.
    BooksAlarm {
        /// Lines of the audit.
        findings: Vec<String>,
    },
}

/// How little credit is left (M10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LowCredit {
    /// Less than a fifth of the last top-up, or than an hour at the dearest price.
    Low,
    /// Less than one call of ten minutes.
    OneCall,
}

/// Which reminder of a fee (M16).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeReminder {
    /// On the day that it is due.
    First,
    /// Three days later.
    Second,
    /// Six days later, the day before the line is suspended.
    Last,
}

/// An account of ours at a bank, and what a payment to it must carry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayTo {
    /// The account (ISO 13616).
    pub iban: String,
    /// The bank (ISO 9362).
    pub bic: Option<String>,
    /// A variable symbol of up to ten digits, or a creditor reference that begins with `RF`.
    pub reference: String,
}

impl Notice {
    /// As the column says it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderReceived { .. } => "order_received",
            Self::OrderRejected { .. } => "order_rejected",
            Self::NumberRegistered { .. } => "number_registered",
            Self::LowCredit { .. } => "low_credit",
            Self::CreditExhausted { .. } => "credit_exhausted",
            Self::CallsRefused { .. } => "calls_refused",
            Self::FeeDue { .. } => "fee_due",
            Self::FeePaid { .. } => "fee_paid",
            Self::Suspended { .. } => "suspended",
            Self::ReleasePending { .. } => "release_pending",
            Self::Released { .. } => "released",
            Self::PaymentReceived { .. } => "payment_received",
            Self::PaymentPartlyReceived { .. } => "payment_partly_received",
            Self::PurchaseWaits { .. } => "purchase_waits",
            Self::BooksAlarm { .. } => "books_alarm",
        }
    }

    /// The same with texts that fit their row, so that telling never fails what it tells of.
    pub(crate) fn fitting(&self) -> Self {
        if let Self::OrderRejected { line, reason } = self {
            Self::OrderRejected { line: *line, reason: cut(reason) }
        } else if let Self::BooksAlarm { findings } = self {
            let kept = findings.iter().take(FINDINGS_MAX);
            Self::BooksAlarm { findings: kept.map(|finding| cut(finding)).collect() }
        } else {
            self.clone()
        }
    }
}

/// Without control characters, each of which JSON would write as six.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect()
}
