//! `linka bank`: reads statements of the operator's accounts, and settles what no program can place.

use linka_engine::clock;
use linka_model::Micros;
use linka_payment::purchase::{PurchaseId, State};
use linka_payment::statement::{Entry, Statement, StatementError, read_camt053, read_fio};
use linka_store::{Booked, PurchaseRow, Store, UnmatchedEntry};
use serde_json::json;

use crate::booking::certain;
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
            Some(UnmatchedAction::TakeBack { entry, purchase, data }) => {
                let store = existing(&data.data).await?;
                let row = store.take_back(entry, PurchaseId(purchase), clock::wall_ms()).await?;
                output::line(format!("{entry} is taken back from {}", sentence(&row)));
                Ok(())
            }
            Some(UnmatchedAction::Return { entry, data }) => {
                let amount = existing(&data.data).await?.give_back(entry).await?;
                output::line(format!("{entry}: {}", returned(amount)));
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

/// What is noted of an entry that pays nothing.
fn returned(amount: Micros) -> String {
    if amount > Micros::ZERO {
        format!("{amount} goes back to its payer; send it under the same variable symbol")
    } else {
        "is noted as a payment of yours; no credit changes".to_owned()
    }
}

/// What an import has done.
#[derive(Default)]
struct Tally {
    credited: u32,
    taken_back: u32,
    sent_back: u32,
    unmatched: u32,
    known: u32,
    passed: u32,
}

/// Takes the entries, what came in before what went out: a payment that was taken back is then known.
/// Where one cannot be taken, what was done before is told with the reason.
async fn import(site: &Configured, statements: &[Statement]) -> Result<(), Failure> {
    let mut tally = Tally::default();
    let (out, came): (Vec<&Entry>, Vec<&Entry>) = statements
        .iter()
        .flat_map(|statement| &statement.entries)
        .partition(|entry| entry.amount < Micros::ZERO);
    for entry in came.into_iter().chain(out) {
        let now = clock::wall_ms();
        match certain(async || site.store.take_bank_entry(entry, now).await).await {
            Ok(booked) => tally.count(entry, &booked),
            Err(error) => {
                tally.tell();
                let (day, name) = (entry.date, &entry.identity.bank_reference);
                return Err(Failure::new(format!(
                    "the entry {name} of {day} was not taken, nor those after it: {error}. \
                     Import the file again: what is known already changes nothing"
                )));
            }
        }
    }
    tally.tell();
    Ok(())
}

impl Tally {
    fn tell(&self) {
        let Self { credited, taken_back, sent_back, unmatched, known, passed } = self;
        output::line(format!(
            "{credited} credited, {taken_back} taken back, {unmatched} unmatched, \
             {known} known already, {passed} not about credit, {sent_back} sent back by you"
        ));
        if *unmatched > 0 {
            output::line("`linka bank unmatched` lists what a person has to place");
        }
    }

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
            Booked::SentBack { .. } => {
                output::line(format!("{what}: sent back to its payer, as was said"));
                &mut self.sent_back
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
