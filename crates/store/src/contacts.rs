//! Who gets the mails of an organisation.

use linka_model::{Lang, OrgId};

use crate::database::in_time;
use crate::sql::{Access, Query};
use crate::{Store, StoreError};

/// So many contacts an organisation has at most.
pub const CONTACTS_MAX: u32 = 20;

/// Somebody who administers an organisation's lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// Where mails go (RFC 5321, 4.1.2), as it was written.
    pub address: String,
    /// In which language.
    pub language: Lang,
}

impl Store {
    /// Adds a contact, or gives one that is there another language.
    pub async fn add_contact(&self, org: OrgId, contact: &Contact) -> Result<(), StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            Query::new(
                "INSERT INTO contact (org, address, language) VALUES ($1, $2, $3)
                 ON CONFLICT (org, address) DO UPDATE SET language = excluded.language",
            )
            .bind(org.0.to_string())
            .bind(&contact.address)
            .bind(contact.language.as_str())
            .execute(&mut tx)
            .await?;
            let (count,): (i64,) = Query::new("SELECT count(*) FROM contact WHERE org = $1")
                .bind(org.0.to_string())
                .fetch_one(&mut tx)
                .await?;
            if count > i64::from(CONTACTS_MAX) {
                let why = format!("an organisation has at most {CONTACTS_MAX} contacts");
                return Err(StoreError::Conflict(why));
            }
            tx.commit().await
        })
        .await
    }

    /// Removes a contact; says whether there was one. What is addressed already is sent.
    pub async fn remove_contact(&self, org: OrgId, address: &str) -> Result<bool, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let removed = Query::new("DELETE FROM contact WHERE org = $1 AND address = $2")
                .bind(org.0.to_string())
                .bind(address)
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            Ok(removed > 0)
        })
        .await
    }

    /// The contacts of an organisation, by address.
    pub async fn contacts(&self, org: OrgId) -> Result<Vec<Contact>, StoreError> {
        in_time(async { of(&mut self.reader().await?, &org.0.to_string()).await }).await
    }
}

/// The contacts of an organisation whose identity is a column's text.
pub(crate) async fn of(on: &mut impl Access, org: &str) -> Result<Vec<Contact>, StoreError> {
    let rows: Vec<(String, String)> = Query::new(
        "SELECT address, language FROM contact WHERE org = $1 ORDER BY address LIMIT $2",
    )
    .bind(org)
    .fetch_all(CONTACTS_MAX, on)
    .await?;
    let contact = |(address, language): (String, String)| {
        let language = language.parse().map_err(|_| StoreError::Unreadable("language"))?;
        Ok(Contact { address, language })
    };
    rows.into_iter().map(contact).collect()
}
