//! The proforma invoice of a purchase, with the code that a banking application reads.

use linka_letters::{
    Date, Language, LetterError, Party, Payment, Proforma, ProformaLine, Reference, Vat, VatRate,
};
use linka_metering::calendar;
use linka_model::{Currency, Micros};
use linka_payment::payment_code::{PaymentRequest, payment_code};
use linka_payment::{VariableSymbol, minor_unit};
use linka_store::{PayTo, PurchaseRow};

use crate::config::{Issuer, Payments};
use crate::failure::Failure;

const DAY_MS: i64 = 86_400_000;
/// A hundred per cent in hundredths of one.
const WHOLE: i128 = 10_000;

/// A purchase as it is billed.
pub(crate) struct Invoice<'a> {
    pub(crate) payments: &'a Payments,
    pub(crate) purchase: &'a PurchaseRow,
    pub(crate) customer: Party,
    pub(crate) language: Language,
}

/// An invoice as it is sent, and what a payer types where no code is read.
pub(crate) struct Billed {
    pub(crate) pdf: Vec<u8>,
    pub(crate) account: String,
    pub(crate) symbol: VariableSymbol,
    /// The last day to pay, `2026-01-31`.
    pub(crate) due: String,
    pay_to: PayTo,
}

/// Until when an invoice can be paid, and where to.
pub(crate) struct Waits {
    pub(crate) due_ms: i64,
    pub(crate) pay_to: PayTo,
}

impl Billed {
    /// As a mail tells it.
    pub(crate) fn notice(self) -> Waits {
        Waits { due_ms: calendar::parse_utc(&self.due).unwrap_or_default(), pay_to: self.pay_to }
    }
}

impl Invoice<'_> {
    /// Draws it.
    pub(crate) fn bill(self) -> Result<Billed, Failure> {
        let purchase = &self.purchase.purchase;
        let currency = purchase.currency();
        let issuer = self.issuer()?;
        let account = self.payments.account(currency).ok_or_else(|| {
            Failure::new(format!("payments: there is no account in {currency}: add one"))
        })?;
        let symbol = self.purchase.symbol.ok_or_else(|| Failure::new("it is no invoice"))?;
        let due = due(&self.purchase.created_day, self.payments.due_days.0)?;
        let qr = payment_code(&PaymentRequest {
            account: account.iban.0.clone(),
            bank: account.bic.as_ref().map(|bic| bic.0.clone()),
            beneficiary: issuer.name.chars().take(70).collect(),
            amount: purchase.asked(),
            currency,
            symbol,
            due: due.parse().ok(),
            message: String::new(),
            instant: false,
        })
        .map_err(|error| Failure::new(error.to_string()))?;
        let (vat, line) = self.line(issuer)?;
        let proforma = Proforma {
            language: self.language,
            number: symbol.to_string(),
            issued: day(&self.purchase.created_day)?,
            due: day(&due)?,
            issuer: party(issuer),
            customer: self.customer,
            currency,
            lines: vec![line],
            vat,
            total: purchase.asked(),
            payment: Payment {
                iban: account.iban.0.as_str().to_owned(),
                bic: account.bic.as_ref().map(|bic| bic.0.as_str().to_owned()),
                reference: reference(symbol, currency),
            },
            qr: qr.text,
        };
        let pdf = proforma.pdf().map_err(failed)?;
        let pay_to = pay_to(&proforma.payment);
        Ok(Billed { pdf, account: account.iban.0.to_string(), symbol, due, pay_to })
    }

    fn issuer(&self) -> Result<&Issuer, Failure> {
        let missing = || Failure::new("payments: there is no issuer: add who sells credit");
        self.payments.issuer.as_ref().ok_or_else(missing)
    }

    /// What is sold. What is paid becomes credit whole, so the price includes the VAT.
    fn line(&self, issuer: &Issuer) -> Result<(Vat, ProformaLine), Failure> {
        let purchase = &self.purchase.purchase;
        let text = match self.language {
            Language::Czech => format!("Kredit pro {}", self.purchase.org_name),
            Language::English => format!("Credit for {}", self.purchase.org_name),
        };
        let Some(percent) = issuer.vat_rate else {
            return Ok((Vat::NotPayer, ProformaLine { text, net: purchase.asked(), rate: None }));
        };
        let net = net(purchase.asked(), percent.0, purchase.currency())?;
        Ok((Vat::Payer, ProformaLine { text, net, rate: Some(VatRate(percent.0)) }))
    }
}

