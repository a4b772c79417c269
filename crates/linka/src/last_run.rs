//! What the last run of a node left behind when it ended suddenly, told to the operator.

use linka_store::Recovered;
use linka_store::reports::Repaired;

/// What was found at the start and put in order.
#[derive(Clone, Copy, Default)]
pub(crate) struct LastRun {
    /// Calls that had no end.
    pub(crate) calls: Recovered,
    /// Reports that had none.
    pub(crate) reports: Repaired,
}

impl LastRun {
    /// A sentence for each thing that was found; none after a proper end.
    pub(crate) fn sentences(self) -> Vec<String> {
        let Repaired { interrupted, removed, damaged } = self.reports;
        let counted = [
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
        };
        let told = found.sentences().join("\n");
        for words in ["2 calls", "3 reports were broken", "4 reports had", "5 reports cannot"] {
            assert!(told.contains(words), "{told}");
        }
    }
}
