//! What a node knows while its database is away: whether its calls may go on beyond what they have
//! reserved, and up to which amount (M12, O2).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linka_model::{Micros, OrgId};

/// So many organisations are remembered at most.
pub(crate) const ORGS_MAX: u32 = 10_000;

/// Shared by whoever tends the term and whoever writes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    away: bool,
    /// Running calls may reserve on the word of the journal.
    extends: bool,
    /// What organisations with running calls could still spend when they were last seen, credit
    /// and overdraft together.
    left: BTreeMap<OrgId, Micros>,
}

impl Outage {
    /// The database gives no answer.
    pub(crate) fn begin(&self, extends: bool) {
        let mut state = self.state();
        state.away = true;
        state.extends = extends;
    }

    /// The database answers, and the journal stands in it.
    pub(crate) fn end(&self) {
        self.state().away = false;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.state().away
    }

    /// What these organisations can spend now; what was known of others is forgotten.
    pub(crate) fn see(&self, left: Vec<(OrgId, Micros)>) {
        self.state().left = left.into_iter().take(ORGS_MAX as usize).collect();
    }

    /// The same of one, whose call was just admitted.
    pub(crate) fn see_one(&self, org: OrgId, left: Micros) {
        let mut state = self.state();
        if state.left.len() < ORGS_MAX as usize || state.left.contains_key(&org) {
            state.left.insert(org, left);
        }
    }

    /// Takes an amount for a running call, if it may go on and so much was left.
    pub(crate) fn spend(&self, org: OrgId, amount: Micros) -> bool {
        let mut state = self.state();
        let goes_on = state.away && state.extends;
        match state.left.get_mut(&org).filter(|left| goes_on && left.0 >= amount.0) {
            Some(left) => {
                left.0 -= amount.0;
                true
            }
            None => false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn calls_go_on_to_what_was_left_and_only_where_they_may() {
        let [org, other] = [1, 2].map(|n| OrgId(Uuid::from_u128(n)));
        let outage = Outage::default();
        outage.see(vec![(org, Micros(10))]);
        assert!(!outage.spend(org, Micros(1)), "the database is there");
        outage.begin(false);
        assert!(!outage.spend(org, Micros(1)), "this node may be cut off alone");
        outage.begin(true);
        assert!(!outage.spend(other, Micros(0)), "nothing is known of it");
        assert!(outage.spend(org, Micros(6)) && !outage.spend(org, Micros(5)));
        assert!(outage.spend(org, Micros(4)) && !outage.spend(org, Micros(1)));
        outage.see_one(org, Micros(1));
        assert!(outage.spend(org, Micros(1)));
    }
}
