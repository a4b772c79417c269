//! `linka numbers`: what a number is, and the pool.

use std::path::Path;

use linka_engine::clock;
use linka_metering::calendar;
use linka_model::Did;
use linka_store::{NewNumber, Release};

use crate::cli::{Books, Listing, Numbers, NumbersAction, Place};
use crate::commands::existing;
use crate::config::text;
use crate::failure::Failure;
use crate::numbering::Number;
use crate::output;

/// A list of numbers is not longer than this, in bytes.
const FILE_MAX: u64 = 1 << 20;
/// So many numbers are freed at once.
const FREED_MAX: u32 = 1_000;

/// Checks, adds, lists, releases, retires or frees.
pub(crate) async fn run(args: Numbers) -> Result<(), Failure> {
    match args.action {
        NumbersAction::Check { numbers } => check(&numbers),
        NumbersAction::Add { numbers, place, data } => add(&data.data, &numbers, &place).await,
        NumbersAction::List(listing) => list(&listing).await,
        NumbersAction::Release { number, confirm, wished, quarantine, data } => {
            let did = confirmed(&number, &confirm)?;
            let release = Release { did, wished, quarantine_days: quarantine };
            let store = existing(&data.data).await?;
            let until_ms = store.release_number(&release, clock::wall_ms()).await?;
            let day = calendar::day(until_ms);
            output::line(format!("released {}: it rests until {day}", release.did));
            Ok(())
        }
        NumbersAction::Retire { number, data } => {
            let did = parse(&number)?;
            existing(&data.data).await?.retire_number(&did).await?;
            output::line(format!("retired {did}"));
            Ok(())
        }
        NumbersAction::Free { data } => {
            let store = existing(&data.data).await?;
            let freed = store.end_quarantines(clock::wall_ms(), FREED_MAX).await?;
            output::line(format!("{} numbers are free again", freed.len()));
            Ok(())
        }
    }
}

fn check(numbers: &[String]) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    let mut cells = Vec::new();
    for text in numbers {
        match Number::read(text) {
            Ok(Number { did, country, kind, international, national }) => cells.push(vec![
                did.to_string(),
                country.to_string(),
                kind.as_str().to_owned(),
                international,
                national,
            ]),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    let head = ["number", "country", "kind", "from abroad", "at home"];
    output::table(&head, &cells, "No line can bear one of these numbers.");
    if wrong.is_empty() { Ok(()) } else { Err(Failure::new(wrong.join("\n"))) }
}

/// Takes all of them in, or none if one of them is wrong.
async fn add(data: &Books, sources: &[String], place: &Place) -> Result<(), Failure> {
    let mut numbers = Vec::new();
    let mut wrong = Vec::new();
    for source in sources {
        for (origin, text) in read(source)? {
            let number = Number::read(&text);
            match number.and_then(|number| number.must_be(&place.country, place.kind)) {
                Ok(Number { did, country, kind, .. }) => {
                    numbers.push(NewNumber { did, country, kind });
                }
                Err(error) => wrong.push(format!("{origin}{error}")),
            }
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::new(wrong.join("\n")));
    }
    let store = existing(data).await?;
    let mut added = 0;
    for number in &numbers {
        added += u32::from(store.add_number(number).await?);
    }
    output::line(format!("added {added} of {} numbers; the others stood already", numbers.len()));
    Ok(())
}

/// The numbers that an argument means, each with the place where it stands.
fn read(source: &str) -> Result<Vec<(String, String)>, Failure> {
    if source.starts_with('+') {
        return Ok(vec![(String::new(), source.to_owned())]);
    }
    let file = Path::new(source);
    if file.metadata().is_ok_and(|facts| facts.len() > FILE_MAX) {
        return Err(Failure::new(format!("{source}: longer than {FILE_MAX} bytes")));
    }
    let text = text(file)?;
    Ok(listed(source, &text))
}

/// One number a line; `#` begins a remark.
fn listed(file: &str, text: &str) -> Vec<(String, String)> {
    let lines = text.lines().zip(1..);
    let numbers = lines.map(|(line, row)| (row, line.split('#').next().unwrap_or("").trim()));
    let numbers = numbers.filter(|(_, number)| !number.is_empty());
    numbers.map(|(row, number)| (format!("{file}:{row}: "), number.to_owned())).collect()
}

async fn list(args: &Listing) -> Result<(), Failure> {
    let rows = existing(&args.data.data).await?.numbers().await?;
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            let rests = row.quarantine_until_ms.map(|ms| format!(" until {}", calendar::day(ms)));
            let state = row.state + &rests.unwrap_or_default();
            let written = Number::read(&row.number).map(|number| number.international);
            vec![
                written.unwrap_or(row.number),
                row.country,
                row.kind,
                state,
                row.organisation.unwrap_or_default(),
                row.line.unwrap_or_default(),
            ]
        })
        .collect();
    let head = ["number", "country", "kind", "state", "organisation", "line"];
    output::table(&head, &cells, "The pool is empty.");
    Ok(())
}

fn parse(number: &str) -> Result<Did, Failure> {
    number.parse().map_err(|error| Failure::new(format!("{error}")))
}

/// A number that was typed twice alike.
pub(super) fn confirmed(number: &str, again: &str) -> Result<Did, Failure> {
    if number == again {
        return parse(number);
    }
    Err(Failure::new(format!(
        "{number} is not confirmed: type the same number after --confirm. What is released cannot be had back"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_number_a_line_and_remarks() {
        let text = "# of our carrier\n+420 222 123 456\n\n+420800123456 # toll-free\n";
        let expected = [
            ("a.txt:2: ".to_owned(), "+420 222 123 456".to_owned()),
            ("a.txt:4: ".to_owned(), "+420800123456".to_owned()),
        ];
        assert_eq!(listed("a.txt", text), expected);
    }

    #[test]
    fn a_number_is_released_only_when_it_is_typed_twice_alike() {
        assert!(confirmed("+420222123456", "+420222123456").is_ok());
        let message = confirmed("+420222123456", "+420222123457").unwrap_err().to_string();
        assert!(message.contains("not confirmed"), "{message}");
    }
}