/// The price before VAT that makes this price with it, where there is one in whole minor units.
fn net(total: Micros, rate: u16, currency: Currency) -> Result<Micros, Failure> {
    let refused = |error: minor_unit::MinorUnitError| Failure::new(error.to_string());
    let gross = i128::from(minor_unit::to_minor(total, currency).map_err(refused)?);
    let factor = WHOLE + i128::from(rate);
    let about = gross * WHOLE / factor;
    let with_vat = |net: i128| net + (net * i128::from(rate) + WHOLE / 2) / WHOLE;
    let found = (about - 1..=about + 1).find(|net| with_vat(*net) == gross);
    let net = found.and_then(|net| i64::try_from(net).ok()).ok_or_else(|| {
        Failure::new(format!(
            "no price makes {total} {currency} with VAT, to the last minor unit: order one more or less"
        ))
    })?;
    minor_unit::from_minor(net, currency).map_err(refused)
}

/// Banks in Czechia and Slovakia know variable symbols; euro transfers elsewhere a creditor reference.
fn reference(symbol: VariableSymbol, currency: Currency) -> Reference {
    if currency.as_str() == "EUR" {
        Reference::Creditor(symbol.rf().as_str().to_owned())
    } else {
        Reference::VariableSymbol(symbol.to_string())
    }
}

/// The same for a mail.
fn pay_to(payment: &Payment) -> PayTo {
    let reference = match &payment.reference {
        Reference::VariableSymbol(text) | Reference::Creditor(text) => text.clone(),
    };
    PayTo { iban: payment.iban.clone(), bic: payment.bic.clone(), reference }
}

/// The issuer, as documents name it.
pub(crate) fn party(issuer: &Issuer) -> Party {
    Party {
        name: issuer.name.clone(),
        address: issuer.address.clone(),
        company_id: issuer.company_id.clone(),
        vat_id: issuer.vat_id.clone(),
    }
}

fn due(created: &str, days: u16) -> Result<String, Failure> {
    let created_ms = calendar::parse_utc(created).ok_or_else(no_day)?;
    Ok(calendar::day(created_ms + i64::from(days) * DAY_MS))
}

fn day(text: &str) -> Result<Date, Failure> {
    let mut parts = text.split('-').map(str::parse::<u16>);
    let mut next = || parts.next().and_then(Result::ok).ok_or_else(no_day);
    let (year, month, day) = (next()?, next()?, next()?);
    let small = |part: u16| u8::try_from(part).map_err(|_| no_day());
    Date::new(year, small(month)?, small(day)?).map_err(failed)
}

fn no_day() -> Failure {
    Failure::new("the purchase has no day")
}

fn failed(error: LetterError) -> Failure {
    Failure::new(format!("the invoice cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_with_vat_is_taken_apart_to_the_last_minor_unit() {
        let czk = "CZK".parse().unwrap();
        let net = |crowns: i64| net(Micros(crowns * 1_000_000), 2100, czk).unwrap();
        // 826.45 · 0.21 = 173.5545, rounded 173.55; together 1000.00.
        assert_eq!(net(1000), Micros(826_450_000));
        // 100 · 0.21 = 21.
        assert_eq!(net(121), Micros(100_000_000));
    }

    #[test]
    fn an_invoice_is_due_by_the_calendar() {
        assert_eq!(due("2026-02-20", 14).unwrap(), "2026-03-06");
    }
}
