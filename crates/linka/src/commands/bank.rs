//! `linka bank`: reads statements of the operator's accounts, and settles what no program can place.

use linka_engine::clock;
use linka_payment::purchase::{PurchaseId, State};
use linka_payment::statement::{Entry, Statement, StatementError, read_camt053, read_fio};
use linka_store::{Booked, PurchaseRow, Store, UnmatchedEntry};
use serde_json::json;

use crate::cli::{Bank, BankAction, UnmatchedAction};
use crate::commands::{Configured, configured, existing};
use crate::config::Payments;
use crate::failure::Failure;
use crate::output;

/// Does what is asked.
pub(crate) async fn run(args: Bank) -> Result<(), Failure> {
    match args.action {
        BankAction::Import { file, config } => {
            let site = configured(&config).await?;
            let bytes = std::fs::read(&file).map_err(|error| {
                Failure::new(format!("cannot read {}: {error}", file.display()))
            })?;
            let refused = |error| Failure::new(format!("{}: {error}", file.display()));
            let statements = read(&bytes).map_err(|error| refused(error.to_string()))?;
            own(&statements, &site.config.payments).map_err(refused)?;
            import(&site, &statements).await
        }
        BankAction::Unmatched(args) => match args.action {
            None => list(&existing(&args.listing.data.data).await?, args.listing.json).await,
            Some(UnmatchedAction::Assign { entry, purchase, data }) => {
                let store = existing(&data.data).await?;
                let row = store.assign(entry, PurchaseId(purchase), clock::wall_ms()).await?;
                output::line(format!("{entry} pays {}", sentence(&row)));
                Ok(())
            }
            Some(UnmatchedAction::Return { entry, data }) => {
                let amount = existing(&data.data).await?.give_back(entry).await?;
                output::line(format!("{entry}: {amount} is noted as sent back"));
                Ok(())
            }
        },
    }
}

/// Reads a file by what is in it: XML is camt.053, JSON is Fio's.
fn read(bytes: &[u8]) -> Result<Vec<Statement>, StatementError> {
    let mark = bytes.iter().position(|byte| matches!(byte, b'<' | b'{'));
    let form = mark.and_then(|place| bytes.get(place));
    match form {
        Some(b'<') => read_camt053(bytes),
        Some(_) => Ok(vec![read_fio(bytes)?]),
        None => Err(StatementError::Form("it is neither camt.053 nor Fio's JSON".to_owned())),
    }
}

/// Only statements of the operator's own accounts pay anything.
fn own(statements: &[Statement], payments: &Payments) -> Result<(), String> {
    for statement in statements {
        let known = payments.accounts.iter().any(|account| {
            account.iban.0.as_str() == statement.account && account.currency == statement.currency
        });
        if !known {
            return Err(format!(
                "it is of the account {} in {}, which is not among payments.accounts",
                statement.account, statement.currency
            ));
        }
    }
    Ok(())
}

/// What an import has done.
#[derive(Default)]
struct Tally {
    credited: u32,
    taken_back: u32,
    unmatched: u32,
    known: u32,
    passed: u32,
}

async fn import(site: &Configured, statements: &[Statement]) -> Result<(), Failure> {
    let mut tally = Tally::default();
    for entry in statements.iter().flat_map(|statement| &statement.entries) {
        let booked = site.store.take_bank_entry(entry, clock::wall_ms()).await?;
        tally.count(entry, &booked);
    }
    let Tally { credited, taken_back, unmatched, known, passed } = tally;
    output::line(format!(
        "{credited} credited, {taken_back} taken back, {unmatched} unmatched, {known} known already, \
         {passed} not about credit"
    ));
    if unmatched > 0 {
        output::line("`linka bank unmatched` lists what a person has to place");
    }
    Ok(())
}

impl Tally {
    /// Counts an entry; tells of it where it changed anything.
    fn count(&mut self, entry: &Entry, booked: &Booked) {
        let day = entry.date;
        let what = format!("{day} {} {}", entry.amount, entry.currency);
        let counter = match booked {
            Booked::Credited { purchase, .. } => {
                output::line(format!("{what}: credited to {}", sentence(purchase)));
                &mut self.credited
            }
            Booked::TakenBack { purchase, .. } => {
                output::line(format!("{what}: taken back from {}", sentence(purchase)));
                &mut self.taken_back
            }
            Booked::Unmatched { reason } => {
                output::line(format!("{what}: unmatched, {reason}"));
                &mut self.unmatched
            }
            Booked::Known => &mut self.known,
            Booked::Passed => &mut self.passed,
        };
        *counter += 1;
    }
}

fn sentence(row: &PurchaseRow) -> String {
    let purchase = &row.purchase;
    let symbol = row.symbol.map(|symbol| symbol.to_string()).unwrap_or_default();
    let (state, received) = (purchase.state(), purchase.received());
    let stands = if state == State::PartlyPaid {
        format!("partly paid, {received} of {}", purchase.asked())
    } else {
        state.as_str().replace('_', " ")
    };
    format!("{} (variable symbol {symbol}): {stands}", row.org_name)
}

async fn list(store: &Store, as_json: bool) -> Result<(), Failure> {
    let entries = store.unmatched().await?;
    if as_json {
        return output::json(&entries.iter().map(value).collect::<Vec<_>>());
    }
    let cells: Vec<Vec<String>> = entries.iter().map(cells).collect();
    let head = ["day", "amount", "symbol", "why", "what the payer wrote", "may be for", "entry"];
    output::table(&head, &cells, "every payment has its purchase");
    Ok(())
}

fn cells(entry: &UnmatchedEntry) -> Vec<String> {
    vec![
        entry.day.clone(),
        format!("{} {}", entry.amount, entry.currency),
        entry.symbol.map(|symbol| symbol.to_string()).unwrap_or_default(),
        entry.reason.clone(),
        entry.note.clone(),
        entry.suggestion.map(|purchase| purchase.to_string()).unwrap_or_default(),
        entry.id.to_string(),
    ]
}

fn value(entry: &UnmatchedEntry) -> serde_json::Value {
    json!({
        "id": entry.id.to_string(),
        "account": entry.account,
        "day": entry.day,
        "amount": entry.amount.to_string(),
        "currency": entry.currency,
        "symbol": entry.symbol,
        "reason": entry.reason,
        "note": entry.note,
        "suggestion": entry.suggestion.map(|purchase: PurchaseId| purchase.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_what_is_in_it() {
        let error = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(error(b"  <Document/>").contains("camt.053"), "{}", error(b"  <Document/>"));
        assert!(error(b"\xef\xbb\xbf{}").contains("Fio"), "{}", error(b"{}"));
        assert!(error(b"date;amount").contains("neither"));
    }
}
