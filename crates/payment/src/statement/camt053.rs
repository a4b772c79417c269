//! ISO 20022 camt.053, the bank's statement to its customer, versions 02 and 08.

use linka_model::{Currency, Micros};

use super::xml::{self, Element};
use super::{Entry, Identity, Statement, StatementError, free_text, symbols, utf8};
use crate::{Date, decimal};

/// The versions whose fields we know.
const NAMESPACES: [&str; 2] = [
    "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
    "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08",
];

/// Reads all statements of a file; if one of them is wrong, none is taken.
pub fn read(file: &[u8]) -> Result<Vec<Statement>, StatementError> {
    let (root, namespace) = xml::parse(utf8(file)?)?;
    if !NAMESPACES.contains(&namespace.as_str()) {
        let known = NAMESPACES.join(" and ");
        let reason = format!("its namespace is `{namespace}`; known are {known}");
        return Err(StatementError::Form(reason));
    }
    let message = root
        .at("BkToCstmrStmt")
        .ok_or_else(|| StatementError::Form("BkToCstmrStmt is missing".to_owned()))?;
    let statements: Vec<Statement> =
        message.all("Stmt").map(statement).collect::<Result<_, _>>()?;
    if statements.is_empty() {
        return Err(StatementError::Form("there is no statement (Stmt) in it".to_owned()));
    }
    Ok(statements)
}

fn statement(element: &Element) -> Result<Statement, StatementError> {
    let place = format!("statement {}", element.text_at("Id").unwrap_or("without Id"));
    let account = element.text_at("Acct/Id/IBAN").or(element.text_at("Acct/Id/Othr/Id"));
    let account = account
        .ok_or_else(|| StatementError::content(&place, "the account (Acct/Id) is missing"))?
        .to_owned();
    let (opening, currency) = balance(element, &["OPBD", "PRCD"], &place)?;
    let (closing, closing_currency) = balance(element, &["CLBD"], &place)?;
    if currency != closing_currency {
        return Err(StatementError::content(place, "its balances have two currencies"));
    }
    let mut entries = Vec::new();
    for (index, entry) in element.all("Ntry").enumerate() {
        let booking = Booking::read(entry, format!("{place}, entry {}", index + 1))?;
        entries.extend(booking.entries(&account)?);
    }
    Statement { account, currency, opening, closing, entries }.checked()
}

/// The balance with one of these codes, the first code first.
fn balance(
    statement: &Element,
    codes: &[&str],
    place: &str,
) -> Result<(Micros, Currency), StatementError> {
    let of =
        |code: &str| statement.all("Bal").find(|bal| bal.text_at("Tp/CdOrPrtry/Cd") == Some(code));
    let found = codes.iter().find_map(|code| of(code)).ok_or_else(|| {
        StatementError::content(place, format!("the balance {} is missing", codes.join(" or ")))
    })?;
    signed(found, place)
}

/// An amount with its direction (`Amt`, `CdtDbtInd`).
fn signed(element: &Element, place: &str) -> Result<(Micros, Currency), StatementError> {
    let missing = || StatementError::content(place, "the amount (Amt) is missing");
    let (amount, currency) = money(element.at("Amt").ok_or_else(missing)?, place)?;
    Ok((directed(amount, element, place)?, currency))
}

fn directed(amount: Micros, element: &Element, place: &str) -> Result<Micros, StatementError> {
    match element.text_at("CdtDbtInd") {
        Some("CRDT") => Ok(amount),
        Some("DBIT") => Ok(Micros(-amount.0)),
        other => {
            let reason = format!("CdtDbtInd is {other:?}, not CRDT or DBIT");
            Err(StatementError::content(place, reason))
        }
    }
}

/// An amount that is not negative, with its currency.
fn money(element: &Element, place: &str) -> Result<(Micros, Currency), StatementError> {
    let text = element.text();
    let amount = decimal::parse(text).filter(|amount| *amount >= Micros::ZERO);
    let currency = element.currency().and_then(|code| code.parse().ok());
    amount.zip(currency).ok_or_else(|| {
        let reason = format!("`{text}` is no amount with a currency (Ccy)");
        StatementError::content(place, reason)
    })
}

/// One `Ntry`: what the bank booked at once. It may hold several payments.
struct Booking<'a> {
    element: &'a Element,
    place: String,
    amount: Micros,
    currency: Currency,
    booked: bool,
    date: Date,
    reversal: bool,
}

impl<'a> Booking<'a> {
    fn read(element: &'a Element, place: String) -> Result<Self, StatementError> {
        let (amount, currency) = signed(element, &place)?;
        let stamp = ["BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"]
            .iter()
            .find_map(|path| element.text_at(path))
            .ok_or_else(|| StatementError::content(&place, "the day (BookgDt) is missing"))?;
        let date = Date::of_stamp(stamp)
            .map_err(|error| StatementError::content(&place, error.to_string()))?;
        // Version 08 puts a code inside of the status.
        let status = element.text_at("Sts/Cd").or(element.text_at("Sts"));
        let status =
            status.ok_or_else(|| StatementError::content(&place, "the status (Sts) is missing"))?;
        let booked = status == "BOOK";
        let reversal = matches!(element.text_at("RvslInd"), Some("true" | "1"));
        Ok(Self { element, place, amount, currency, booked, date, reversal })
    }

