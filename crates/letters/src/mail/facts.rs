//! The facts of a mail as rows of a table: the same rows in every language.

use linka_model::LineKind;

use super::Mail;
use crate::clean::one_line;
use crate::{Amount, Date, Language, Link, Payment, Reference};

/// Characters of a name or a reason; longer ones are cut.
const TEXT_MAX: usize = 160;
/// Findings of an audit that a mail shows; the rest is counted.
const FINDINGS_MAX: usize = 10;

/// A row: what it is, and its value.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// Rows in the making.
struct Rows {
    language: Language,
    rows: Vec<Fact>,
}

impl Mail {
    /// Every fact but the link, in the order of reading.
    pub(super) fn facts(&self, language: Language) -> Vec<Fact> {
        let rows = Rows { language, rows: Vec::new() };
        match self {
            Self::OrderReceived { organisation, line, country, kind, ordered, .. } => {
                rows.line(organisation, line).ordered(country, *kind, *ordered)
            }
            Self::NumberRegistered { organisation, line, number, .. } => {
                rows.line(organisation, line).number(number.as_str())
            }
            Self::OrderRejected { organisation, line, reason, .. } => {
                rows.line(organisation, line).text(("Důvod", "Reason"), reason)
            }
            Self::LowCredit { organisation, available, .. }
            | Self::CreditExhausted { organisation, available, .. } => {
                rows.organisation(organisation).available(*available)
            }
            Self::CallsRefused { organisation, calls, available, .. } => rows
                .organisation(organisation)
                .text(("Odmítnuté hovory", "Calls turned away"), &calls.to_string())
                .available(*available),
            Self::FeeDue { organisation, line, number, fee, due, suspended_on, .. } => rows
                .line(organisation, line)
                .number(number.as_str())
                .amount(("Měsíční poplatek", "Monthly fee"), *fee)
                .date(("Splatný", "Due"), *due)
                .date(("Linka bude pozastavena", "Line is suspended on"), *suspended_on),
            Self::FeePaid { organisation, line, number, fee, next, .. } => rows
                .line(organisation, line)
                .number(number.as_str())
                .amount(("Zaplacený poplatek", "Fee paid"), *fee)
                .date(("Další poplatek", "Next fee"), *next),
            Self::Suspended { organisation, line, number, fee, kept_until, .. } => rows
                .line(organisation, line)
                .number(number.as_str())
                .amount(("Dlužný poplatek", "Fee owed"), *fee)
                .date(("Číslo držíme do", "Number is kept until"), *kept_until),
            Self::ReleasePending { organisation, line, number, fee, decided_from, .. } => rows
                .line(organisation, line)
                .number(number.as_str())
                .amount(("Dlužný poplatek", "Fee owed"), *fee)
                .date(("Bezpečně vrátíte do", "Surely yours until"), *decided_from),
            Self::Released { organisation, line, number, released, .. } => rows
                .line(organisation, line)
                .number(number.as_str())
                .date(("Uvolněno", "Released"), *released),
            Self::PaymentReceived { .. }
            | Self::PaymentPartlyReceived { .. }
            | Self::PaymentAwaited { .. } => self.payment_facts(rows),
            Self::BooksAlarm { found, findings, .. } => {
                rows.date(("Zjištěno", "Found"), *found).findings(findings)
            }
        }
        .rows
    }

    fn payment_facts(&self, rows: Rows) -> Rows {
        if let Self::PaymentReceived { organisation, received, paid, available, .. } = self {
            rows.organisation(organisation)
                .amount(("Přijato", "Received"), *received)
                .date(("Dne", "On"), *paid)
                .available(*available)
        } else if let Self::PaymentPartlyReceived {
            organisation,
            received,
            asked,
            missing,
            paid,
            payment,
            ..
        } = self
        {
            rows.organisation(organisation)
                .amount(("Přijato", "Received"), *received)
                .date(("Dne", "On"), *paid)
                .amount(("Požadováno", "Asked for"), *asked)
                .amount(("Zbývá", "Missing"), *missing)
                .payment(payment)
        } else if let Self::PaymentAwaited { organisation, amount, due, payment, .. } = self {
            rows.organisation(organisation)
                .amount(("Částka", "Amount"), *amount)
                .date(("Splatnost", "Due"), *due)
                .payment(payment)
        } else {
            rows
        }
    }

