//! Mails: which there are, and what each says.

mod facts;
mod html;
mod plain;
mod words;

use linka_model::{Did, LineKind};

use crate::clean::one_line;
use crate::{Amount, Date, Language, LetterError, Link, Payment};

/// Characters of a subject. With them a header stays on one line (RFC 5322, 2.1.1).
const SUBJECT_MAX: usize = 78;
/// Characters of a name in a subject.
const SUBJECT_NAME_MAX: usize = 32;

/// A mail, with exactly the facts that it needs. None has a field for anything of a caller's.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the name of a fact says what it is")]
pub enum Mail {
    /// A line was ordered and waits for its number.
    OrderReceived {
        organisation: String,
        line: String,
        /// ISO 3166-1, two letters.
        country: String,
        kind: LineKind,
        ordered: Date,
        link: Link,
    },
    /// The number is there; the line opens after the first top-up.
    NumberRegistered { organisation: String, line: String, number: Did, link: Link },
    /// The order was refused.
    OrderRejected { organisation: String, line: String, reason: String, link: Link },
    /// Credit fell below a threshold.
    LowCredit { organisation: String, level: CreditLevel, available: Amount, link: Link },
    /// Credit no longer pays for answering a call.
    CreditExhausted { organisation: String, available: Amount, link: Link },
    /// Calls were turned away for want of credit; sent at most once an hour.
    CallsRefused { organisation: String, calls: u32, available: Amount, link: Link },
    /// A monthly fee is owed: sent on days 0, 3 and 6.
    FeeDue {
        organisation: String,
        line: String,
        number: Did,
        reminder: FeeReminder,
        fee: Amount,
        due: Date,
        /// From this day on the line is not reachable.
        suspended_on: Date,
        link: Link,
    },
    /// The fee that was owed is paid; the line is as before.
    FeePaid {
        organisation: String,
        line: String,
        number: Did,
        fee: Amount,
        /// The next fee is due on this day.
        next: Date,
        link: Link,
    },
    /// The line is not reachable, the number is kept.
    Suspended {
        organisation: String,
        line: String,
        number: Did,
        fee: Amount,
        /// Until this day the number is kept without anybody's confirmation.
        kept_until: Date,
        link: Link,
    },
    /// Somebody has to confirm that the number goes.
    ReleasePending {
        organisation: String,
        line: String,
        number: Did,
        fee: Amount,
        /// Until this day a top-up brings the line back for certain.
        decided_from: Date,
        link: Link,
    },
    /// The number is gone.
    Released { organisation: String, line: String, number: Did, released: Date, link: Link },
    /// A payment became credit.
    PaymentReceived {
        organisation: String,
        received: Amount,
        paid: Date,
        available: Amount,
        link: Link,
    },
    /// Less arrived than was asked for; it became credit.
    PaymentPartlyReceived {
        organisation: String,
        received: Amount,
        asked: Amount,
        missing: Amount,
        paid: Date,
        payment: Payment,
        link: Link,
    },
    /// A purchase waits for its bank transfer.
    PaymentAwaited { organisation: String, amount: Amount, due: Date, payment: Payment, link: Link },
    /// To the operator: the books do not add up. `findings` are lines of `linka ledger audit`.
    BooksAlarm { found: Date, findings: Vec<String>, link: Link },
}

/// How little credit is left. Its third warning is [`Mail::CallsRefused`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CreditLevel {
    /// Below a fifth of the last top-up, or an hour at the dearest price.
    Low,
    /// Below one call of ten minutes.
    OneCall,
}

/// Which of the three mails about a fee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FeeReminder {
    /// On the day that it is due.
    First,
    /// Three days later.
    Second,
    /// Six days later, a day before the line is suspended.
    Last,
}

/// A mail as it is sent: the subject is one line of at most 78 characters, both bodies say the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendered {
    /// Without line breaks.
    pub subject: String,
    /// Plain text in lines of at most 78 characters, links aside. Lines end in LF.
    pub text: String,
    /// A whole HTML document that loads nothing.
    pub html: String,
}

impl Mail {
    /// Writes the mail. It fails only where a payment's account or reference is none.
    pub fn render(&self, language: Language) -> Result<Rendered, LetterError> {
        if let Some(payment) = self.payment() {
            payment.check()?;
        }
        let text = self.words().in_language(language);
        let facts = self.facts(language);
        Ok(Rendered {
            subject: self.subject(text.title),
            text: plain::write(text, &facts, self.link(), self.footer(language)),
            html: html::write(language, text, &facts, self.link(), self.footer(language))?,
        })
    }

    fn subject(&self, title: &str) -> String {
        let whole = match self.subject_name() {
            Some(name) => format!("{title}: {}", one_line(name, SUBJECT_NAME_MAX)),
            None => title.to_owned(),
        };
        one_line(&whole, SUBJECT_MAX)
    }

    /// Why the reader gets this mail.
    fn footer(&self, language: Language) -> &'static str {
        match self {
            Self::BooksAlarm { .. } => language.pick(
                "Píše vám linka, protože ji provozujete.",
                "linka sent you this mail because you operate it.",
            ),
            Self::OrderReceived { .. }
            | Self::NumberRegistered { .. }
            | Self::OrderRejected { .. }
            | Self::LowCredit { .. }
            | Self::CreditExhausted { .. }
            | Self::CallsRefused { .. }
            | Self::FeeDue { .. }
            | Self::FeePaid { .. }
            | Self::Suspended { .. }
            | Self::ReleasePending { .. }
            | Self::Released { .. }
            | Self::PaymentReceived { .. }
            | Self::PaymentPartlyReceived { .. }
            | Self::PaymentAwaited { .. } => language.pick(
                "Píše vám linka, protože spravujete telefonní linku této organizace. Zpráva \
                 neobsahuje nic o volajících ani o jejich oznámeních.",
                "linka sent you this mail because you administer a telephone line of this \
                 organisation. It says nothing of callers or their reports.",
            ),
        }
    }
}
