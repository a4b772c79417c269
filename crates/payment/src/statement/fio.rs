//! The statement of Fio banka's interface, in JSON: columns by number, amounts as JSON numbers that
//! are read from their own digits.

use linka_model::{Currency, Micros};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Entry, Identity, Statement, StatementError, free_text, symbols, utf8};
use crate::variable_symbol::number;
use crate::{Date, decimal};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    account_statement: AccountStatement<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountStatement<'a> {
    #[serde(borrow)]
    info: Info<'a>,
    #[serde(borrow)]
    transaction_list: Option<TransactionList<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    account_id: Option<String>,
    bank_id: Option<String>,
    iban: Option<String>,
    currency: String,
    #[serde(borrow)]
    opening_balance: Option<&'a RawValue>,
    #[serde(borrow)]
    closing_balance: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct TransactionList<'a> {
    #[serde(borrow)]
    transaction: Option<Vec<Transaction<'a>>>,
}

/// The columns that we use, by the bank's numbers.
#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(borrow, rename = "column22")]
    movement: Column<'a>,
    #[serde(borrow, rename = "column0")]
    date: Column<'a>,
    #[serde(borrow, rename = "column1")]
    amount: Column<'a>,
    #[serde(borrow, rename = "column14")]
    currency: Column<'a>,
    #[serde(borrow, rename = "column5")]
    variable_symbol: Column<'a>,
    #[serde(borrow, rename = "column27")]
    payer_reference: Column<'a>,
    #[serde(borrow, rename = "column16")]
    message: Column<'a>,
    #[serde(borrow, rename = "column7")]
    user_identification: Column<'a>,
    #[serde(borrow, rename = "column25")]
    comment: Column<'a>,
}

/// A column is an object with its value, `null`, or not there.
type Column<'a> = Option<Cell<'a>>;

#[derive(Deserialize)]
struct Cell<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// Reads the one statement of an answer. The bank gives booked movements only.
pub fn read(file: &[u8]) -> Result<Statement, StatementError> {
    let answer: Answer<'_> = serde_json::from_str(utf8(file)?)
        .map_err(|error| StatementError::Form(format!("Fio's JSON: {error}")))?;
    let AccountStatement { info, transaction_list } = answer.account_statement;
    let account = info.account()?;
    let currency = currency(&info.currency, "info")?;
    let opening = amount(info.opening_balance, "openingBalance")?;
    let closing = amount(info.closing_balance, "closingBalance")?;
    let transactions = transaction_list.and_then(|list| list.transaction).unwrap_or_default();
    let entries = (1..)
        .zip(&transactions)
        .map(|(index, transaction)| transaction.entry(&account, &format!("transaction {index}")));
    let entries = entries.collect::<Result<_, _>>()?;
    Statement { account, currency, opening, closing, entries }.checked()
}

impl Info<'_> {
    fn account(&self) -> Result<String, StatementError> {
        let national = || Some(format!("{}/{}", self.account_id.as_ref()?, self.bank_id.as_ref()?));
        let account = self.iban.clone().or_else(national);
        account
            .ok_or_else(|| StatementError::content("info", "neither iban nor accountId is given"))
    }
}

impl Transaction<'_> {
    fn entry(&self, account: &str, place: &str) -> Result<Entry, StatementError> {
        let needed = |column: &Column<'_>, name: &str| {
            text(column).ok_or_else(|| StatementError::content(place, format!("{name} is missing")))
        };
        let bank_reference = needed(&self.movement, "column22 (movement)")?;
        let date = Date::of_stamp(&needed(&self.date, "column0 (date)")?)
            .map_err(|error| StatementError::content(place, error.to_string()))?;
        let amount = amount(raw(&self.amount), &format!("{place}, column1"))?;
        let currency = currency(&needed(&self.currency, "column14 (currency)")?, place)?;
        let texts = [&self.message, &self.user_identification, &self.comment].map(text);
        let reference = text(&self.payer_reference);
        let said = || texts.iter().flatten().map(String::as_str);
        let column = text(&self.variable_symbol).as_deref().and_then(number);
        let found = symbols::find(None, reference.as_deref().into_iter(), said());
        let symbol = column.filter(|number| *number > 0).or(found.variable_symbol);
        Ok(Entry {
            identity: Identity { account: account.to_owned(), bank_reference, amount, date },
            amount,
            currency,
            booked: true,
            date,
            variable_symbol: symbol,
            text: free_text(said()),
            reference,
            // The bank marks no reversals: a person says what a debit with a symbol of ours is.
            reversal: false,
        })
    }
}

fn raw<'a>(column: &Column<'a>) -> Option<&'a RawValue> {
    column.as_ref()?.value
}

/// A text, or a number as it is written.
fn text(column: &Column<'_>) -> Option<String> {
    let raw = raw(column)?.get();
    let text = serde_json::from_str::<String>(raw);
    let digits = |_| raw.bytes().all(|byte| byte.is_ascii_digit()).then(|| raw.to_owned());
    text.map_or_else(digits, Some).filter(|text| !text.trim().is_empty())
}

fn amount(raw: Option<&RawValue>, place: &str) -> Result<Micros, StatementError> {
    let raw = raw.ok_or_else(|| StatementError::content(place, "the amount is missing"))?.get();
    decimal::parse(raw)
        .ok_or_else(|| StatementError::content(place, format!("`{raw}` is no amount")))
}

fn currency(text: &str, place: &str) -> Result<Currency, StatementError> {
    text.parse().map_err(|_| StatementError::content(place, format!("`{text}` is no currency")))
}
