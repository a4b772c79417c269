//! How long nodes that share a database are given before another acts for them (M12, M13).

use core::time::Duration;

/// The time limits of a term. All nodes over one database must have the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TermRules {
    /// How long a sign of life is good for.
    pub lease: Duration,
    /// How long after the end of its lease a node is given while the database is up.
    pub grace: Duration,
    /// How long nodes are given to come back after the database was away.
    pub grace_after_outage: Duration,
    /// How long calls may go on beyond what they have reserved while the database is away.
    pub db_grace: Duration,
}

impl TermRules {
    /// What holds where nothing else is configured.
    pub const DEFAULT: Self = Self {
        lease: Duration::from_secs(20),
        grace: Duration::from_secs(30),
        grace_after_outage: Duration::from_secs(60),
        db_grace: Duration::from_secs(15 * 60),
    };

    /// How often a node shows that it lives: four times within a lease.
    pub const fn turn(&self) -> Duration {
        match self.lease.checked_div(4) {
            Some(turn) => turn,
            None => self.lease,
        }
    }

    /// A longer time between two looks counts as an outage: the database did not answer, or this
    /// very node was stopped, and in either case nobody knows what the others did.
    pub(crate) const fn looks_apart_max(&self) -> Duration {
        self.turn().saturating_mul(3)
    }
}

impl Default for TermRules {
    fn default() -> Self {
        Self::DEFAULT
    }
}
