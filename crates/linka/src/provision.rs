//! Brings organisations and lines of a configuration into the store, by the way that real orders
//! go: order, number registered, set up, switched on.

use linka_engine::clock;
use linka_model::{Did, Lang, LineId, LineState, OrgId};
use linka_store::{LineRow, NewLine, PartnerRow, Store};
use serde_json::Value;

use crate::config::{LineConfig, Organisation, Setup};
use crate::failure::Failure;

/// Makes what is missing and brings settings up to date. Credit and toggles stay as they are, and
/// what decides a price cannot be changed.
pub(crate) async fn organisations(store: &Store, all: &[Organisation]) -> Result<(), Failure> {
    for organisation in all {
        let org = found(store, organisation).await?;
        for line in &organisation.lines {
            set_up(store, org, organisation, line).await?;
        }
    }
    Ok(())
}

/// The organisation, founded where it is missing.
async fn found(store: &Store, organisation: &Organisation) -> Result<OrgId, Failure> {
    let Organisation { name, currency, .. } = organisation;
    match store.org_by_name(name).await? {
        Some(org) if org.currency == *currency => Ok(org.id),
        Some(org) => Err(Failure::new(format!(
            "the account of {name} is kept in {}, and the configuration says {currency}: an account keeps its currency",
            org.currency
        ))),
        None => {
            let id = clock::new_org();
            store.create_org(id, name, *currency).await?;
            store.set_first_overdraft(id, clock::wall_ms()).await?;
            Ok(id)
        }
    }
}

async fn set_up(
    store: &Store,
    org: OrgId,
    organisation: &Organisation,
    line: &LineConfig,
) -> Result<(), Failure> {
    let id = match store.find_by_did(&line.number).await? {
        Some(row) if row.org == org => {
            agrees(&row, line)?;
            row.id
        }
        Some(row) => {
            return Err(Failure::new(format!(
                "the number {} of {} belongs to {} already",
                line.number, organisation.name, row.org_name
            )));
        }
        None if is_over(store, org, line).await? => {
            tracing::warn!(
                number = %line.number,
                "a line of the configuration has lost its number for good: take it out of the file"
            );
            return Ok(());
        }
        None => order(store, org, line).await?,
    };
    let setup = serde_json::to_value(Setup::of(organisation, line))
        .map_err(|error| Failure::new(format!("the settings of {}: {error}", line.name)))?;
    store.set_up(id, &setup).await?;
    store.set_channels(id, line.channels).await?;
    Ok(())
}

/// Whether the line of this name was released or rejected. It is not ordered again, and it keeps no
/// other line from working.
async fn is_over(store: &Store, org: OrgId, line: &LineConfig) -> Result<bool, Failure> {
    let is_it = |row: &LineRow| row.org == org && row.name == line.name;
    let row = store.lines().await?.into_iter().find(is_it);
    Ok(row.is_some_and(|row| matches!(row.state, LineState::Released | LineState::Rejected)))
}

/// Kind and country choose the rate card and cannot be changed for a number.
fn agrees(row: &LineRow, line: &LineConfig) -> Result<(), Failure> {
    if row.kind == line.kind && row.country == line.country {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} was ordered as a {} number in {}, and the configuration says {} in {}: a number keeps both, and its prices with them. Write them back, or order another number",
        line.number,
        row.kind.as_str(),
        row.country,
        line.kind.as_str(),
        line.country
    )))
}

/// Orders a line and registers its number, or goes on where an earlier start broke off in between.
async fn order(store: &Store, org: OrgId, line: &LineConfig) -> Result<LineId, Failure> {
    let id = match half_ordered(store, org, line).await? {
        Some(row) => {
            agrees(&row, line)?;
            row.id
        }
        None => place(store, org, line).await?,
    };
    store.register_number(id, &line.number, clock::wall_ms()).await?;
    Ok(id)
}

async fn place(store: &Store, org: OrgId, line: &LineConfig) -> Result<LineId, Failure> {
    let language = line.languages.first().copied();
    let language =
        language.ok_or_else(|| Failure::new(format!("{} has no language", line.name)))?;
    let id = clock::new_line();
    let (name, country) = (line.name.clone(), line.country.clone());
    let order = NewLine {
        id,
        org,
        name,
        language,
        country,
        kind: line.kind,
        setup: first_setup(language)?,
        by: "the configuration".to_owned(),
        at_ms: clock::wall_ms(),
    };
    store.order_line(&order).await?;
    Ok(id)
}

