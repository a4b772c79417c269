//! The waveform's judgement on a chain: whether the clip is really there, and from where to where.

use std::ops::Range;

use super::chain::Chain;
use super::correlate::best_near;
use super::spectrum::HOP;

/// A chain whose windows fit less than this in the median is something else of the same sound.
pub(super) const WAVE_MIN: f32 = 0.7;
/// Windows of 60 ms judge, at most so many, spread over the chain.
const JUDGE: usize = 480;
const JUDGES_MAX: usize = 15;
/// Windows of 40 ms, every 20 ms, measure the extent.
const MEASURE: usize = 320;
const STEP: usize = 160;
/// How well a window must fit to count as heard.
const HEARD: f64 = 0.65;
/// Samples to search to each side: a frame of the spectrum and a slip of a jitter buffer.
const REACH: usize = 120;
/// Windows below this root mean square (−50 dBFS) say nothing.
const QUIET: f64 = 100.0;
/// So many windows in a row that do not fit end a hearing.
const MISSES: usize = 3;

/// A stretch of the clip and where it was in the recording, in samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) clip: Range<usize>,
    pub(super) recording: Range<usize>,
}

/// Median fit of the chain's windows, 0 if all of them are quiet.
pub(super) fn wave(clip: &[i16], recording: &[i16], chain: &Chain) -> f32 {
    let spots: Vec<(usize, usize)> = chain
        .links
        .iter()
        .flat_map(|link| {
            let windows = (0..link.size * HOP).step_by(JUDGE);
            windows.map(|at| (link.clip * HOP + at, link.recording * HOP + at))
        })
        .filter(|(at, _)| clip.get(*at..at + JUDGE).is_some_and(|window| rms(window) > QUIET))
        .collect();
    let stride = spots.len().div_ceil(JUDGES_MAX).max(1);
    let mut fits: Vec<f64> = spots
        .iter()
        .step_by(stride)
        .filter_map(|(at, near)| best_near(recording, clip.get(*at..at + JUDGE)?, *near, REACH))
        .map(|(_, fit)| fit)
        .collect();
    fits.sort_by(f64::total_cmp);
    fits.get(fits.len() / 2).copied().unwrap_or(0.0) as f32
}

/// Follows the waveform from the middle of the chain to both sides, as far as it fits.
pub(super) fn extent(clip: &[i16], recording: &[i16], chain: &Chain) -> Option<Extent> {
    let last = clip.len().checked_sub(MEASURE)? / STEP;
    let middle = chain.links.get(chain.links.len() / 2)?;
    let centre = ((middle.clip + middle.size / 2) * HOP / STEP).min(last);
    let look = |window: usize| look(clip, recording, chain, window * STEP);
    let forwards = follow((centre..=last).map(look));
    let backwards = follow((0..centre).rev().map(look));
    let first = backwards.last.or(forwards.first)?;
    let end = forwards.last.or(backwards.first)?;
    Some(Extent { clip: first.0..end.0 + MEASURE, recording: first.1..end.1 + MEASURE })
}

/// What one window shows.
enum Look {
    /// Heard: its place in clip and recording.
    Heard((usize, usize)),
    /// The clip is quiet there, or the recording does not reach so far.
    Nothing,
    /// Something else was heard.
    Missed,
}

fn look(clip: &[i16], recording: &[i16], chain: &Chain, at: usize) -> Look {
    let Some(window) = clip.get(at..at + MEASURE).filter(|window| rms(window) > QUIET) else {
        return Look::Nothing;
    };
    let nearest = chain.links.iter().min_by_key(|link| (link.clip * HOP).abs_diff(at));
    let Some(near) =
        nearest.and_then(|link| (link.recording * HOP + at).checked_sub(link.clip * HOP))
    else {
        return Look::Missed;
    };
    match best_near(recording, window, near, REACH) {
        Some((place, fit)) if fit >= HEARD => Look::Heard((at, place)),
        Some(_) | None => Look::Missed,
    }
}

/// The first and the last window that was heard before too many were missed in a row.
#[derive(Default)]
struct Followed {
    first: Option<(usize, usize)>,
    last: Option<(usize, usize)>,
}

fn follow(looks: impl Iterator<Item = Look>) -> Followed {
    let mut followed = Followed::default();
    let mut misses = 0;
    for look in looks {
        match look {
            Look::Heard(place) => {
                misses = 0;
                followed.first.get_or_insert(place);
                followed.last = Some(place);
            }
            Look::Nothing => {}
            Look::Missed => misses += 1,
        }
        if misses > MISSES {
            break;
        }
    }
    followed
}

fn rms(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_missed_windows_do_not_end_a_hearing_but_more_do() {
        let heard = |n| Look::Heard((n, n + 1_000));
        let missed = || Look::Missed;
        let bridged = follow([heard(0), missed(), missed(), missed(), heard(4)].into_iter());
        assert_eq!(bridged.last, Some((4, 1_004)));
        let looks = [heard(0), missed(), missed(), missed(), missed(), heard(5)];
        assert_eq!(follow(looks.into_iter()).last, Some((0, 1_000)));
    }

    #[test]
    fn a_pause_in_the_clip_is_no_miss() {
        let pause = (0..50).map(|_| Look::Nothing);
        let looks = pause.chain([Look::Heard((60, 60))]);
        assert_eq!(follow(looks).first, Some((60, 60)));
    }
}
