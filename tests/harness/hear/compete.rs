//! Where candidates overlap in the recording, only the one that explains most of it is kept.

use super::Candidate;

/// Two candidates clash if they share more than this part of the shorter one.
const SHARED: f32 = 0.35;

/// The candidates that stay.
pub(super) fn best(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    candidates.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let mut kept: Vec<Candidate<'_>> = Vec::new();
    for candidate in candidates {
        if kept.iter().all(|winner| !clash(&span(winner), &span(&candidate))) {
            kept.push(candidate);
        }
    }
    kept
}

/// Frames that are explained, by how well: the waveform's judgement counts cubed, for it alone
/// tells two readings of one word apart.
fn weight(candidate: &Candidate<'_>) -> f32 {
    let (start, end) = span(candidate);
    (end - start) as f32 * candidate.chain.score() * candidate.wave.powi(3)
}

fn span(candidate: &Candidate<'_>) -> (usize, usize) {
    (candidate.chain.start(), candidate.chain.end())
}

fn clash(a: &(usize, usize), b: &(usize, usize)) -> bool {
    let shared = a.1.min(b.1).saturating_sub(a.0.max(b.0));
    let shorter = (a.1 - a.0).min(b.1 - b.0);
    shared as f32 > SHARED * shorter as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_clash_but_a_part_of_another_does() {
        assert!(!clash(&(0, 100), &(95, 130)));
        assert!(clash(&(0, 100), &(20, 50)));
        assert!(clash(&(0, 100), &(80, 120)));
        assert!(!clash(&(0, 100), &(200, 220)));
    }
}
