//! `linka mails`: what was sent, what waits, and what was given up.

use linka_engine::clock;
use linka_store::{MailListing, Store, Which};
use serde_json::json;

use crate::cli::{Mails, MailsAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::output;

/// So many mails are listed.
const LISTED_MAX: u32 = 200;

/// Lists, shows, sends again or gives up.
pub(crate) async fn run(args: Mails) -> Result<(), Failure> {
    match args.action {
        MailsAction::List { dead, json, books: place } => {
            let which = if dead { Which::Dead } else { Which::All };
            list(&existing(&place).await?, which, json).await?;
        }
        MailsAction::Show { mail } => {
            let store = existing(&mail.books).await?;
            let rows = store.mail_listing(Which::One(mail.id), 1).await?;
            let row = rows.first().ok_or_else(|| Failure::new("there is no mail of this id"))?;
            output::json(&json!({ "mail": row, "tells": row.content }))?;
        }
        MailsAction::Retry { mail } => {
            existing(&mail.books).await?.retry_mail(mail.id, clock::wall_ms()).await?;
            output::line("it is sent again at the next round of the job `mails`");
        }
        MailsAction::Drop { mail } => {
            existing(&mail.books).await?.drop_mail(mail.id).await?;
            output::line("dropped");
        }
    }
    Ok(())
}

async fn list(store: &Store, which: Which, json: bool) -> Result<(), Failure> {
    let rows = store.mail_listing(which, LISTED_MAX).await?;
    if json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows.into_iter().map(cells).collect();
    let head = ["mail", "hour", "tells", "organisation", "to", "state", "attempts", "last error"];
    output::table(&head, &cells, "No mails.");
    Ok(())
}

fn cells(row: MailListing) -> Vec<String> {
    vec![
        row.id.to_string(),
        row.hour,
        row.notice.to_owned(),
        row.organisation.unwrap_or_else(|| "(operator)".to_owned()),
        row.address.unwrap_or_else(|| "(nobody)".to_owned()),
        row.state,
        row.attempts.to_string(),
        row.last_error.unwrap_or_default(),
    ]
}
