//! One file per command.

mod bank;
mod call;
mod check;
mod contacts;
mod credit;
mod demo;
mod doctor;
mod fees;
mod jobs;
mod ledger;
mod lines;
mod listings;
mod logging;
mod mails;
mod numbers;
mod orders;
mod orgs;
mod partners;
mod rates;
mod serve;
mod statements;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use linka_store::Store;

use crate::cli::{Books, Command, ConfigFile};
use crate::config::{self, NodeConfig, beside};
use crate::database::Database;
use crate::failure::Failure;
use crate::payments::card::CardProvider;

/// Carries a command out.
pub(crate) async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(args) => demo::run(args).await?,
        Command::Serve(args) => serve::run(args).await?,
        Command::Check(args) => check::run(&args).await?,
        Command::Call(args) => return call::run(args).await,
        Command::Credit(args) => credit::run(args).await?,
        Command::Statements(args) => statements::run(args).await?,
        Command::Ledger(args) => return ledger::run(args).await,
        Command::Fees(args) => fees::run(args).await?,
        Command::Orgs(args) => orgs::run(args).await?,
        Command::Orders(args) => orders::run(args).await?,
        Command::Numbers(args) => numbers::run(args).await?,
        Command::Bank(args) => bank::run(args).await?,
        Command::Partners(args) => partners::run(args).await?,
        Command::Lines(args) => lines::run(args).await?,
        Command::Contacts(args) => contacts::run(args).await?,
        Command::Mails(args) => mails::run(args).await?,
        Command::Jobs(args) => jobs::run(args).await?,
        Command::Reports(args) => return listings::reports(&args),
        Command::Calls(args) => listings::calls(&args).await?,
        Command::Rates(args) => rates::run(args).await?,
        Command::Doctor(args) => return doctor::run(&args).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the books of a data folder that exists already, or those that a configuration names.
async fn existing(place: &Books) -> Result<Store, Failure> {
    let Some(file) = &place.config else { return used(&place.data)?.open(&place.data).await };
    let config: NodeConfig = config::read(file)?;
    Database::configured(file, &config).open(&beside(file, &config.data)).await
}

/// The data folder of a node that has run already.
fn folder(place: &Books) -> Result<PathBuf, Failure> {
    let Some(file) = &place.config else {
        used(&place.data)?;
        return Ok(place.data.clone());
    };
    let config: NodeConfig = config::read(file)?;
    let folder = beside(file, &config.data);
    if folder.is_dir() { Ok(folder) } else { Err(nobody(&folder, "start the node first")) }
}

/// The database of a data folder. Fails where no node has ever used the folder: nothing is made
/// there by a slip.
fn used(data: &Path) -> Result<Database, Failure> {
    let mend = "name its data folder with --data DIR, or its configuration with --config FILE";
    Database::noted(data)?.ok_or_else(|| nobody(data, mend))
}

fn nobody(data: &Path, mend: &str) -> Failure {
    Failure::new(format!("there is no linka in the folder {}: {mend}", data.display()))
}

/// A configuration and the store that it names.
struct Configured {
    config: NodeConfig,
    store: Store,
}

async fn configured(file: &ConfigFile) -> Result<Configured, Failure> {
    let file = &file.config;
    let config: NodeConfig = config::read(file)?;
    if let Some(finding) = config.payments.findings().first() {
        return Err(Failure::new(format!("{}: {finding}", file.display())));
    }
    let database = Database::configured(file, &config);
    let store = database.open(&beside(file, &config.data)).await?;
    Ok(Configured { config, store })
}

/// The card provider of a configuration; `None` where cards are off.
fn card(file: &Path, config: &NodeConfig) -> Result<Option<CardProvider>, Failure> {
    let card = config.payments.card.as_ref();
    card.map(|card| CardProvider::configured(file, card)).transpose()
}

/// The card provider, which the command cannot do without.
fn the_card(file: &ConfigFile, config: &NodeConfig) -> Result<CardProvider, Failure> {
    card(&file.config, config)?
        .ok_or_else(|| Failure::new("cards are off until they are configured: add payments.card"))
}
