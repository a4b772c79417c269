//! All rate cards of a folder together: what no single file shows (M6).
//!
//! A card is in force from its first version on, for ever. So two cards with the same key (country,
//! kind, currency) overlap, and the only gap is the time before the first version.

use crate::card::RateCard;
use crate::card_file::{Placed, Source, parse};
use crate::remark::{CardError, Remark, Warning};
use crate::{Rate, calendar};

/// A price that is so many times another is likely a slip of the decimal point.
const LIKELY_FACTOR_MAX: i64 = 10;

/// A file of rate cards: one, or several that are separated by lines of `---`.
#[derive(Clone, Copy, Debug)]
pub struct CardFile<'a> {
    /// Its name, for people.
    pub name: &'a str,
    /// What it holds.
    pub text: &'a str,
}

/// What a folder of rate cards holds, and everything that is wrong with it, by file and line.
#[derive(Debug, Default)]
pub struct Folder {
    /// Every card that could be read, one for each version.
    pub cards: Vec<RateCard>,
    /// What keeps the folder from being loaded.
    pub errors: Vec<CardError>,
    /// What looks like a slip.
    pub warnings: Vec<Warning>,
}

/// Reads all files and holds the cards against each other. `now_ms` says which are in force.
pub fn read_folder(files: &[CardFile<'_>], now_ms: i64) -> Folder {
    let mut folder = Folder::default();
    let texts: Vec<(&str, String)> = files.iter().flat_map(|&file| documents(file)).collect();
    let mut placed = Vec::new();
    for (file, yaml) in &texts {
        match parse(Source { yaml, file }) {
            Ok(card) => placed.push(card),
            Err(errors) => folder.errors.extend(errors),
        }
    }
    // A stable order: what is found does not depend on the order of the files.
    placed.sort_by(|a, b| age(&a.card).cmp(&age(&b.card)));
    for (index, card) in placed.iter().enumerate() {
        let before = placed.get(..index).unwrap_or_default();
        folder.errors.extend(rivals(card, before));
        folder.warnings.extend(card.warnings.iter().cloned());
        folder.warnings.extend(leaps(card, before));
        folder.warnings.extend(gap(card, before, now_ms));
    }
    folder.errors.sort_by(|a, b| place(&a.0).cmp(&place(&b.0)));
    folder.warnings.sort_by(|a, b| place(&a.0).cmp(&place(&b.0)));
    folder.cards = placed.into_iter().map(|placed| placed.card).collect();
    folder
}

fn age(card: &RateCard) -> (i64, &str) {
    (card.valid_from_ms, card.id.as_str())
}

fn place(remark: &Remark) -> (&str, usize, usize) {
    (&remark.file, remark.line, remark.column)
}

/// The texts of the cards of a file. The lines before a card are left empty, so that every line
/// keeps its number.
fn documents(file: CardFile<'_>) -> Vec<(&str, String)> {
    let mut documents = vec![String::new()];
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_end() == "---" {
            documents.push("\n".repeat(index + 1));
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    // What stands before the first `---` may be remarks alone.
    let is_remark = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let alone = documents.len() == 1;
    documents.retain(|document| alone || !document.lines().all(is_remark));
    documents.into_iter().map(|document| (file.name, document)).collect()
}

/// The place of a card, for a remark on another.
fn stands(placed: &Placed<'_>) -> String {
    let remark = placed.source.remark(Some(placed.id), String::new());
    format!("{}:{}", remark.file, remark.line)
}

/// Cards that a card cannot stand beside: each pair is told at the one that comes later.
fn rivals(placed: &Placed<'_>, before: &[Placed<'_>]) -> Option<CardError> {
    let card = &placed.card;
    let versions = || before.iter().filter(|other| other.card.id == card.id);
    let key = |card: &RateCard| (card.country.clone(), card.kind, card.currency);
    let (at, message) = if let Some(first) = versions().next()
        && key(&first.card) != key(card)
    {
        let field = if first.card.country != card.country {
            ("country", placed.country)
        } else if first.card.kind != card.kind {
            ("kind", placed.kind)
        } else {
            ("currency", placed.currency)
        };
        let message = format!(
            "the {} of `{}` is another in {}: a card keeps it through all its versions, give this \
             one an id of its own",
            field.0,
            card.id,
            stands(first)
        );
        (field.1, message)
    } else if let Some(twin) = versions().find(|v| v.card.valid_from_ms == card.valid_from_ms) {
        let message = format!(
            "a version of `{}` begins at this instant already, in {}: give one a later valid_from",
            card.id,
            stands(twin)
        );
        (placed.valid_from, message)
    } else if let Some(rival) =
        before.iter().find(|o| o.card.id != card.id && key(&o.card) == key(card))
    {
        let message = format!(
            "`{}` prices the same lines as `{}` in {}: one card for a country, kind and currency",
            card.id,
            rival.card.id,
            stands(rival)
        );
        (placed.id, message)
    } else {
        return None;
    };
    Some(CardError(placed.source.remark(Some(at), message)))
}

/// The version that a card replaces.
fn previous<'a>(placed: &Placed<'_>, before: &'a [Placed<'a>]) -> Option<&'a Placed<'a>> {
    before.iter().rfind(|other| other.card.id == placed.card.id)
}

/// Prices that are ten times what they were, or a tenth.
fn leaps(placed: &Placed<'_>, before: &[Placed<'_>]) -> Vec<Warning> {
    let Some(old) = previous(placed, before) else { return Vec::new() };
    let mut told = Vec::new();
    let mut warnings = Vec::new();
    for &(class, at) in &placed.prices {
        let per_minute = |card: &RateCard| Rate::per_minute(card.rate_for(class)).0;
        let (was, is) = (per_minute(&old.card), per_minute(&placed.card));
        let leap = was.min(is) > 0 && was.max(is) / was.min(is) >= LIKELY_FACTOR_MAX;
        if leap && !told.contains(&at) {
            told.push(at);
            let message = format!(
                "{} a minute was {} before: is the decimal point in its place?",
                linka_model::Micros(is),
                linka_model::Micros(was)
            );
            warnings.push(Warning(placed.source.remark(Some(at), message)));
        }
    }
    warnings
}

/// A card that is not in force yet leaves its lines without a price.
fn gap(placed: &Placed<'_>, before: &[Placed<'_>], now_ms: i64) -> Option<Warning> {
    let card = &placed.card;
    if card.valid_from_ms <= now_ms || previous(placed, before).is_some() {
        return None;
    }
    let message = format!(
        "no version of `{}` is in force before {}: until then its lines have no price",
        card.id,
        calendar::hour(card.valid_from_ms)
    );
    Some(Warning(placed.source.remark(Some(placed.valid_from), message)))
}
