//! When a node may be held for dead: a pure rule over what one node sees of the others.
//!
//! Clocks of machines differ, so no instant is ever compared between two of them. A node shows signs
//! of life by counting up; whoever watches measures, by its own clock, how long the count stood
//! still while the database answered.

use core::time::Duration;
use std::collections::BTreeMap;

use uuid::Uuid;

use crate::TermRules;

/// A node as the database shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sign {
    pub(crate) node: Uuid,
    pub(crate) epoch: i64,
    pub(crate) beats: i64,
}

/// What was seen of the other nodes, and when by the own monotonic clock.
#[derive(Debug)]
pub(crate) struct Watch {
    rules: TermRules,
    seen: BTreeMap<Uuid, (Sign, Duration)>,
    looked: Duration,
    /// Since when the database has answered without a gap.
    up_since: Duration,
}

impl Watch {
    /// Begins to watch. What was before is not known, as after an outage.
    pub(crate) const fn new(rules: TermRules, now: Duration) -> Self {
        Self { rules, seen: BTreeMap::new(), looked: now, up_since: now }
    }

    /// Takes in what the database shows, and names the nodes that may be held for dead.
    pub(crate) fn look(&mut self, signs: &[Sign], now: Duration) -> Vec<Sign> {
        if now.saturating_sub(self.looked) > self.rules.looks_apart_max() {
            self.up_since = now;
        }
        self.looked = now;
        self.seen.retain(|node, _| signs.iter().any(|sign| sign.node == *node));
        for &sign in signs {
            let known = self.seen.entry(sign.node).or_insert((sign, now));
            if known.0 != sign {
                *known = (sign, now);
            }
        }
        let Self { rules, up_since, .. } = *self;
        let dead = |&&(_, since): &&(Sign, Duration)| {
            now >= since + rules.lease + rules.grace && now >= up_since + rules.grace_after_outage
        };
        self.seen.values().filter(dead).map(|&(sign, _)| sign).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn sign(node: u128, epoch: i64, beats: i64) -> Sign {
        Sign { node: Uuid::from_u128(node), epoch, beats }
    }

    /// Looks every 5 s from `from` to `to`, and says when the sign was first held for dead.
    fn stands_still(watch: &mut Watch, sign: Sign, from: u64, to: u64) -> Option<u64> {
        (from..=to).step_by(5).find(|&at| !watch.look(&[sign], s(at)).is_empty())
    }

    #[test]
    fn a_node_that_stands_still_is_dead_30_s_after_its_lease() {
        let mut watch = Watch::new(TermRules::DEFAULT, s(0));
        for at in (0..=100).step_by(5) {
            let beats = i64::try_from(at).unwrap();
            assert_eq!(watch.look(&[sign(1, 1, beats)], s(at)), []);
        }
        // Last seen alive at 100: 100 + 20 + 30.
        assert_eq!(stands_still(&mut watch, sign(1, 1, 100), 105, 300), Some(150));
    }

    #[test]
    fn a_watcher_that_starts_gives_60_s() {
        let mut watch = Watch::new(TermRules::DEFAULT, s(1000));
        assert_eq!(stands_still(&mut watch, sign(1, 1, 7), 1000, 1300), Some(1060));
    }

    #[test]
    fn while_the_database_is_away_nobody_dies() {
        let mut watch = Watch::new(TermRules::DEFAULT, s(0));
        assert_eq!(stands_still(&mut watch, sign(1, 1, 7), 0, 40), None);
        // Away from 40 to 640: it answers again, and nodes have 60 s to show themselves.
        assert_eq!(stands_still(&mut watch, sign(1, 1, 7), 640, 900), Some(700));
    }

    #[test]
    fn a_node_that_comes_back_after_an_outage_lives() {
        let mut watch = Watch::new(TermRules::DEFAULT, s(0));
        assert_eq!(stands_still(&mut watch, sign(1, 1, 7), 0, 40), None);
        assert_eq!(stands_still(&mut watch, sign(1, 1, 7), 640, 690), None);
        assert_eq!(watch.look(&[sign(1, 1, 8)], s(695)), []);
        // From its sign of life on the common rule holds: 695 + 50.
        assert_eq!(stands_still(&mut watch, sign(1, 1, 8), 700, 900), Some(745));
    }

    #[test]
    fn a_watcher_that_was_stopped_itself_does_not_count_that_time() {
        let mut watch = Watch::new(TermRules::DEFAULT, s(0));
        assert_eq!(watch.look(&[sign(1, 1, 7)], s(0)), []);
        // 16 s without a look are a gap, 15 s are none.
        assert_eq!(watch.look(&[sign(1, 1, 7)], s(15)), []);
        assert_eq!(watch.look(&[sign(1, 1, 7)], s(31)), []);
        assert_eq!(stands_still(&mut watch, sign(1, 1, 7), 35, 300), Some(95));
    }

    #[test]
    fn shorter_limits_are_kept_likewise() {
        let short = |lease, grace, after| TermRules {
            lease: s(lease),
            grace: s(grace),
            grace_after_outage: s(after),
            ..TermRules::DEFAULT
        };
        let first = |rules: TermRules| {
            let mut watch = Watch::new(rules, s(0));
            (0..100).find(|&at| !watch.look(&[sign(1, 1, 7)], s(at)).is_empty())
        };
        // The later of lease and grace, and of the grace after an outage.
        assert_eq!(first(short(8, 4, 10)), Some(12));
        assert_eq!(first(short(8, 4, 20)), Some(20));
    }

    #[test]
    fn a_new_term_is_a_sign_of_life_and_nodes_are_counted_apart() {
        let mut watch = Watch::new(TermRules::DEFAULT, s(0));
        for at in (0..=100).step_by(5) {
            let lively = sign(2, 1, i64::try_from(at).unwrap());
            let dead = watch.look(&[sign(1, 1, 7), lively], s(at));
            assert_eq!(dead, if at >= 60 { vec![sign(1, 1, 7)] } else { vec![] }, "{at}");
        }
        assert_eq!(watch.look(&[sign(1, 2, 0), sign(2, 1, 100)], s(105)), []);
    }
}
