//! Where candidates overlap in the recording, only the one that explains most of it is kept.

use super::{Candidate, Hearing};
use crate::sound::samples_of;

/// Two candidates clash if they share more than this part of the shorter one.
const SHARED: f32 = 0.35;

/// The candidates that stay.
pub(super) fn best(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    candidates.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let mut kept: Vec<Candidate<'_>> = Vec::new();
    for candidate in candidates {
        let winners = kept.iter().map(span);
        if !clash(span(&candidate), winners) {
            kept.push(candidate);
        }
    }
    kept
}

/// The hearings, best first, without those that lie in the exact extent of a better one: a chain
/// may end before its clip does, and leave the last word to another.
pub(super) fn apart(hearings: Vec<Hearing>) -> Vec<Hearing> {
    let span = |hearing: &Hearing| (samples_of(hearing.start_s), samples_of(hearing.end_s));
    let mut kept: Vec<Hearing> = Vec::new();
    for hearing in hearings {
        if !clash(span(&hearing), kept.iter().map(span)) {
            kept.push(hearing);
        }
    }
    kept
}

/// Frames that are explained, by how well and how completely. The waveform's judgement counts by a
/// high power, for it alone tells two readings of one word apart; a word that is a clip of its own
/// is rather that clip than a splinter of a sentence, least of all of one that had not begun.
fn weight(candidate: &Candidate<'_>) -> f32 {
    let (start, end) = span(candidate);
    let begun = if candidate.chain.has_first() { 1.0 } else { 0.5 };
    let complete = begun * (0.5 + 0.5 * candidate.chain.share());
    (end - start) as f32 * candidate.chain.score() * candidate.wave.powi(6) * complete
}

fn span(candidate: &Candidate<'_>) -> (usize, usize) {
    (candidate.chain.start(), candidate.chain.end())
}

/// A candidate has lost if those before it took too much of it, all together, or if it takes too
/// much of one that is shorter.
fn clash(candidate: (usize, usize), winners: impl Iterator<Item = (usize, usize)>) -> bool {
    let length = |(start, end): (usize, usize)| (end - start) as f32;
    let mut taken = 0.0;
    for winner in winners {
        let shared = candidate.1.min(winner.1).saturating_sub(candidate.0.max(winner.0)) as f32;
        taken += shared;
        if taken > SHARED * length(candidate) || shared > SHARED * length(winner) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(candidate: (usize, usize), winners: &[(usize, usize)]) -> bool {
        clash(candidate, winners.iter().copied())
    }

    #[test]
    fn neighbours_do_not_clash_but_a_part_of_another_does() {
        assert!(!clashes((95, 130), &[(0, 100)]));
        assert!(clashes((20, 50), &[(0, 100)]));
        assert!(clashes((0, 100), &[(20, 50)]));
        assert!(clashes((80, 120), &[(0, 100)]));
        assert!(!clashes((200, 220), &[(0, 100)]));
    }

    #[test]
    fn the_last_word_of_a_clip_is_no_clip_of_its_own() {
        let heard = |name: &str, start_s, end_s| Hearing {
            name: name.to_owned(),
            start_s,
            end_s,
            from_s: 0.0,
            to_s: end_s - start_s,
            has_start: true,
            has_end: true,
            score: 1.0,
            wave: 1.0,
        };
        let found =
            vec![heard("menu", 0.0, 9.0), heard("three", 8.7, 9.0), heard("next", 9.2, 12.0)];
        assert_eq!(super::super::names(&apart(found)), ["menu", "next"]);
    }

    #[test]
    fn what_two_neighbours_share_between_them_is_nothing_of_its_own() {
        // 20 of 100 on one side pass, 20 on each side do not.
        assert!(!clashes((80, 180), &[(0, 100)]));
        assert!(clashes((80, 180), &[(0, 100), (160, 300)]));
    }
}
