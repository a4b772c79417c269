//! What the last run of a node left behind when it ended suddenly, told to the operator.

use linka_store::reports::Repaired;
use linka_store::{Recovered, Replayed};

/// What was found at the start and put in order.
#[derive(Clone, Copy, Default)]
pub(crate) struct LastRun {
    /// Calls that had no end.
    pub(crate) calls: Recovered,
    /// Reports that had none.
    pub(crate) reports: Repaired,
    /// What calls had asked of the ledger while the database was away.
    pub(crate) journal: Replayed,
}

impl LastRun {
    /// A sentence for each thing that was found; none after a proper end.
    pub(crate) fn sentences(self) -> Vec<String> {
        let Repaired { interrupted, removed, damaged } = self.reports;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let Replayed { written, refused, damaged: torn } = self.journal;
        let counted = [
            (count(written), "requests of its journal are in the books now"),
            (
                count(refused),
                "requests of its journal came too late: another node had settled them",
            ),
            (
                u32::from(torn.is_some()),
                "journal is damaged: the calls behind the damage are settled at their last proof, \
                 and the file is kept as ledger.journal.damaged",
            ),
            (self.calls.calls, "calls had no end: they were settled at their last proof"),
            (interrupted, "reports were broken off: they are kept as interrupted"),
            (removed, "reports had less than a second of sound: they are gone"),
            (damaged, "reports cannot be read: `linka reports` names them"),
        ];
        let found = counted.into_iter().filter(|(count, _)| *count > 0);
        found.map(|(count, what)| format!("The last run: {count} {what}.")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_was_found_is_told_and_a_proper_end_is_not() {
        assert!(LastRun::default().sentences().is_empty());
        let found = LastRun {
            calls: Recovered { calls: 2, ..Recovered::default() },
            reports: Repaired { interrupted: 3, removed: 4, damaged: 5 },
            journal: Replayed { written: 6, refused: 7, damaged: Some(8) },
        };
        let told = found.sentences().join("\n");
        for words in [
            "2 calls",
            "3 reports were broken",
            "4 reports had",
            "5 reports cannot",
            "6 requests",
            "7 requests",
            "1 journal",
        ] {
            assert!(told.contains(words), "{told}");
        }
    }
}