async fn half_ordered(
    store: &Store,
    org: OrgId,
    line: &LineConfig,
) -> Result<Option<LineRow>, Failure> {
    let is_it = |row: &LineRow| {
        row.org == org
            && row.name == line.name
            && row.did.is_none()
            && row.state == LineState::ProcessingOrder
    };
    Ok(store.lines().await?.into_iter().find(is_it))
}

/// The settings of a line that nobody has set up yet.
pub(crate) fn first_setup(language: Lang) -> Result<Value, Failure> {
    serde_json::to_value(Setup::ordered(language))
        .map_err(|error| Failure::new(format!("the settings of a new line: {error}")))
}

/// The organisation of this name.
pub(crate) async fn org(store: &Store, name: &str) -> Result<OrgId, Failure> {
    let found = store.org_by_name(name).await?;
    found.map(|org| org.id).ok_or_else(|| {
        Failure::new(format!("there is no organisation `{name}`; `linka lines` lists them"))
    })
}

/// The partner of this name.
pub(crate) async fn partner(store: &Store, name: &str) -> Result<PartnerRow, Failure> {
    let found = store.partners().await?.into_iter().find(|partner| partner.name == name);
    found.ok_or_else(|| {
        Failure::new(format!("there is no partner `{name}`; `linka partners list` lists them"))
    })
}

/// Switches the line of a number on or off.
pub(crate) async fn switch(store: &Store, number: &str, on: bool) -> Result<String, Failure> {
    let did: Did = number.parse().map_err(|error| Failure::new(format!("{error}")))?;
    let row = store.find_by_did(&did).await?.ok_or_else(|| {
        Failure::new(format!("no line has the number {did}; `linka lines` lists them"))
    })?;
    store.switch(row.id, on).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    Ok(row.name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use linka_store::Release;

    use super::*;
    use crate::config;

    #[derive(serde::Deserialize)]
    struct Organisations {
        organisations: Vec<Organisation>,
    }

    fn configured(change: (&str, &str)) -> Vec<Organisation> {
        let yaml = "organisations:\n  - { name: A, currency: CZK, spoken: {}, lines: [{ name: Main, \
                    number: \"+420200000010\", country: CZ, kind: landline, languages: [cs] }] }\n";
        let changed = yaml.replace(change.0, change.1);
        config::parse::<Organisations>(&changed, Path::new("a.yaml")).unwrap().organisations
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn what_decides_a_price_is_not_changed_without_a_word() {
        let (_folder, store) = store().await;
        organisations(&store, &configured(("", ""))).await.unwrap();
        for (old, new, words) in [
            ("landline", "toll_free", ["landline number in CZ", "toll_free in CZ"]),
            ("country: CZ", "country: SK", ["landline number in CZ", "landline in SK"]),
            ("CZK", "EUR", ["kept in CZK", "says EUR"]),
        ] {
            let refusal = organisations(&store, &configured((old, new))).await.unwrap_err();
            let message = refusal.to_string();
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        }
        organisations(&store, &configured(("", ""))).await.unwrap();
    }

    #[tokio::test]
    async fn a_line_that_was_released_is_not_ordered_again_and_keeps_nobody_from_starting() {
        let (_folder, store) = store().await;
        let all = configured(("", ""));
        organisations(&store, &all).await.unwrap();
        let did: Did = "+420200000010".parse().unwrap();
        let release = Release { did: did.clone(), wished: true, quarantine_days: 90 };
        store.release_number(&release, clock::wall_ms()).await.unwrap();
        organisations(&store, &all).await.unwrap();
        assert!(store.find_by_did(&did).await.unwrap().is_none());
        assert_eq!(store.lines().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_order_that_broke_off_before_its_number_goes_on() {
        let (_folder, store) = store().await;
        let all = configured(("", ""));
        let org = found(&store, &all[0]).await.unwrap();
        let half = place(&store, org, &all[0].lines[0]).await.unwrap();
        organisations(&store, &all).await.unwrap();
        let number: Did = "+420200000010".parse().unwrap();
        let row = store.find_by_did(&number).await.unwrap().unwrap();
        assert_eq!((row.id, row.state), (half, LineState::TopUpCredit));
    }
}
