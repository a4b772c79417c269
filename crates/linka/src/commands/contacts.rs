//! `linka contacts`: who gets the mails of an organisation.

use linka_store::{Contact, Store};
use serde_json::json;

use crate::cli::{Contacts, ContactsAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::provision::org;
use crate::{mails, output};

/// Adds, removes or lists.
pub(crate) async fn run(args: Contacts) -> Result<(), Failure> {
    match args.action {
        ContactsAction::Add { org: name, address, language, books: place } => {
            let store = existing(&place).await?;
            let contact = Contact { address: mails::address(&address)?, language };
            store.add_contact(org(&store, &name).await?, &contact).await?;
            output::line(format!("mails of {name} go to {address} too"));
        }
        ContactsAction::Remove { org: name, address, books: place } => {
            let store = existing(&place).await?;
            if !store.remove_contact(org(&store, &name).await?, &address).await? {
                let why = format!("{name} has no contact {address}; see `linka contacts list`");
                return Err(Failure::new(why));
            }
            output::line(format!("no more mails of {name} go to {address}"));
        }
        ContactsAction::List { org: name, json, books: place } => {
            list(&existing(&place).await?, &name, json).await?;
        }
    }
    Ok(())
}

async fn list(store: &Store, name: &str, as_json: bool) -> Result<(), Failure> {
    let contacts = store.contacts(org(store, name).await?).await?;
    if as_json {
        let row = |contact: &Contact| json!({ "address": contact.address, "language": contact.language.as_str() });
        return output::json(&contacts.iter().map(row).collect::<Vec<_>>());
    }
    let row = |contact: Contact| vec![contact.address, contact.language.as_str().to_owned()];
    let rows: Vec<_> = contacts.into_iter().map(row).collect();
    let nobody =
        format!("Nobody gets the mails of {name}: `linka contacts add --org NAME ADDRESS`");
    output::table(&["address", "language"], &rows, &nobody);
    Ok(())
}
