//! `linka check`: what keeps a configuration from working, all of it at once.

use std::collections::BTreeSet;
use std::path::Path;

use linka_model::Lang;
use linka_speech::PromptPack;

use crate::cli::ConfigFile;
use crate::config::{self, NodeConfig, Setup, Trunks, beside};
use crate::database::Database;
use crate::failure::Failure;
use crate::{cards, output};

/// Checks the file and everything that it names.
pub(crate) async fn run(args: &ConfigFile) -> Result<(), Failure> {
    let file = &args.config;
    let config: NodeConfig = config::read(file)?;
    let mut findings = Vec::new();
    check_database(file, &config, &mut findings).await;
    check_trunks(file, &config, &mut findings);
    check_cards(file, &config, &mut findings);
    check_lines(file, &config, &mut findings);
    if findings.is_empty() {
        output::line(format!("{}: everything is in order", file.display()));
        return Ok(());
    }
    Err(Failure::new(format!("{} does not work yet:\n  {}", file.display(), findings.join("\n  "))))
}

async fn check_database(file: &Path, config: &NodeConfig, findings: &mut Vec<String>) {
    let server = match Database::configured(file, config).server() {
        Ok(Some(server)) => server,
        Ok(None) => return output::line("database: embedded (SQLite)"),
        Err(error) => return findings.push(error.to_string()),
    };
    match server.version().await {
        Ok(version) => output::line(format!("database: {version} at {server} answers")),
        Err(error) => findings.push(error.to_string()),
    }
}

fn check_trunks(file: &Path, config: &NodeConfig, findings: &mut Vec<String>) {
    match Trunks::load(&beside(file, &config.trunks)) {
        Ok(trunks) if trunks.is_empty() => {
            findings.push("no trunk is configured: nobody would be answered".to_owned());
        }
        Ok(_) => {}
        Err(error) => findings.push(error.to_string()),
    }
}

fn check_cards(file: &Path, config: &NodeConfig, findings: &mut Vec<String>) {
    let cards = match cards::sound(&beside(file, &config.ratecards)) {
        Ok(folder) => folder.cards,
        Err(error) => return findings.push(error.to_string()),
    };
    for organisation in &config.organisations {
        for line in &organisation.lines {
            let priced = cards.iter().any(|card| {
                card.country.as_str() == line.country
                    && card.kind == line.kind
                    && card.currency == organisation.currency
            });
            if !priced {
                findings.push(format!(
                    "{} {}: no rate card has prices for a {} number in {} in {}",
                    organisation.name,
                    line.number,
                    line.kind.as_str(),
                    line.country,
                    organisation.currency
                ));
            }
        }
    }
}

fn check_lines(file: &Path, config: &NodeConfig, findings: &mut Vec<String>) {
    let prompts = beside(file, &config.prompts);
    let mut languages: BTreeSet<Lang> = BTreeSet::new();
    for organisation in &config.organisations {
        for line in &organisation.lines {
            languages.extend(&line.languages);
            for finding in Setup::of(organisation, line).findings(&prompts) {
                findings.push(format!("{} {}: {finding}", organisation.name, line.number));
            }
        }
    }
    for lang in languages {
        let folder = prompts.join(lang.as_str());
        if folder.join("pack.yaml").is_file()
            && let Err(error) = PromptPack::load(&folder)
        {
            findings.push(error.to_string());
        }
    }
}
