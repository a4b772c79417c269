//! From what the outbox tells to the facts of a letter.

use linka_letters::{
    Amount, CreditLevel, Date, FeeReminder as Reminder, Link, Mail, Payment, Reference,
};
use linka_metering::plan::Zone;
use linka_model::{Did, LineId, Micros};
use linka_store::{About, FeeReminder, LineRow, LowCredit, Notice, Outgoing, PayTo, Store};

use super::NotSent;

/// Whose days mails to the operator speak of.
const OPERATORS_ZONE: &str = "Europe/Prague";
const DAY_MS: i64 = 86_400_000;
/// From the day that a fee is owed to the day that its line is suspended (M16).
const PAST_DUE_MS: i64 = 7 * DAY_MS;

/// What is known of the mail beside its notice.
struct Facts<'a> {
    store: &'a Store,
    mail: &'a Outgoing,
    link: Link,
}

/// Gathers the facts of a mail. What is gone from the books cannot be written of.
pub(super) async fn write(store: &Store, mail: &Outgoing, link: &Link) -> Result<Mail, NotSent> {
    let facts = Facts { store, mail, link: link.clone() };
    match mail.notice.clone() {
        Notice::OrderReceived { line } => facts.order_received(line).await,
        Notice::OrderRejected { line, reason } => facts.order_rejected(line, reason).await,
        Notice::NumberRegistered { line } => facts.number_registered(line).await,
        Notice::LowCredit { level, available } => facts.low_credit(level, available),
        Notice::CreditExhausted { available } => facts.exhausted(available),
        Notice::CallsRefused { calls, available } => facts.calls_refused(calls, available),
        Notice::FeeDue { line, reminder, amount, since_ms } => {
            facts.fee_due(line, reminder, (amount, since_ms)).await
        }
        Notice::FeePaid { line, amount, covered_until_ms } => {
            facts.fee_paid(line, (amount, covered_until_ms)).await
        }
        Notice::Suspended { line, amount, kept_until_ms } => {
            facts.suspended(line, (amount, kept_until_ms)).await
        }
        Notice::ReleasePending { line, amount, decided_from_ms } => {
            facts.release_pending(line, (amount, decided_from_ms)).await
        }
        Notice::Released { line, number } => facts.released(line, number).await,
        Notice::PaymentReceived { received, available, .. } => facts.received(received, available),
        Notice::PaymentPartlyReceived { received, asked, missing, pay_to, .. } => {
            facts.partly_received(received, (asked, missing), &pay_to)
        }
        Notice::PurchaseWaits { amount, due_ms, pay_to, .. } => {
            facts.awaited((amount, due_ms), &pay_to)
        }
        Notice::BooksAlarm { findings } => {
            Ok(Mail::BooksAlarm { found: facts.told()?, findings, link: facts.link })
        }
    }
}

