//! Brings organisations and lines of a configuration into the store, by the way that orders and
//! purchases go: order, number registered, credit booked, set up, switched on.

use linka_engine::clock;
use linka_metering::{Country, EntryId};
use linka_model::{Did, LineId, Micros, OrgId};
use linka_store::{NewLine, Store};

use crate::config::{LineConfig, Organisation, Setup};
use crate::failure::Failure;

/// Makes what is missing and brings settings up to date. Credit and toggles stay as they are.
pub(crate) async fn organisations(store: &Store, all: &[Organisation]) -> Result<(), Failure> {
    for organisation in all {
        let org = match store.org_by_name(&organisation.name).await? {
            Some(org) => org.id,
            None => {
                let id = clock::new_org();
                store.create_org(id, &organisation.name, organisation.currency).await?;
                id
            }
        };
        for line in &organisation.lines {
            set_up(store, org, organisation, line).await?;
        }
    }
    Ok(())
}

async fn set_up(
    store: &Store,
    org: OrgId,
    organisation: &Organisation,
    line: &LineConfig,
) -> Result<(), Failure> {
    let id = match store.find_by_did(&line.number).await? {
        Some(row) if row.org == org => row.id,
        Some(row) => {
            return Err(Failure::new(format!(
                "the number {} of {} belongs to {} already",
                line.number, organisation.name, row.org_name
            )));
        }
        None => order(store, org, line).await?,
    };
    let setup = serde_json::to_value(Setup::of(organisation, line))
        .map_err(|error| Failure::new(format!("the settings of {}: {error}", line.name)))?;
    store.set_up(id, &setup).await?;
    store.set_channels(id, line.channels).await?;
    Ok(())
}

async fn order(store: &Store, org: OrgId, line: &LineConfig) -> Result<LineId, Failure> {
    let language = line.languages.first().copied();
    let language =
        language.ok_or_else(|| Failure::new(format!("{} has no language", line.name)))?;
    let id = clock::new_line();
    let country = Country::try_from(line.country.clone()).map_err(|error| {
        Failure::new(format!("the country `{}` of {}: {error}", line.country, line.name))
    })?;
    let order = NewLine { id, org, name: line.name.clone(), language, country, kind: line.kind };
    store.order_line(&order).await?;
    store.register_number(id, &line.number).await?;
    Ok(id)
}

/// The organisation of this name.
pub(crate) async fn org(store: &Store, name: &str) -> Result<OrgId, Failure> {
    let found = store.org_by_name(name).await?;
    found.map(|org| org.id).ok_or_else(|| {
        Failure::new(format!("there is no organisation `{name}`; `linka lines` lists them"))
    })
}

/// Grants credit; says what is available then.
pub(crate) async fn grant(
    store: &Store,
    name: &str,
    amount: Micros,
    reason: &str,
) -> Result<Micros, Failure> {
    let org = org(store, name).await?;
    let id = EntryId(uuid::Uuid::from_u128(clock::random()));
    Ok(store.grant(id, org, amount, reason, clock::wall_ms()).await?)
}

/// Takes credit back; says how much was taken.
pub(crate) async fn withdraw(
    store: &Store,
    name: &str,
    amount: Option<Micros>,
    reason: &str,
) -> Result<Micros, Failure> {
    let org = org(store, name).await?;
    let id = EntryId(uuid::Uuid::from_u128(clock::random()));
    Ok(store.withdraw(id, org, amount, reason, clock::wall_ms()).await?)
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
