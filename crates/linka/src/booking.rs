//! Credit that people grant and withdraw. An entry has its name before it is written, so that it
//! stands once however often the database has to be asked.

use std::time::Duration;

use linka_engine::clock;
use linka_metering::EntryId;
use linka_model::{Micros, OrgId};
use linka_store::{Store, StoreError};
use uuid::Uuid;

use crate::failure::Failure;
use crate::provision::org;

/// How often the database is asked; each answer may take its deadline of a second.
const TRIES: u32 = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Grants credit; says what is available then.
pub(crate) async fn grant(
    store: &Store,
    name: &str,
    amount: Micros,
    reason: &str,
) -> Result<Micros, Failure> {
    let org = org(store, name).await?;
    let id = new_entry();
    certain(async || store.grant(id, org, amount, reason, clock::wall_ms()).await).await
}

/// Takes credit back, all that is available where no amount is given; says how much was taken.
pub(crate) async fn withdraw(
    store: &Store,
    name: &str,
    amount: Option<Micros>,
    reason: &str,
) -> Result<Micros, Failure> {
    let org = org(store, name).await?;
    let amount = match amount {
        Some(amount) => amount,
        None => all(store, org, name).await?,
    };
    let id = new_entry();
    certain(async || store.withdraw(id, org, Some(amount), reason, clock::wall_ms()).await).await
}

/// Grants an organisation credit for a reason; the second time it changes nothing.
pub(crate) async fn grant_once(
    store: &Store,
    name: &str,
    amount: Micros,
    reason: &str,
) -> Result<(), Failure> {
    let org = org(store, name).await?;
    let id = entry_of(org, "grant", reason);
    certain(async || store.grant(id, org, amount, reason, clock::wall_ms()).await).await?;
    Ok(())
}

/// Takes credit back for a reason; the second time it changes nothing.
pub(crate) async fn withdraw_once(
    store: &Store,
    name: &str,
    amount: Micros,
    reason: &str,
) -> Result<(), Failure> {
    let org = org(store, name).await?;
    let id = entry_of(org, "withdraw", reason);
    let amount = Some(amount);
    certain(async || store.withdraw(id, org, amount, reason, clock::wall_ms()).await).await?;
    Ok(())
}

async fn all(store: &Store, org: OrgId, name: &str) -> Result<Micros, Failure> {
    let available = store.available(org).await?;
    if available > Micros::ZERO {
        return Ok(available);
    }
    Err(Failure::new(format!("nothing is available to {name}")))
}

fn new_entry() -> EntryId {
    EntryId(Uuid::from_u128(clock::random()))
}

fn entry_of(org: OrgId, what: &str, reason: &str) -> EntryId {
    EntryId(Uuid::new_v5(&org.0, format!("{what} {reason}").as_bytes()))
}

/// Asks again, in the same words, until it is known whether the entry stands.
pub(crate) async fn certain<T>(ask: impl AsyncFn() -> Result<T, StoreError>) -> Result<T, Failure> {
    for _ in 0..TRIES {
        let outcome = ask().await;
        if !matches!(outcome, Err(StoreError::Unavailable)) {
            return Ok(outcome?);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Failure::new(
        "the database did not answer in time. The entry may stand: look at `linka lines`, `linka credit purchases` and `linka credit refunds` before you repeat it",
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn asked(silent: u32) -> (Result<u32, Failure>, u32) {
        let asked = AtomicU32::new(0);
        let answer = certain(async || {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            if number < silent { Err(StoreError::Unavailable) } else { Ok(number) }
        });
        let answer = answer.await;
        (answer, asked.load(Ordering::Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_is_silent_is_asked_again_and_doubt_is_told() {
        assert_eq!(asked(0).await.0.ok(), Some(0));
        assert_eq!(asked(4).await.0.ok(), Some(4));
        let (answer, times) = asked(5).await;
        assert_eq!(times, 5);
        assert!(answer.unwrap_err().to_string().contains("may stand"));
    }

    async fn with_org() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        store.create_org(clock::new_org(), "A", "CZK".parse().unwrap()).await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn what_is_booked_once_stands_once() {
        let (_folder, store) = with_org().await;
        for _ in 0..2 {
            grant_once(&store, "A", Micros(10_000_000), "demo").await.unwrap();
        }
        // 10.00 once.
        let org = org(&store, "A").await.unwrap();
        assert_eq!(store.available(org).await.unwrap(), Micros(10_000_000));
        for _ in 0..2 {
            withdraw_once(&store, "A", Micros(4_000_000), "demo").await.unwrap();
        }
        // 10.00 - 4.00 = 6.00.
        assert_eq!(store.available(org).await.unwrap(), Micros(6_000_000));
    }

    #[tokio::test]
    async fn taking_all_of_nothing_says_that_there_is_nothing() {
        let (_folder, store) = with_org().await;
        let message = withdraw(&store, "A", None, "why").await.unwrap_err().to_string();
        assert_eq!(message, "nothing is available to A");
        grant(&store, "A", Micros(2_500_000), "why").await.unwrap();
        assert_eq!(withdraw(&store, "A", None, "why").await.unwrap(), Micros(2_500_000));
    }
}
