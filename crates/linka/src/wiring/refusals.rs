//! Calls that were turned away for want of credit, counted in memory: an answer that waits for the
//! database would sound unlike that of a line which is switched off (decision 3).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use linka_model::OrgId;

/// Organisations that are counted between two looks; calls of others are not.
const ORGS_MAX: usize = 10_000;

/// How many calls, of which organisation. Not when.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<OrgId, u32>>);

impl Refusals {
    /// Counts a call.
    pub(crate) fn add(&self, org: OrgId) {
        self.give_back(vec![(org, 1)]);
    }

    /// All that was counted; begins anew.
    pub(crate) fn take(&self) -> Vec<(OrgId, u32)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.drain().collect()
    }

    /// What was taken and could not be written down.
    pub(crate) fn give_back(&self, refused: Vec<(OrgId, u32)>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (org, calls) in refused {
            if counts.len() < ORGS_MAX || counts.contains_key(&org) {
                let count = counts.entry(org).or_default();
                *count = count.saturating_add(calls);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(n: usize) -> OrgId {
        OrgId(uuid::Uuid::from_u128(n as u128))
    }

    #[test]
    fn calls_are_counted_once_and_given_back_where_nobody_wrote_them_down() {
        let refusals = Refusals::default();
        refusals.add(org(1));
        refusals.add(org(1));
        let taken = refusals.take();
        assert_eq!(taken, [(org(1), 2)]);
        assert_eq!(refusals.take(), []);
        refusals.add(org(1));
        refusals.give_back(taken);
        assert_eq!(refusals.take(), [(org(1), 3)]);
    }

    #[test]
    fn a_flood_of_organisations_takes_no_more_room() {
        let refusals = Refusals::default();
        (0..ORGS_MAX + 1).for_each(|n| refusals.add(org(n)));
        refusals.add(org(0));
        let taken = refusals.take();
        assert_eq!(taken.len(), ORGS_MAX);
        assert!(taken.contains(&(org(0), 2)));
    }
}
