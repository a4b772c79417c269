//! Finds what is wrong with shipped audio: its level and silence (decision 25), and whether it
//! really says its text, by comparison with the same text rendered again.

use core::fmt;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::SHIPPED_RATE_HZ;
use crate::clip::decode_clip;
use crate::manifest::Recipe;
use crate::measure::{correlation, dot, energy, measure};

/// RMS of sounding frames, in dBFS.
const LEVEL_DBFS: core::ops::RangeInclusive<f32> = -23.0..=-19.0;
/// The loudest sample.
const PEAK_DBFS_MAX: f32 = -1.0;
/// Silence at either end.
const SILENCE_MS_MAX: u32 = 150;
/// How far the lengths of a shipped and a rendered clip may lie apart.
const LENGTH_MS_MAX: u32 = 20;
/// Least likeness of a shipped and a rendered clip, at the best shift within [`LENGTH_MS_MAX`].
const CORRELATION_MIN: f32 = 0.95;
/// Depth and number of folders that are looked through.
const FOLDERS_MAX: usize = 50;

/// A flaw and the file that has it.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The audio file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What can be wrong with an audio file.
#[derive(Clone, PartialEq, Debug)]
pub enum Flaw {
    /// Not there, or no sound.
    Unreadable(String),
    /// Too soft or too loud.
    Level {
        /// RMS of sounding frames.
        dbfs: f32,
    },
    /// Close to clipping, or clipped.
    Peak {
        /// The loudest sample.
        dbfs: f32,
    },
    /// Too much silence before the first or after the last sound.
    Silence {
        /// Before.
        lead_ms: u32,
        /// After.
        tail_ms: u32,
    },
    /// Not as long as its text spoken again.
    Length {
        /// The file.
        shipped_ms: u32,
        /// The text spoken again.
        rendered_ms: u32,
    },
    /// Not the sound of its text.
    Unlike {
        /// Normalised correlation without a shift.
        correlation: f32,
    },
    /// No text names the file.
    Unnamed,
}

/// Checks the rules of decision 25 that a clip can break alone.
pub fn clip(samples: &[i16]) -> Vec<Flaw> {
    let measured = measure(samples);
    let mut flaws = Vec::new();
    if !LEVEL_DBFS.contains(&measured.level_dbfs) {
        flaws.push(Flaw::Level { dbfs: measured.level_dbfs });
    }
    if measured.peak_dbfs > PEAK_DBFS_MAX {
        flaws.push(Flaw::Peak { dbfs: measured.peak_dbfs });
    }
    let (lead_ms, tail_ms) = (measured.lead_ms, measured.tail_ms);
    if lead_ms.max(tail_ms) > SILENCE_MS_MAX {
        flaws.push(Flaw::Silence { lead_ms, tail_ms });
    }
    flaws
}

/// Compares a shipped clip with its text rendered again.
pub fn likeness(shipped: &[i16], rendered: &[i16]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let (shipped_ms, rendered_ms) = (length_ms(shipped), length_ms(rendered));
    if shipped_ms.abs_diff(rendered_ms) > LENGTH_MS_MAX {
        flaws.push(Flaw::Length { shipped_ms, rendered_ms });
    }
    if !is_alike(shipped, rendered) {
        flaws.push(Flaw::Unlike { correlation: correlation(shipped, rendered) });
    }
    flaws
}

/// Checks one file of the pack in `dir` against its text `rendered` again.
pub fn file(dir: &Path, recipe: &Recipe, rendered: &[i16]) -> Vec<Finding> {
    let path = dir.join(recipe.file.as_path());
    let flaws = match decode_clip(&path) {
        Ok(shipped) => [clip(&shipped), likeness(&shipped, rendered)].concat(),
        Err(error) => vec![Flaw::Unreadable(error.fault.to_string())],
    };
    flaws.into_iter().map(|flaw| Finding { file: path.clone(), flaw }).collect()
}

/// Finds audio files in `dir` that no recipe names.
pub fn unnamed(dir: &Path, recipes: &[Recipe]) -> Vec<Finding> {
    let named: BTreeSet<_> = recipes.iter().map(|recipe| dir.join(recipe.file.as_path())).collect();
    let is_audio = |path: &PathBuf| path.extension().is_some_and(|end| end != "yaml");
    let strays =
        files_below(dir).into_iter().filter(|path| is_audio(path) && !named.contains(path));
    strays.map(|file| Finding { file, flaw: Flaw::Unnamed }).collect()
}

fn length_ms(samples: &[i16]) -> u32 {
    u32::try_from(samples.len()).unwrap_or(u32::MAX) / (SHIPPED_RATE_HZ / 1000)
}

fn is_alike(a: &[i16], b: &[i16]) -> bool {
    let shifts = 0..=(LENGTH_MS_MAX * SHIPPED_RATE_HZ / 1000) as usize;
    let enough = f64::from(CORRELATION_MIN) * energy(a, b);
    let later = |clip: &[i16], shift: usize, other: &[i16]| {
        clip.get(shift..).is_some_and(|rest| dot(rest, other) > enough)
    };
    shifts.into_iter().any(|shift| later(a, shift, b) || later(b, shift, a))
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    for _ in 0..FOLDERS_MAX {
        let Some(folder) = folders.pop() else { break };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let (below, here): (Vec<_>, Vec<_>) =
            entries.map(|entry| entry.path()).partition(|path| path.is_dir());
        folders.extend(below);
        files.extend(here);
    }
    files.sort();
    files
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.flaw)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "{why}"),
            Self::Level { dbfs } => write!(f, "its level is {dbfs:.1} dBFS; −23 to −19 is asked"),
            Self::Peak { dbfs } => write!(f, "its peak is {dbfs:.1} dBFS; at most −1 is asked"),
            Self::Silence { lead_ms, tail_ms } => write!(
                f,
                "{lead_ms} ms of silence before and {tail_ms} ms after; at most {SILENCE_MS_MAX} is asked"
            ),
            Self::Length { shipped_ms, rendered_ms } => {
                write!(f, "it is {shipped_ms} ms long, its text {rendered_ms} ms")
            }
            Self::Unlike { correlation } => write!(
                f,
                "it does not sound like its text: correlation {correlation:.2}, {CORRELATION_MIN} is asked"
            ),
            Self::Unnamed => write!(f, "no text names this file; remove it"),
        }
    }
}
