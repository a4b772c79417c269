//! The section `term` of a configuration: how long nodes over one server wait for each other.

use core::ops::RangeInclusive;
use core::time::Duration;

use linka_store::TermRules;
use serde::Deserialize;

/// Seconds; see docs/metering.md (M12, M13).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Term {
    pub(crate) lease_s: u32,
    pub(crate) grace_s: u32,
    pub(crate) grace_after_outage_s: u32,
    pub(crate) db_grace_s: u32,
}

/// A query may take a second, and a lease has to outlast several.
const LEASE_S: RangeInclusive<u32> = 2..=300;
const GRACE_S: RangeInclusive<u32> = 1..=3_600;
/// 0: no call goes on beyond what it has reserved.
const DB_GRACE_S: RangeInclusive<u32> = 0..=3_600;

impl Default for Term {
    fn default() -> Self {
        let TermRules { lease, grace, grace_after_outage, db_grace } = TermRules::DEFAULT;
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        Self {
            lease_s: seconds(lease),
            grace_s: seconds(grace),
            grace_after_outage_s: seconds(grace_after_outage),
            db_grace_s: seconds(db_grace),
        }
    }
}

impl Term {
    pub(crate) fn rules(self) -> TermRules {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        TermRules {
            lease: seconds(self.lease_s),
            grace: seconds(self.grace_s),
            grace_after_outage: seconds(self.grace_after_outage_s),
            db_grace: seconds(self.db_grace_s),
        }
    }

    /// What is wrong with it.
    pub(crate) fn findings(self) -> Vec<String> {
        let limits = [
            ("lease_s", self.lease_s, LEASE_S),
            ("grace_s", self.grace_s, GRACE_S),
            ("grace_after_outage_s", self.grace_after_outage_s, GRACE_S),
            ("db_grace_s", self.db_grace_s, DB_GRACE_S),
        ];
        let wrong = limits.into_iter().filter(|(_, value, range)| !range.contains(value));
        let sentence = |(name, value, range): (&str, u32, RangeInclusive<u32>)| {
            let (from, to) = (range.start(), range.end());
            format!("term.{name} is {value}: write {from} to {to} seconds")
        };
        wrong.map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_configured_is_the_rule_and_what_is_absurd_is_named() {
        assert_eq!(Term::default().rules(), TermRules::DEFAULT);
        assert!(Term::default().findings().is_empty());
        let absurd =
            Term { lease_s: 1, grace_s: 0, grace_after_outage_s: 3_601, db_grace_s: 3_601 };
        let found = absurd.findings().join("\n");
        for words in [
            "lease_s is 1: write 2 to 300",
            "grace_s is 0",
            "outage_s is 3601",
            "db_grace_s is 3601: write 0 to",
        ] {
            assert!(found.contains(words), "{found}");
        }
    }
}