impl Facts<'_> {
    async fn order_received(self, line: LineId) -> Result<Mail, NotSent> {
        let row = self.line(line).await?;
        Ok(Mail::OrderReceived {
            organisation: self.organisation()?,
            line: row.name,
            country: row.country.as_str().to_owned(),
            kind: row.kind,
            ordered: self.told()?,
            link: self.link,
        })
    }

    async fn order_rejected(self, line: LineId, reason: String) -> Result<Mail, NotSent> {
        let (organisation, line) = (self.organisation()?, self.line(line).await?.name);
        Ok(Mail::OrderRejected { organisation, line, reason, link: self.link })
    }

    async fn number_registered(self, line: LineId) -> Result<Mail, NotSent> {
        let organisation = self.organisation()?;
        let (line, number) = self.numbered(line).await?;
        Ok(Mail::NumberRegistered { organisation, line, number, link: self.link })
    }

    fn low_credit(self, level: LowCredit, available: Micros) -> Result<Mail, NotSent> {
        let level = match level {
            LowCredit::Low => CreditLevel::Low,
            LowCredit::OneCall => CreditLevel::OneCall,
        };
        let (organisation, available) = (self.organisation()?, self.amount(available)?);
        Ok(Mail::LowCredit { organisation, level, available, link: self.link })
    }

    fn exhausted(self, available: Micros) -> Result<Mail, NotSent> {
        let (organisation, available) = (self.organisation()?, self.amount(available)?);
        Ok(Mail::CreditExhausted { organisation, available, link: self.link })
    }

    fn calls_refused(self, calls: u32, available: Micros) -> Result<Mail, NotSent> {
        let (organisation, available) = (self.organisation()?, self.amount(available)?);
        Ok(Mail::CallsRefused { organisation, calls, available, link: self.link })
    }

    async fn fee_due(
        self,
        line: LineId,
        reminder: FeeReminder,
        (amount, since_ms): (Micros, i64),
    ) -> Result<Mail, NotSent> {
        let (line, number) = self.numbered(line).await?;
        Ok(Mail::FeeDue {
            organisation: self.organisation()?,
            line,
            number,
            reminder: match reminder {
                FeeReminder::First => Reminder::First,
                FeeReminder::Second => Reminder::Second,
                FeeReminder::Last => Reminder::Last,
            },
            fee: self.amount(amount)?,
            due: self.date(since_ms)?,
            suspended_on: self.date(since_ms.saturating_add(PAST_DUE_MS))?,
            link: self.link,
        })
    }

    async fn fee_paid(
        self,
        line: LineId,
        (amount, covered_until_ms): (Micros, i64),
    ) -> Result<Mail, NotSent> {
        let (organisation, (line, number)) = (self.organisation()?, self.numbered(line).await?);
        let (fee, next) = (self.amount(amount)?, self.date(covered_until_ms)?);
        Ok(Mail::FeePaid { organisation, line, number, fee, next, link: self.link })
    }

    async fn suspended(
        self,
        line: LineId,
        (amount, kept_until_ms): (Micros, i64),
    ) -> Result<Mail, NotSent> {
        let (organisation, (line, number)) = (self.organisation()?, self.numbered(line).await?);
        let (fee, kept_until) = (self.amount(amount)?, self.date(kept_until_ms)?);
        Ok(Mail::Suspended { organisation, line, number, fee, kept_until, link: self.link })
    }

    async fn release_pending(
        self,
        line: LineId,
        (amount, decided_from_ms): (Micros, i64),
    ) -> Result<Mail, NotSent> {
        let (organisation, (line, number)) = (self.organisation()?, self.numbered(line).await?);
        let (fee, decided_from) = (self.amount(amount)?, self.date(decided_from_ms)?);
        Ok(Mail::ReleasePending { organisation, line, number, fee, decided_from, link: self.link })
    }

    async fn released(self, line: LineId, number: Did) -> Result<Mail, NotSent> {
        let (organisation, line) = (self.organisation()?, self.line(line).await?.name);
        Ok(Mail::Released { organisation, line, number, released: self.told()?, link: self.link })
    }

    fn received(self, received: Micros, available: Micros) -> Result<Mail, NotSent> {
        Ok(Mail::PaymentReceived {
            organisation: self.organisation()?,
            received: self.amount(received)?,
            paid: self.told()?,
            available: self.amount(available)?,
            link: self.link,
        })
    }

    fn partly_received(
        self,
        received: Micros,
        (asked, missing): (Micros, Micros),
        pay_to: &PayTo,
    ) -> Result<Mail, NotSent> {
        Ok(Mail::PaymentPartlyReceived {
            organisation: self.organisation()?,
            received: self.amount(received)?,
            asked: self.amount(asked)?,
            missing: self.amount(missing)?,
            paid: self.told()?,
            payment: payment(pay_to),
            link: self.link,
        })
    }

    fn awaited(self, (amount, due_ms): (Micros, i64), pay_to: &PayTo) -> Result<Mail, NotSent> {
        Ok(Mail::PaymentAwaited {
            organisation: self.organisation()?,
            amount: self.amount(amount)?,
            due: self.date(due_ms)?,
            payment: payment(pay_to),
            link: self.link,
        })
    }

    fn organisation(&self) -> Result<String, NotSent> {
        Ok(self.about()?.name.clone())
    }

    fn about(&self) -> Result<&About, NotSent> {
        let nobody = || {
            let name = self.mail.notice.name();
            NotSent::for_good(format!("a notice `{name}` about no organisation"))
        };
        self.mail.org.as_ref().ok_or_else(nobody)
    }

    fn amount(&self, micros: Micros) -> Result<Amount, NotSent> {
        Ok(Amount { micros, currency: self.about()?.currency })
    }

    /// The day on which it happened.
    fn told(&self) -> Result<Date, NotSent> {
        self.date(self.mail.hour_ms)
    }

    /// The day that it is at an instant where the organisation is.
    fn date(&self, unix_ms: i64) -> Result<Date, NotSent> {
        let name = self.mail.org.as_ref().map_or(OPERATORS_ZONE, |about| &about.zone);
        let zone = Zone::named(name).map_err(|error| NotSent::for_good(error.to_string()))?;
        let broken = || NotSent::for_good("an instant beyond the calendar");
        let (year, month, day) = zone.date(unix_ms).ok_or_else(broken)?;
        Date::new(year, month, day).map_err(|_| broken())
    }

    async fn line(&self, line: LineId) -> Result<LineRow, NotSent> {
        let found = self.store.line(line).await;
        let found = found.map_err(|error| NotSent::for_now(error.to_string()))?;
        found.ok_or_else(|| NotSent::for_good("the line does not exist"))
    }

    /// Name and number of a line.
    async fn numbered(&self, line: LineId) -> Result<(String, Did), NotSent> {
        let row = self.line(line).await?;
        let number = row.did.ok_or_else(|| NotSent::for_good("the line has no number any more"))?;
        Ok((row.name, number))
    }
}

fn payment(pay_to: &PayTo) -> Payment {
    let reference = pay_to.reference.clone();
    let reference = if reference.starts_with("RF") {
        Reference::Creditor(reference)
    } else {
        Reference::VariableSymbol(reference)
    };
    Payment { iban: pay_to.iban.clone(), bic: pay_to.bic.clone(), reference }
}
