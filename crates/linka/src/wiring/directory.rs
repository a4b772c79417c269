//! Lines behind dialled numbers.

use std::sync::Arc;
use std::time::Duration;

use linka_engine::clock;
use linka_engine::ports::{BoxFuture, LineDirectory, LineEntry, PinnedRate, Unavailable};
use linka_ivr::{Limits, Script, Waits};
use linka_metering::{Meter, Posting};
use linka_model::{Did, Micros, OriginClass, PromptKey};
use linka_store::{LineRow, Pinned, Store, StoreError};

use super::{LineVoice, Refusals, Sounds};
use crate::config::Setup;

/// Looks lines up in the store, as they stand at this moment.
pub(crate) struct Directory {
    pub(crate) store: Store,
    pub(crate) sounds: Arc<Sounds>,
    pub(crate) refusals: Arc<Refusals>,
}

impl LineDirectory for Directory {
    fn find<'a>(
        &'a self,
        called: &'a str,
        origin: OriginClass,
    ) -> BoxFuture<'a, Result<Option<LineEntry>, Unavailable>> {
        Box::pin(async move {
            let Ok(did) = called.parse::<Did>() else { return Ok(None) };
            self.look_up(&did, origin).await.map_err(|error| {
                tracing::error!(%error, "a line could not be looked up");
                Unavailable
            })
        })
    }
}

impl Directory {
    async fn look_up(
        &self,
        did: &Did,
        origin: OriginClass,
    ) -> Result<Option<LineEntry>, StoreError> {
        let Some(row) = self.store.find_by_did(did).await? else { return Ok(None) };
        // Asked for closed lines too: neither answer takes longer (decision 3).
        let key = (&row.country, row.kind, row.currency);
        let price = self.store.pinned_rate(key, origin, clock::wall_ms()).await?;
        let setup: Setup = serde_json::from_value(row.setup.clone())
            .map_err(|_| StoreError::Unreadable("setup of a line"))?;
        let setup = Arc::new(setup);
        self.load_names(&setup).await;
        Ok(Some(self.entry(&row, price, setup)))
    }

    /// Loads what a line that came after the start is called. A name that fails is tried once.
    async fn load_names(&self, setup: &Arc<Setup>) {
        if !self.sounds.lacks_names(setup) {
            return;
        }
        let (sounds, setup) = (Arc::clone(&self.sounds), Arc::clone(setup));
        let loading = tokio::task::spawn_blocking(move || sounds.load_names(&setup));
        if !matches!(loading.await, Ok(Ok(()))) {
            tracing::error!(
                "a spoken name of a line cannot be loaded: the line works without it until linka is started again"
            );
        }
    }

    fn entry(&self, row: &LineRow, price: Option<Pinned>, setup: Arc<Setup>) -> LineEntry {
        let covers = |due: fn(&Pinned) -> Micros| {
            price.as_ref().is_some_and(|price| row.available >= due(price))
        };
        let covered = covers(admission);
        let takes_calls = row.on && row.state.admits_calls();
        if takes_calls && price.is_some() && !covered {
            self.refusals.add(row.org);
        }
        let code_first = setup.code_first || !covers(ten_minutes);
        LineEntry {
            line: row.id,
            name: row.name.clone(),
            org: row.org,
            open: takes_calls && covered,
            channels: setup.channels,
            rate: price.map(|price| PinnedRate { version: price.version.0, rate: price.rate }),
            script: Arc::new(script(&setup, row.country.as_str(), code_first)),
            voice: Arc::new(LineVoice { sounds: Arc::clone(&self.sounds), setup }),
        }
    }
}

/// What the first hold of a call takes: without it no call is answered.
pub(crate) fn admission(price: &Pinned) -> Micros {
    let (_, hold) = Meter::open(
        linka_model::CallId(uuid::Uuid::nil()),
        linka_model::OrgId(uuid::Uuid::nil()),
        price.rate,
    );
    match hold {
        Posting::Hold { amount, .. } => amount,
        Posting::Post { .. } | Posting::Void { .. } => Micros::ZERO,
    }
}

/// With less credit than this the case code is read before the recording (decision 13).
fn ten_minutes(price: &Pinned) -> Micros {
    price.rate.cost(600)
}

fn script(setup: &Setup, country: &str, code_first: bool) -> Script {
    let ids = |choices: &[crate::config::Choice]| choices.iter().map(|c| c.id.clone()).collect();
    let part = Duration::from_secs(setup.part_max_s);
    Script {
        languages: setup.languages.clone(),
        categories: ids(&setup.categories),
        units: ids(&setup.units),
        has_transcriber: false,
        code_first,
        next_steps: next_steps(country),
        limits: Limits { part, ..Limits::default() },
        waits: Waits::default(),
    }
}

/// The days of a country's rule pack are spoken whole (decision 24).
fn next_steps(country: &str) -> PromptKey {
    if country == "CZ" { PromptKey::NextStepsCz } else { PromptKey::NextSteps }
}
