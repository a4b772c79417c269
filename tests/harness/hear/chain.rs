//! Chains: pieces of one clip that were found in the order, and at about the distances, that they
//! have in the clip.

use super::index::{PIECE, Search};
use super::spectrum::Spectrum;
use crate::Result;

/// Frames from one piece to the next: 0.3 s.
const STEP: usize = 30;
/// A piece is found where it fits at least so well.
const FIT_MIN: f32 = 0.7;
/// The most places at which one piece is found: a clip that is heard more often is beyond a test.
const PLACES_MAX: usize = 60;
/// Two finds of one piece are at least this far apart, in frames.
const APART: usize = 20;
/// The part of a piece that must sound.
const SOUNDING: f32 = 0.4;
/// Frames that the recording may slip against the clip from one piece to the next.
const SLIP: usize = 6;
/// Frames of the recording within which the next piece of a chain must come: 1.5 s.
const REACH: usize = 150;

/// A piece that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    /// Frame in the clip.
    pub(super) clip: usize,
    /// Frame in the recording.
    pub(super) recording: usize,
    /// Length in frames.
    pub(super) size: usize,
    fit: f32,
}

/// Pieces that follow each other; never empty.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) links: Vec<Link>,
    /// How many pieces the clip has.
    pieces: usize,
    /// Where in the clip the first of them begins.
    first: usize,
}

impl Chain {
    /// First frame in the recording.
    pub(super) fn start(&self) -> usize {
        self.links.first().map_or(0, |link| link.recording)
    }

    /// Frame in the recording after the last.
    pub(super) fn end(&self) -> usize {
        self.links.last().map_or(0, |link| link.recording + link.size)
    }

    /// Mean fit of the pieces.
    pub(super) fn score(&self) -> f32 {
        self.links.iter().map(|link| link.fit).sum::<f32>() / self.links.len().max(1) as f32
    }

    /// The share of the clip's pieces that was found, 0–1.
    pub(super) fn share(&self) -> f32 {
        self.links.len() as f32 / self.pieces.max(1) as f32
    }

    /// Whether the clip's first piece was found.
    pub(super) fn has_first(&self) -> bool {
        self.links.first().is_some_and(|link| link.clip == self.first)
    }

    /// One or two pieces out of the middle of a long clip are a word that many sentences share; a
    /// first piece is a clip that was cut early.
    fn is_sound(&self) -> bool {
        self.links.len() >= 3 || self.has_first() || self.pieces <= 2
    }
}

/// All chains of a clip in the recording.
pub(super) fn chains(clip: &Spectrum, search: &mut Search<'_>) -> Result<Vec<Chain>> {
    let offsets = pieces(clip);
    let size = clip.sounds().len().min(PIECE);
    let mut links = Vec::new();
    for offset in &offsets {
        let piece = clip.frames.get(*offset..offset + size).unwrap_or_default();
        let fits = search.fits(piece)?;
        let finds = peaks(&fits).into_iter();
        links.extend(finds.map(|(at, fit)| Link { clip: *offset, recording: at, size, fit }));
    }
    links.sort_by_key(|link| (link.recording, link.clip));
    let mut chains = join(&links, &offsets);
    chains.retain(Chain::is_sound);
    Ok(chains)
}

/// Where the pieces of a clip begin: every 0.3 s, and one that ends with the clip.
fn pieces(clip: &Spectrum) -> Vec<usize> {
    let sounds = clip.sounds();
    let size = sounds.len().min(PIECE);
    if size < APART / 2 {
        return Vec::new();
    }
    let last = sounds.end - size;
    let mut offsets: Vec<usize> = (sounds.start..=last).step_by(STEP).collect();
    if offsets.last().is_some_and(|end| last - end >= STEP / 3) {
        offsets.push(last);
    }
    offsets.retain(|offset| {
        let piece = clip.audible.get(*offset..offset + size).unwrap_or_default();
        let sounding = piece.iter().filter(|audible| **audible).count();
        sounding as f32 >= SOUNDING * size as f32
    });
    offsets
}

/// The places where a piece fits best, each with nothing better near it.
fn peaks(fits: &[f32]) -> Vec<(usize, f32)> {
    let mut places: Vec<(usize, f32)> =
        fits.iter().copied().enumerate().filter(|(_, fit)| *fit >= FIT_MIN).collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut peaks: Vec<(usize, f32)> = Vec::new();
    for (at, fit) in places {
        if peaks.len() == PLACES_MAX {
            break;
        }
        if peaks.iter().all(|(peak, _)| peak.abs_diff(at) > APART) {
            peaks.push((at, fit));
        }
    }
    peaks
}

/// Puts each find to the chain that it continues, or begins a new one.
fn join(links: &[Link], offsets: &[usize]) -> Vec<Chain> {
    let (pieces, first) = (offsets.len(), offsets.first().copied().unwrap_or(0));
    let mut chains: Vec<Chain> = Vec::new();
    for link in links {
        let open = chains
            .iter_mut()
            .rev()
            .find(|chain| chain.links.last().is_some_and(|last| continues(*last, *link)));
        match open {
            Some(chain) => chain.links.push(*link),
            None => chains.push(Chain { links: vec![*link], pieces, first }),
        }
    }
    chains
}

fn continues(last: Link, next: Link) -> bool {
    let in_clip = next.clip.saturating_sub(last.clip);
    let in_recording = next.recording.saturating_sub(last.recording);
    in_clip > 0 && in_recording <= REACH && in_clip.abs_diff(in_recording) <= SLIP
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(clip: usize, recording: usize) -> Link {
        Link { clip, recording, size: PIECE, fit: 0.9 }
    }

    #[test]
    fn pieces_in_order_make_one_chain() {
        let chains = join(&[link(0, 100), link(30, 131), link(60, 160)], &[0, 30, 60]);
        assert_eq!(chains.len(), 1);
        assert_eq!((chains[0].start(), chains[0].end()), (100, 220));
    }

    #[test]
    fn a_clip_heard_twice_makes_two_chains() {
        let chains = join(&[link(0, 0), link(30, 30), link(0, 90), link(30, 120)], &[0, 30]);
        assert_eq!(chains.len(), 2);
    }

    #[test]
    fn shuffled_pieces_do_not_chain() {
        let chains = join(&[link(60, 0), link(30, 70), link(0, 140)], &[0, 30, 60]);
        assert_eq!(chains.len(), 3);
        let kept = chains.iter().filter(|chain| chain.is_sound()).count();
        assert_eq!(kept, 1); // the first piece could be a clip cut early
    }

    #[test]
    fn a_lost_piece_does_not_break_the_chain() {
        assert_eq!(join(&[link(0, 0), link(60, 62), link(90, 92)], &[0, 30, 60, 90]).len(), 1);
    }

    #[test]
    fn only_the_best_place_of_a_neighbourhood_counts() {
        let mut fits = vec![0.0; 100];
        fits[10] = 0.8;
        fits[15] = 0.95;
        fits[60] = 0.75;
        fits[90] = 0.6;
        assert_eq!(peaks(&fits), [(15, 0.95), (60, 0.75)]);
    }
}
