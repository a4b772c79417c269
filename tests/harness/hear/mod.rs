//! What was heard: finds the line's clips in a recording of a call and says which, when, and how
//! much of each.
//!
//! Two measures that fail differently must agree. Spectra find the candidates: pieces of 0.6 s of
//! every clip are searched for in the whole recording, and pieces that follow each other as in the
//! clip form a chain; a slip of a jitter buffer, a lost stretch or a cut by a key only shortens the
//! chain. Waveforms judge them: short windows of the clip must be there nearly sample for sample.
//! Where candidates overlap, the one that explains more wins.

mod chain;
mod compete;
pub mod correlate;
mod extent;
mod index;
mod spectrum;

use std::fmt;
use std::thread;

use crate::prompts::Clips;
use crate::sound::seconds_of;
use crate::{Context, Failure, Result};

use chain::Chain;
use index::Index;
use spectrum::{HOP, Scale, Spectrum};

/// A start or end that is missing by less than this counts as heard, in seconds.
const UNCUT_S: f64 = 0.15;

/// One clip that was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    /// The clip's name, such as `cs/category_intro`.
    pub name: String,
    /// When its first audible part began in the recording, in seconds.
    pub start_s: f64,
    /// When its last audible part ended in the recording, in seconds.
    pub end_s: f64,
    /// Where in the clip the hearing begins, in seconds: its sound's start unless it was cut.
    pub from_s: f64,
    /// Where in the clip the hearing ends, in seconds.
    pub to_s: f64,
    /// Whether the clip was heard from its first sound on.
    pub has_start: bool,
    /// Whether the clip was heard to its last sound.
    pub has_end: bool,
    /// Mean correlation of the spectra, 0–1.
    pub score: f32,
    /// Median correlation of the waveforms, 0–1: about 1 through G.711.
    pub wave: f32,
}

impl Hearing {
    /// Neither start nor end was cut.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.has_start && self.has_end
    }
}

impl fmt::Display for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = match (self.has_start, self.has_end) {
            (true, true) => "whole",
            (true, false) => "end cut",
            (false, true) => "start cut",
            (false, false) => "both ends cut",
        };
        let Self { name, start_s, end_s, from_s, to_s, score, wave, .. } = self;
        write!(
            f,
            "{start_s:7.2}–{end_s:.2} s {name}, {from_s:.2}–{to_s:.2} s of it, {cut} \
             (spectrum {score:.2}, wave {wave:.2})"
        )
    }
}

/// The names alone, in order.
#[must_use]
pub fn names(hearings: &[Hearing]) -> Vec<&str> {
    hearings.iter().map(|hearing| hearing.name.as_str()).collect()
}

/// One line a hearing, for the text of a failed test.
#[must_use]
pub fn listing(hearings: &[Hearing]) -> String {
    hearings.iter().map(|hearing| format!("{hearing}\n")).collect()
}

/// Knows a set of clips.
pub struct Listener {
    scale: Scale,
    clips: Vec<Clip>,
}

/// A clip with its spectrum.
struct Clip {
    name: String,
    samples: Vec<i16>,
    spectrum: Spectrum,
}

impl Listener {
    /// Learns the clips.
    ///
    /// # Errors
    /// None of them has any sound.
    pub fn new(clips: &Clips) -> Result<Self> {
        let scale = Scale::of(clips.values().map(Vec::as_slice))?;
        let learn = |(name, samples): (&String, &Vec<i16>)| {
            let spectrum = Spectrum::of(samples, &scale)?;
            Ok(Clip { name: name.clone(), samples: samples.clone(), spectrum })
        };
        let clips = clips.iter().map(learn).collect::<Result<_>>()?;
        Ok(Self { scale, clips })
    }

    /// Every clip that is in the recording, in the order of their starts.
    ///
    /// # Errors
    /// The arithmetic library refuses, which would be a fault of this harness.
    pub fn hear(&self, recording: &[i16]) -> Result<Vec<Hearing>> {
        self.search(&self.clips, recording)
    }

    /// Only the clip of this name, quickly: for waiting during a call.
    ///
    /// # Errors
    /// There is no such clip.
    pub fn hear_one(&self, name: &str, recording: &[i16]) -> Result<Vec<Hearing>> {
        let place = self.clips.iter().position(|clip| clip.name == name);
        let place = place.because(|| format!("there is no clip named {name}"))?;
        self.search(self.clips.get(place..=place).unwrap_or_default(), recording)
    }

    fn search(&self, clips: &[Clip], recording: &[i16]) -> Result<Vec<Hearing>> {
        let index = Index::new(&Spectrum::of(recording, &self.scale)?)?;
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let share = clips.len().div_ceil(workers).max(1);
        let chains = thread::scope(|scope| {
            let index = &index;
            let search = |part| scope.spawn(move || chains_of(part, index, recording));
            let threads: Vec<_> = clips.chunks(share).map(search).collect();
            let mut chains = Vec::new();
            for thread in threads {
                let found = thread.join().map_err(|_| Failure::new("a listening thread broke"))?;
                chains.extend(found?);
            }
            Ok::<_, Failure>(chains)
        })?;
        let winners = compete::best(chains);
        let found = winners.iter().filter_map(|winner| hearing(winner, recording)).collect();
        let mut hearings = compete::apart(found);
        hearings.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
        Ok(hearings)
    }
}

/// A clip's chain that its waveform confirms.
struct Candidate<'a> {
    clip: &'a Clip,
    chain: Chain,
    wave: f32,
}

fn chains_of<'a>(
    clips: &'a [Clip],
    index: &Index,
    recording: &[i16],
) -> Result<Vec<Candidate<'a>>> {
    let mut search = index.search()?;
    let mut found = Vec::new();
    for clip in clips {
        for chain in chain::chains(&clip.spectrum, &mut search)? {
            let wave = extent::wave(&clip.samples, recording, &chain);
            if wave >= extent::WAVE_MIN {
                found.push(Candidate { clip, chain, wave });
            }
        }
    }
    Ok(found)
}

/// The exact extent of a winner; `None` if no window of its waveform fits after all.
fn hearing(candidate: &Candidate<'_>, recording: &[i16]) -> Option<Hearing> {
    let Candidate { clip, chain, wave } = candidate;
    let extent = extent::extent(&clip.samples, recording, chain)?;
    let sounds = clip.spectrum.sounds();
    let first = seconds_of(sounds.start * HOP);
    let last = seconds_of(sounds.end * HOP);
    Some(Hearing {
        name: clip.name.clone(),
        start_s: seconds_of(extent.recording.start),
        end_s: seconds_of(extent.recording.end),
        from_s: seconds_of(extent.clip.start),
        to_s: seconds_of(extent.clip.end),
        has_start: seconds_of(extent.clip.start) <= first + UNCUT_S,
        has_end: seconds_of(extent.clip.end) >= last - UNCUT_S,
        score: chain.score(),
        wave: *wave,
    })
}

#[cfg(test)]
mod tests;
