//! `linka rates`: rate cards checked, shown, and explained by the call.

mod page;
mod price_list;
mod quote;

use std::path::Path;

use linka_engine::clock;
use linka_metering::Folder;

use crate::cli::{Rates, RatesAction};
use crate::failure::Failure;
use crate::{cards, output};

/// Checks, explains or shows.
pub(crate) async fn run(args: Rates) -> Result<(), Failure> {
    match args.action {
        RatesAction::Check { folder, strict } => check(&folder.cards, strict),
        RatesAction::Quote { line, seconds, origin, data } => {
            output::line(quote::run(&data.data, &line, seconds, origin).await?);
            Ok(())
        }
        RatesAction::Show { folder, html } => {
            let cards = cards::sound(&folder.cards)?.cards;
            show(&price_list::rows(&cards, clock::wall_ms()), html);
            Ok(())
        }
    }
}

fn check(path: &Path, strict: bool) -> Result<(), Failure> {
    let folder = cards::read(path)?;
    for warning in &folder.warnings {
        output::line(format!("warning: {warning}"));
    }
    for error in &folder.errors {
        output::line(format!("error: {error}"));
    }
    verdict(path, &folder, strict).map(output::line)
}

/// The last line of a check, or why it failed.
fn verdict(path: &Path, folder: &Folder, strict: bool) -> Result<String, Failure> {
    let (errors, warnings) = (folder.errors.len(), folder.warnings.len());
    let place = path.display();
    if errors > 0 {
        return Err(Failure::new(format!("{place}: {errors} to mend")));
    }
    if warnings > 0 && strict {
        return Err(Failure::new(format!("{place}: {warnings} to look at (--strict)")));
    }
    if folder.cards.is_empty() {
        return Err(Failure::new(format!("{place}: there is no rate card (*.yaml)")));
    }
    let remarks = if warnings == 0 { String::new() } else { format!(", {warnings} to look at") };
    Ok(format!("{place}: {} rate cards, nothing to mend{remarks}", folder.cards.len()))
}

fn show(rows: &[price_list::Row], html: bool) {
    if html {
        return output::line(page::render(rows));
    }
    let cells: Vec<Vec<String>> = rows.iter().map(price_list::Row::cells).collect();
    output::table(&price_list::HEAD, &cells, "There are no rate cards.");
    for note in price_list::NOTES {
        output::line(format!("\n{note}"));
    }
}

#[cfg(test)]
mod tests {
    use linka_metering::{CardFile, read_folder};

    use super::*;

    fn said(price: &str, strict: bool) -> Result<String, String> {
        let text = format!(
            "id: a\ncurrency: CZK\ncountry: CZ\nkind: toll_free\nvalid_from: 2026-01-01\n\
             monthly: \"1\"\nrates:\n  - {{origin: default, per_minute: {price}, first: 1, step: 1}}\n"
        );
        let folder = read_folder(&[CardFile { name: "a.yaml", text: &text }], i64::MAX);
        verdict(Path::new("cards"), &folder, strict).map_err(|failure| failure.to_string())
    }

    #[test]
    fn errors_fail_and_warnings_fail_when_they_are_taken_strictly() {
        assert_eq!(said("\"1\"", true), Ok("cards: 1 rate cards, nothing to mend".to_owned()));
        let remark = "cards: 1 rate cards, nothing to mend, 1 to look at";
        assert_eq!(said("\"0\"", false), Ok(remark.to_owned()));
        assert_eq!(said("\"0\"", true), Err("cards: 1 to look at (--strict)".to_owned()));
        assert_eq!(said("1", false), Err("cards: 1 to mend".to_owned()));
    }

    #[test]
    fn a_folder_without_cards_is_no_sound_folder() {
        let none = verdict(Path::new("cards"), &Folder::default(), false);
        assert!(none.unwrap_err().to_string().contains("there is no rate card"));
    }
}
