//! The proforma invoice: what is to be paid, to which account, and why.

mod page;
mod words;

use linka_model::{Currency, Micros};

use crate::amount::{figures, micros_per_minor};
use crate::{Date, Language, LetterError, Party, Payment};

/// Lines that fit on the one page.
const LINES_MAX: usize = 8;
/// Rates of VAT that fit beside them; no country has more.
const RATES_MAX: usize = 4;
/// Bytes of a payment code: version 13 at level M holds 331 bytes, and banks read no larger one
/// (EPC069-12).
const QR_BYTES_MAX: usize = 331;

/// What a proforma invoice says.
#[derive(Clone, PartialEq, Debug)]
pub struct Proforma {
    /// The language that it is written in.
    pub language: Language,
    /// The issuer's running number.
    pub number: String,
    /// Day of issue.
    pub issued: Date,
    /// Day on which the order lapses unless it is paid.
    pub due: Date,
    /// Who is paid.
    pub issuer: Party,
    /// Who pays.
    pub customer: Party,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What is ordered: one to eight lines.
    pub lines: Vec<ProformaLine>,
    /// Whether the issuer charges VAT.
    pub vat: Vat,
    /// What is to be paid, VAT included. It must be what the lines make.
    pub total: Micros,
    /// Where to.
    pub payment: Payment,
    /// The text of the payment code (SPAYD, EPC069-12), drawn as it is.
    pub qr: String,
}

/// A line of a proforma invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProformaLine {
    /// What is sold.
    pub text: String,
    /// Its price before VAT, in whole minor units: a bank moves no smaller ones.
    pub net: Micros,
    /// Its rate of VAT; none where the issuer pays no VAT.
    pub rate: Option<VatRate>,
}

/// A rate of VAT in hundredths of a per cent: 2100 is 21 %.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct VatRate(pub u16);

/// Whether the issuer charges VAT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vat {
    /// The issuer is no payer of VAT; lines have no rate.
    NotPayer,
    /// The issuer is a payer of VAT; every line has a rate.
    Payer,
}

/// VAT of one rate, over all lines that have it.
struct VatSum {
    rate: VatRate,
    base: i64,
    vat: i64,
}

/// The sums of a checked proforma, in minor units.
struct Sums {
    by_rate: Vec<VatSum>,
    total: i64,
}

impl Proforma {
    /// Draws the invoice on one A4 page. The same facts give the same bytes.
    ///
    /// Refused are facts that do not add up: the total must be the sum of the lines and of the VAT
    /// of each rate, rounded half up to the minor unit.
    pub fn pdf(&self) -> Result<Vec<u8>, LetterError> {
        let sums = self.check()?;
        page::draw(self, &sums)
    }

    fn check(&self) -> Result<Sums, LetterError> {
        if self.number.trim().is_empty() {
            return Err(LetterError::fact("number", "is empty"));
        }
        if self.due < self.issued {
            return Err(LetterError::fact("due", "lies before the day of issue"));
        }
        if self.qr.is_empty() || self.qr.len() > QR_BYTES_MAX {
            let why = format!("has {} bytes; 1 to {QR_BYTES_MAX} can be drawn", self.qr.len());
            return Err(LetterError::fact("qr", why));
        }
        self.issuer.check("issuer")?;
        self.customer.check("customer")?;
        self.payment.check()?;
        self.check_lines()?;
        self.sums()
    }

    fn check_lines(&self) -> Result<(), LetterError> {
        if self.lines.is_empty() {
            return Err(LetterError::fact("lines", "has none; a proforma needs at least one"));
        }
        if self.lines.len() > LINES_MAX {
            let count = self.lines.len();
            return Err(LetterError::TooMany { what: "lines", count, max: LINES_MAX });
        }
        for line in &self.lines {
            self.whole_minor("net", line.net)?;
            let fits = line.rate.is_some() == (self.vat == Vat::Payer);
            if !fits {
                let why = "stands on every line of a payer of VAT, and on no line of others";
                return Err(LetterError::fact("rate", why));
            }
        }
        Ok(())
    }

    fn sums(&self) -> Result<Sums, LetterError> {
        let mut by_rate: Vec<VatSum> = Vec::new();
        let mut net = 0_i64;
        for line in &self.lines {
            let amount = self.whole_minor("net", line.net)?;
            net = add(net, amount)?;
            let Some(rate) = line.rate else { continue };
            match by_rate.iter_mut().find(|sum| sum.rate == rate) {
                Some(sum) => sum.base = add(sum.base, amount)?,
                None => by_rate.push(VatSum { rate, base: amount, vat: 0 }),
            }
        }
        if by_rate.len() > RATES_MAX {
            let count = by_rate.len();
            return Err(LetterError::TooMany { what: "rates of VAT", count, max: RATES_MAX });
        }
        by_rate.sort_by_key(|sum| core::cmp::Reverse(sum.rate));
        let mut total = net;
        for sum in &mut by_rate {
            sum.vat = sum.rate.of(sum.base)?;
            total = add(total, sum.vat)?;
        }
        let stated = self.whole_minor("total", self.total)?;
        if stated == total {
            return Ok(Sums { by_rate, total });
        }
        let show = |minor| figures(minor, self.currency, Language::English);
        Err(LetterError::Sum { what: "total", computed: show(total), stated: show(stated) })
    }

    /// An amount above zero in minor units, if it is a whole number of them.
    fn whole_minor(&self, field: &'static str, amount: Micros) -> Result<i64, LetterError> {
        let unit = micros_per_minor(self.currency);
        if amount.0 > 0 && amount.0 % unit == 0 {
            return Ok(amount.0 / unit);
        }
        let why = format!("is {amount}; it has to be above zero, in whole minor units");
        Err(LetterError::fact(field, why))
    }
}

impl VatRate {
    /// The VAT on a base, rounded half up.
    fn of(self, base_minor: i64) -> Result<i64, LetterError> {
        let exact = i128::from(base_minor) * i128::from(self.0);
        i64::try_from((exact + 5_000) / 10_000).map_err(|_| too_large())
    }

    /// `21 %`, `12,5 %`.
    fn show(self, language: Language) -> String {
        let point = language.pick(',', '.');
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        let figures = match (rest / 10, rest % 10) {
            (0, 0) => whole.to_string(),
            (tenth, 0) => format!("{whole}{point}{tenth}"),
            _ => format!("{whole}{point}{rest:02}"),
        };
        format!("{figures}{}%", language.pick("\u{a0}", ""))
    }
}

fn add(a: i64, b: i64) -> Result<i64, LetterError> {
    a.checked_add(b).ok_or_else(too_large)
}

fn too_large() -> LetterError {
    LetterError::fact("lines", "make a sum too large to be counted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_is_rounded_half_up() {
        // 10.50 at 21 % is 2.205, which is 2.21; 10.49 is 2.2029, which is 2.20.
        assert_eq!(VatRate(2_100).of(1_050), Ok(221));
        assert_eq!(VatRate(2_100).of(1_049), Ok(220));
        assert!(VatRate(u16::MAX).of(i64::MAX).is_err());
    }

    #[test]
    fn rates_are_written_without_needless_places() {
        assert_eq!(VatRate(2_100).show(Language::English), "21%");
        assert_eq!(VatRate(1_250).show(Language::Czech), "12,5\u{a0}%");
        assert_eq!(VatRate(575).show(Language::Czech), "5,75\u{a0}%");
        assert_eq!(VatRate(505).show(Language::English), "5.05%");
    }
}