    /// Its payments: each by itself where their amounts are given and make the sum of the booking.
    fn entries(&self, account: &str) -> Result<Vec<Entry>, StatementError> {
        let details: Vec<&Element> =
            self.element.all("NtryDtls").flat_map(|group| group.all("TxDtls")).collect();
        if let [_, _, ..] = *details {
            if let Some(parts) = self.parts(&details) {
                return (1..)
                    .zip(details.iter().zip(parts))
                    .map(|(number, (detail, amount))| {
                        self.entry(account, Some(detail), amount, Some(number))
                    })
                    .collect();
            }
            return Ok(vec![self.entry(account, None, self.amount, None)?]);
        }
        Ok(vec![self.entry(account, details.first().copied(), self.amount, None)?])
    }

    /// The amounts of several payments, if they are in one currency and make the booking's.
    fn parts(&self, details: &[&Element]) -> Option<Vec<Micros>> {
        let parts: Option<Vec<Micros>> = details.iter().map(|detail| self.part(detail)).collect();
        let parts = parts?;
        let sum = parts.iter().try_fold(Micros::ZERO, |sum, part| sum.checked_add(*part))?;
        (sum == self.amount).then_some(parts)
    }

    fn part(&self, detail: &Element) -> Option<Micros> {
        let given = detail.at("Amt").or_else(|| detail.at("AmtDtls/TxAmt/Amt"))?;
        let (amount, currency) = money(given, &self.place).ok()?;
        let own = detail.at("CdtDbtInd").is_some();
        let direction = if own { detail } else { self.element };
        let amount = directed(amount, direction, &self.place).ok()?;
        (currency == self.currency).then_some(amount)
    }

    /// One payment; `number` counts those of a booking that holds several.
    fn entry(
        &self,
        account: &str,
        detail: Option<&Element>,
        amount: Micros,
        number: Option<usize>,
    ) -> Result<Entry, StatementError> {
        let bank_reference = self.bank_reference(detail, amount, number)?;
        let strd: Vec<&Element> =
            detail.map(|detail| remittance(detail, "Strd")).unwrap_or_default();
        let unstructured: Vec<&Element> =
            detail.map(|detail| remittance(detail, "Ustrd")).unwrap_or_default();
        let references = strd.iter().filter_map(|one| one.text_at("CdtrRefInf/Ref"));
        let texts = || {
            let added = detail.and_then(|detail| detail.text_at("AddtlTxInf"));
            unstructured.iter().map(|one| one.text()).chain(added)
        };
        let end_to_end = detail.and_then(|detail| detail.text_at("Refs/EndToEndId"));
        let found = symbols::find(end_to_end, references, texts());
        let added = self.element.text_at("AddtlNtryInf");
        let Self { currency, booked, date, reversal, .. } = *self;
        Ok(Entry {
            identity: Identity { account: account.to_owned(), bank_reference, amount, date },
            amount,
            currency,
            booked,
            date,
            variable_symbol: found.variable_symbol,
            reference: found.reference,
            text: free_text(texts().chain(added)),
            reversal,
        })
    }

    /// By what the entry is recognised at the next import. What is booked and brings money, or takes it
    /// back, must have a reference of the bank's: without one it could count twice.
    fn bank_reference(
        &self,
        detail: Option<&Element>,
        amount: Micros,
        number: Option<usize>,
    ) -> Result<String, StatementError> {
        let own = detail.and_then(own_reference);
        let whole = self.element.text_at("AcctSvcrRef").filter(|text| is_reference(text));
        match (own, whole, number) {
            // Payments of one booking may repeat its reference: the number tells them apart.
            (Some(own), Some(whole), Some(number)) if own == whole => Ok(format!("{own}/{number}")),
            (Some(own), _, Some(_)) => Ok(own.to_owned()),
            (None, Some(whole), Some(number)) => Ok(format!("{whole}/{number}")),
            (_, Some(whole), None) => Ok(whole.to_owned()),
            (Some(own), None, None) => Ok(own.to_owned()),
            (None, None, _) if self.booked && (amount > Micros::ZERO || self.reversal) => {
                let reason = "the bank's reference (AcctSvcrRef) is missing: \
                              the payment could not be recognised at the next import";
                Err(StatementError::content(&self.place, reason))
            }
            (None, None, _) => Ok(self.place.clone()),
        }
    }
}

/// The bank's own name of a payment: its reference, a proprietary one (German banks: FI-UMSATZ-ID),
/// or that of the clearing.
fn own_reference(detail: &Element) -> Option<&str> {
    let paths = ["Refs/AcctSvcrRef", "Refs/Prtry/Ref", "Refs/TxId"];
    let mut found = paths.iter().filter_map(|path| detail.text_at(path));
    found.find(|text| is_reference(text))
}

/// Words that banks write where they have no reference; taken for one they would make all payments
/// of a day and amount the same.
fn is_reference(text: &str) -> bool {
    !matches!(text.to_ascii_uppercase().as_str(), "" | "NONREF" | "NOTPROVIDED")
}

/// All parts of one kind in the remittance information of a payment.
fn remittance<'a>(detail: &'a Element, kind: &'a str) -> Vec<&'a Element> {
    detail.all("RmtInf").flat_map(|info| info.all(kind)).collect()
}
