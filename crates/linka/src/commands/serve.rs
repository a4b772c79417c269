//! `linka serve`: a node from a configuration file.

use crate::cli::ConfigFile;
use crate::commands::logging;
use crate::config::{self, NodeConfig, Trunks, beside};
use crate::database::Database;
use crate::failure::Failure;
use crate::node::{self, Data, Plan, Running};
use crate::{output, provision};

/// Runs until it is told to stop.
pub(crate) async fn run(args: ConfigFile) -> Result<(), Failure> {
    let file = args.config;
    let config: NodeConfig = config::read(&file)?;
    let trunks = Trunks::load(&beside(&file, &config.trunks))?;
    logging::start(config.log.level.as_str(), config.log.format);
    if trunks.is_empty() {
        output::line("no trunk is configured: linka answers nobody. Add one to trunks.yaml.");
    }
    let database = Database::configured(&file, &config);
    let data = Data::open(&database, &beside(&file, &config.data)).await?;
    for remark in node::load_cards(&data.store, &beside(&file, &config.ratecards)).await? {
        output::line(remark);
    }
    provision::organisations(&data.store, &config.organisations).await?;
    let plan = Plan::of(&config, beside(&file, &config.prompts), trunks);
    let running = Running::start(plan, data).await?;
    output::line(format!(
        "linka takes calls: SIP on {} (UDP), http://{}",
        running.sip(),
        running.http()
    ));
    running.until_stopped().await
}
