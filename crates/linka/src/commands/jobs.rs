//! `linka jobs`: what a node does by itself, and one round of it by hand.

use std::sync::Arc;

use crate::cli::{self, Jobs, JobsAction};
use crate::commands::{card, existing};
use crate::config::{self, NodeConfig, beside};
use crate::failure::Failure;
use crate::jobs::{JOBS, Job, Tools};
use crate::mails::{Post, refuse_server};
use crate::output;
use crate::wiring::{Books, Refusals};

/// Where the links of mails lead that are sent without a configuration.
const WEB: &str = "http://127.0.0.1:8080/";

/// Lists jobs, or runs one.
pub(crate) async fn run(args: Jobs) -> Result<(), Failure> {
    match args.action {
        JobsAction::List => {
            let row = |job: &Job| {
                let period = format!("{} s", job.period.as_secs());
                vec![job.name.to_owned(), period, job.about.to_owned()]
            };
            let rows: Vec<_> = JOBS.iter().map(row).collect();
            output::table(&["job", "every", "what it does"], &rows, "");
        }
        JobsAction::Run { name, books: place } => {
            let job = Job::named(&name)?;
            if place.config.is_none() && job.sends_mails() {
                refuse_server(&place.data)?;
            }
            let done = job.once(&tools(&place).await?).await?;
            output::line(if done.is_empty() { "there was nothing to do" } else { &done });
        }
    }
    Ok(())
}

async fn tools(place: &cli::Books) -> Result<Tools, Failure> {
    let (refusals, found) = (Arc::new(Refusals::default()), Arc::new(Books::default()));
    let Some(file) = &place.config else {
        let store = existing(place).await?;
        let post = Post::into_folder(&place.data, WEB)?;
        return Ok(Tools { store, post, refusals, books: found, card: None });
    };
    let config: NodeConfig = config::read(file)?;
    let post = Post::configured(file, &config, &beside(file, &config.data))?;
    let card = card(file, &config)?.map(Arc::new);
    Ok(Tools { store: existing(place).await?, post, refusals, books: found, card })
}
