//! `linka serve`: a node from a configuration file.

use std::sync::Arc;

use linka_engine::clock;

use crate::check::Checked;
use crate::cli::ConfigFile;
use crate::commands::{card, logging};
use crate::config::beside;
use crate::database::Database;
use crate::failure::Failure;
use crate::mails::Post;
use crate::node::{Data, Plan, Running};
use crate::{output, provision};

/// Runs until it is told to stop. What `linka check` refuses is not started.
pub(crate) async fn run(args: ConfigFile) -> Result<(), Failure> {
    let file = args.config;
    let Checked { config, trunks, cards, warnings } = Checked::read(&file, clock::wall_ms())?;
    logging::start(config.log.level, config.log.format);
    warnings.iter().for_each(|warning| output::line(format!("warning: {warning}")));
    let folder = beside(&file, &config.data);
    let post = Post::configured(&file, &config, &folder)?;
    let database = Database::configured(&file, &config);
    let data = Data::open(&database, &folder, config.term.rules()).await?;
    data.left.sentences().iter().for_each(output::line);
    for card in &cards {
        data.store.load_card(card).await?;
    }
    provision::organisations(&data.store, &config.organisations).await?;
    let card = card(&file, &config)?.map(Arc::new);
    let plan = Plan { card, ..Plan::of(&config, beside(&file, &config.prompts), trunks, post) };
    let running = Running::start(plan, data).await?;
    output::line(format!(
        "linka takes calls: SIP on {} (UDP), http://{}",
        running.sip(),
        running.http()
    ));
    running.until_stopped().await
}
