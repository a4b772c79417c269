//! Looks through a configuration and everything that it names, and finds all that is wrong at once.
//! `serve` starts nothing that has not passed here.

mod cards;
mod lines;
#[cfg(test)]
mod tests;

use std::path::Path;

use linka_metering::{Folder, RateCard};
use linka_sip::Trunk;

use crate::cards as folder;
use crate::config::{self, NodeConfig, Trunks, beside};
use crate::failure::Failure;

/// A configuration in which nothing is wrong.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) config: NodeConfig,
    pub(crate) trunks: Vec<Trunk>,
    pub(crate) cards: Vec<RateCard>,
    /// What works and looks like a slip.
    pub(crate) warnings: Vec<String>,
}

impl Checked {
    /// Reads the file and what it names. `now_ms` decides which prices are in force.
    pub(crate) fn read(file: &Path, now_ms: i64) -> Result<Self, Failure> {
        let config: NodeConfig = config::read(file)?;
        let mut found = Findings::default();
        let trunks = found.take(Trunks::load(&beside(file, &config.trunks)));
        let cards = found.take(folder::sound(&beside(file, &config.ratecards)));
        if config.sip.calls_max == 0 {
            found.wrong("sip.calls_max is 0: a node takes at least one call at once");
        }
        config.term.findings().into_iter().for_each(|finding| found.wrong(finding));
        if let Some(trunks) = &trunks
            && trunks.is_empty()
        {
            found.warn("no trunk is configured: linka answers nobody. Add one to trunks.yaml.");
        }
        let cards = cards.map(|folder| found.without_warnings(folder)).unwrap_or_default();
        cards::check(&cards, &config.organisations, now_ms, &mut found);
        lines::check(&config.organisations, &beside(file, &config.prompts), &mut found);
        config.payments.findings().into_iter().for_each(|finding| found.wrong(finding));
        let Findings { errors, warnings } = found;
        if errors.is_empty() {
            return Ok(Self { config, trunks: trunks.unwrap_or_default(), cards, warnings });
        }
        let all = errors.join("\n  ");
        Err(Failure::new(format!("{} does not work yet:\n  {all}", file.display())))
    }
}

/// What was found so far.
#[derive(Default)]
struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Findings {
    fn wrong(&mut self, what: impl Into<String>) {
        self.errors.push(what.into());
    }

    fn warn(&mut self, what: impl Into<String>) {
        self.warnings.push(what.into());
    }

    fn take<T>(&mut self, read: Result<T, impl ToString>) -> Option<T> {
        read.map_err(|error| self.wrong(error.to_string())).ok()
    }

    fn without_warnings(&mut self, folder: Folder) -> Vec<RateCard> {
        self.warnings.extend(folder.warnings.iter().map(ToString::to_string));
        folder.cards
    }
}
