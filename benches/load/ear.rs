//! Tells whether a telephone heard what it had to hear.

use crate::voice::{Payload, mix};

/// Full mixes in a row after which a telephone surely hears its newest neighbours: what it heard
/// before must not come back.
const SETTLED_AFTER: u32 = 3;

/// What a frame was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Everybody who is there, sample by sample.
    Exact,
    /// Some of those who are there or, just after a change, who were: a frame was lost or is older.
    Part,
    /// Anything else: a stranger's voice, the own one, or a wrong sum.
    Wrong,
}

/// One telephone's ear.
///
/// It needs no clock: voices that left are granted only until the new mix was heard.
pub struct Ear {
    present: Vec<usize>,
    possible: Vec<usize>,
    full: Payload,
    run: u32,
    heard: bool,
    missed: u64,
}

impl Ear {
    /// An ear that shall hear the voices of `present`.
    #[must_use]
    pub fn new(present: Vec<usize>, voices: &[Payload]) -> Self {
        let full = mix(chosen(&present, voices));
        Self { possible: present.clone(), present, full, run: 0, heard: false, missed: 0 }
    }

    /// From now on others are there.
    pub fn expect(&mut self, present: Vec<usize>, voices: &[Payload]) {
        if present == self.present {
            return;
        }
        self.missed = self.missed();
        self.heard = false;
        self.full = mix(chosen(&present, voices));
        let new = present.iter().filter(|one| !self.possible.contains(one));
        let new: Vec<usize> = new.copied().collect();
        self.possible.extend(new);
        self.present = present;
        self.run = 0;
    }

    /// How many of the mixes that were due never came, the newest included.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed + u64::from(!self.heard)
    }

    /// Judges one frame.
    pub fn hear(&mut self, frame: &[u8], voices: &[Payload]) -> Heard {
        if frame == self.full {
            self.run += 1;
            self.heard = true;
            if self.run == SETTLED_AFTER {
                self.possible.clone_from(&self.present);
            }
            return Heard::Exact;
        }
        self.run = 0;
        let is_part = (0..1_u32 << self.possible.len()).any(|subset| {
            let some = self.possible.iter().enumerate().filter(|(n, _)| subset >> n & 1 == 1);
            frame == mix(some.filter_map(|(_, one)| voices.get(*one)))
        });
        if is_part { Heard::Part } else { Heard::Wrong }
    }
}

fn chosen<'a>(who: &[usize], voices: &'a [Payload]) -> impl Iterator<Item = &'a Payload> {
    who.iter().filter_map(|one| voices.get(*one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::voice;

    fn of(who: &[usize], voices: &[Payload]) -> Payload {
        mix(chosen(who, voices))
    }

    #[test]
    fn the_full_mix_is_exact_a_missing_voice_is_a_part_and_a_stranger_is_wrong() {
        let voices: Vec<Payload> = (0..6).map(voice).collect();
        let mut ear = Ear::new(vec![1, 2], &voices);
        for (who, heard) in [
            (&[1, 2][..], Heard::Exact),
            (&[1], Heard::Part),
            (&[], Heard::Part),
            (&[1, 2, 3], Heard::Wrong),
            (&[0, 1, 2], Heard::Wrong),
            (&[1, 1, 2], Heard::Wrong),
        ] {
            assert_eq!(ear.hear(&of(who, &voices), &voices), heard, "{who:?}");
        }
    }

    #[test]
    fn one_sample_that_is_off_by_a_step_is_wrong() {
        let voices: Vec<Payload> = (0..3).map(voice).collect();
        let mut ear = Ear::new(vec![1, 2], &voices);
        let mut frame = of(&[1, 2], &voices);
        frame[80] ^= 1;
        assert_eq!(ear.hear(&frame, &voices), Heard::Wrong);
    }

    #[test]
    fn who_left_may_be_heard_until_the_new_mix_came_and_never_again() {
        let voices: Vec<Payload> = (0..6).map(voice).collect();
        let mut ear = Ear::new(vec![1, 2], &voices);
        ear.expect(vec![1], &voices);
        assert_eq!(ear.hear(&of(&[1, 2], &voices), &voices), Heard::Part);
        for _ in 0..SETTLED_AFTER {
            assert_eq!(ear.hear(&of(&[1], &voices), &voices), Heard::Exact);
        }
        assert_eq!(ear.hear(&of(&[1, 2], &voices), &voices), Heard::Wrong);
    }

    #[test]
    fn a_mix_that_never_comes_is_missed() {
        let voices: Vec<Payload> = (0..6).map(voice).collect();
        let mut ear = Ear::new(vec![1, 2], &voices);
        ear.hear(&of(&[1, 2], &voices), &voices);
        assert_eq!(ear.missed(), 0);
        ear.expect(vec![1], &voices);
        assert_eq!(ear.hear(&of(&[1, 2], &voices), &voices), Heard::Part);
        ear.expect(vec![1, 2], &voices);
        ear.hear(&of(&[1, 2], &voices), &voices);
        assert_eq!(ear.missed(), 1);
    }
}