    pub(super) fn payment(&self) -> Option<&Payment> {
        if let Self::PaymentPartlyReceived { payment, .. } | Self::PaymentAwaited { payment, .. } =
            self
        {
            Some(payment)
        } else {
            None
        }
    }

    pub(super) const fn link(&self) -> &Link {
        match self {
            Self::OrderReceived { link, .. }
            | Self::NumberRegistered { link, .. }
            | Self::OrderRejected { link, .. }
            | Self::LowCredit { link, .. }
            | Self::CreditExhausted { link, .. }
            | Self::CallsRefused { link, .. }
            | Self::FeeDue { link, .. }
            | Self::FeePaid { link, .. }
            | Self::Suspended { link, .. }
            | Self::ReleasePending { link, .. }
            | Self::Released { link, .. }
            | Self::PaymentReceived { link, .. }
            | Self::PaymentPartlyReceived { link, .. }
            | Self::PaymentAwaited { link, .. }
            | Self::BooksAlarm { link, .. } => link,
        }
    }

    /// What a subject says the mail is about: the line, or else the organisation.
    pub(super) fn subject_name(&self) -> Option<&str> {
        match self {
            Self::OrderReceived { line, .. }
            | Self::NumberRegistered { line, .. }
            | Self::OrderRejected { line, .. }
            | Self::FeeDue { line, .. }
            | Self::FeePaid { line, .. }
            | Self::Suspended { line, .. }
            | Self::ReleasePending { line, .. }
            | Self::Released { line, .. } => Some(line),
            Self::LowCredit { organisation, .. }
            | Self::CreditExhausted { organisation, .. }
            | Self::CallsRefused { organisation, .. }
            | Self::PaymentReceived { organisation, .. }
            | Self::PaymentPartlyReceived { organisation, .. }
            | Self::PaymentAwaited { organisation, .. } => Some(organisation),
            Self::BooksAlarm { .. } => None,
        }
    }
}

impl Rows {
    fn text(mut self, (czech, english): (&'static str, &'static str), value: &str) -> Self {
        let label = self.language.pick(czech, english);
        self.rows.push(Fact { label, value: one_line(value, TEXT_MAX) });
        self
    }

    /// A value of our own making, whose spaces do not break.
    fn ready(mut self, (czech, english): (&'static str, &'static str), value: String) -> Self {
        self.rows.push(Fact { label: self.language.pick(czech, english), value });
        self
    }

    fn organisation(self, name: &str) -> Self {
        self.text(("Organizace", "Organisation"), name)
    }

    fn line(self, organisation: &str, line: &str) -> Self {
        self.organisation(organisation).text(("Linka", "Line"), line)
    }

    fn number(self, number: &str) -> Self {
        self.text(("Číslo", "Number"), number)
    }

    fn ordered(self, country: &str, kind: LineKind, ordered: Date) -> Self {
        let kind = match kind {
            LineKind::Landline => self.language.pick("pevná linka", "landline"),
            LineKind::TollFree => self.language.pick("bezplatná pro volající", "toll-free"),
        };
        self.text(("Země", "Country"), country)
            .text(("Druh", "Kind"), kind)
            .date(("Objednáno", "Ordered"), ordered)
    }

    fn amount(self, label: (&'static str, &'static str), amount: Amount) -> Self {
        let value = amount.show(self.language);
        self.ready(label, value)
    }

    fn available(self, amount: Amount) -> Self {
        self.amount(("Zbývající kredit", "Credit left"), amount)
    }

    fn date(self, label: (&'static str, &'static str), date: Date) -> Self {
        let value = date.show(self.language);
        self.ready(label, value)
    }

    fn payment(self, payment: &Payment) -> Self {
        let label = match payment.reference {
            Reference::VariableSymbol(_) => ("Variabilní symbol", "Variable symbol"),
            Reference::Creditor(_) => ("Reference příjemce", "Creditor reference"),
        };
        let rows = self.ready(("Účet (IBAN)", "Account (IBAN)"), payment.iban());
        let rows = match &payment.bic {
            Some(bic) => rows.text(("BIC", "BIC"), bic),
            None => rows,
        };
        rows.text(label, payment.reference.as_str())
    }

    fn findings(self, findings: &[String]) -> Self {
        let shown = findings.iter().take(FINDINGS_MAX);
        let rows = shown.fold(self, |rows, text| rows.text(("Nález", "Finding"), text));
        match findings.len().saturating_sub(FINDINGS_MAX) {
            0 => rows,
            more => rows.text(("Další nálezy", "More findings"), &more.to_string()),
        }
    }
}
