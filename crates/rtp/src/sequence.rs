//! Follows the sequence numbers of one stream across their wraps and knows which ones came.

/// Numbers that a packet may lie behind the newest one: more are a stray (64 packets are 1.3 s).
const BEHIND_MAX: u16 = u64::BITS as u16;
/// Numbers that a packet may lie ahead of the newest one (RFC 3550, appendix A.1).
const AHEAD_MAX: u16 = 3_000;

/// What a sequence number says about its packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Newer than all before.
    Newest,
    /// Older than the newest and here for the first time.
    Older,
    /// Was here before.
    Duplicate,
    /// Too far from the others to belong to them.
    Stray,
}

/// The sequence numbers of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Sequences {
    first: u64,
    highest: u64,
    /// Bit n: the number n below the highest came.
    seen: u64,
    expected_before: u64,
    fresh: u64,
}

impl Sequences {
    pub(crate) const fn new() -> Self {
        Self { first: 1, highest: 0, seen: 0, expected_before: 0, fresh: 0 }
    }

    /// Begins a new run of numbers with this one; the counts go on.
    pub(crate) fn restart(&mut self, sequence: u16) {
        self.expected_before = self.expected();
        // One cycle up, so that packets from before the first have room below it.
        self.first = u64::from(sequence) + (1 << 16);
        self.highest = self.first;
        self.seen = 1;
        self.fresh += 1;
    }

    /// Takes note of a number, compared across the wrap (RFC 4733 receivers fail on it elsewhere).
    pub(crate) fn see(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let behind = ahead.wrapping_neg();
        if behind < BEHIND_MAX {
            self.see_older(behind)
        } else if ahead <= AHEAD_MAX {
            self.see_newer(ahead)
        } else {
            Arrival::Stray
        }
    }

    /// Packets that never came: those expected between the first and the newest, less those here.
    pub(crate) fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.fresh)
    }

    fn expected(&self) -> u64 {
        self.expected_before + (self.highest + 1 - self.first)
    }

    fn see_newer(&mut self, ahead: u16) -> Arrival {
        self.highest += u64::from(ahead);
        self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        self.fresh += 1;
        Arrival::Newest
    }

    fn see_older(&mut self, behind: u16) -> Arrival {
        let bit = 1 << behind;
        if self.seen & bit != 0 {
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        self.fresh += 1;
        self.first = self.first.min(self.highest - u64::from(behind));
        Arrival::Older
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(sequence: u16) -> Sequences {
        let mut sequences = Sequences::new();
        sequences.restart(sequence);
        sequences
    }

    #[test]
    fn nothing_was_lost_before_anything_came() {
        assert_eq!(Sequences::new().lost(), 0);
        assert_eq!(begun(7).lost(), 0);
    }

    #[test]
    fn a_gap_is_lost_until_the_packet_comes_after_all() {
        let mut sequences = begun(10);
        assert_eq!(sequences.see(13), Arrival::Newest);
        assert_eq!(sequences.lost(), 2);
        assert_eq!(sequences.see(11), Arrival::Older);
        assert_eq!(sequences.lost(), 1);
        assert_eq!(sequences.see(11), Arrival::Duplicate);
        assert_eq!(sequences.lost(), 1);
    }

    #[test]
    fn numbers_go_on_across_the_wrap() {
        let mut sequences = begun(65_534);
        for sequence in [65_535, 0, 2] {
            assert_eq!(sequences.see(sequence), Arrival::Newest);
        }
        assert_eq!(sequences.lost(), 1);
        assert_eq!(sequences.see(65_535), Arrival::Duplicate);
    }

    #[test]
    fn packets_from_before_the_first_extend_the_run() {
        let mut sequences = begun(0);
        assert_eq!(sequences.see(65_533), Arrival::Older);
        // Expected 65533, 65534, 65535, 0; two of them came.
        assert_eq!(sequences.lost(), 2);
    }

    #[test]
    fn far_numbers_are_strays_and_change_nothing() {
        let mut sequences = begun(10_000);
        assert_eq!(sequences.see(13_001), Arrival::Stray);
        assert_eq!(sequences.see(9_936), Arrival::Stray);
        assert_eq!(sequences.see(9_937), Arrival::Older);
        assert_eq!(sequences.see(13_000), Arrival::Newest);
    }

    #[test]
    fn a_restart_keeps_what_was_lost() {
        let mut sequences = begun(10);
        let _ = sequences.see(12);
        sequences.restart(40_000);
        let _ = sequences.see(40_002);
        assert_eq!(sequences.lost(), 2);
    }

    #[test]
    fn a_long_gap_forgets_what_lay_before_it() {
        let mut sequences = begun(0);
        let _ = sequences.see(1);
        assert_eq!(sequences.see(65), Arrival::Newest);
        assert_eq!(sequences.see(64), Arrival::Older);
        assert_eq!(sequences.see(2), Arrival::Older);
        assert_eq!(sequences.see(1), Arrival::Stray);
    }
}
