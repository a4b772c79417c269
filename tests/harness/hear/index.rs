//! Searching a recording for pieces of a spectrum: normalised correlation by FFT over time, block
//! by block, all bands at once.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::spectrum::{FEATURES, Frame, Spectrum};
use crate::Result;

/// The longest piece, in frames: 0.6 s.
pub(super) const PIECE: usize = 60;
/// Frames in one transform, and how many new places one transform answers for.
const BLOCK: usize = 256;
const PLACES: usize = BLOCK - PIECE + 1;
const BINS: usize = BLOCK / 2 + 1;
/// Stretches with less variation than this share of the recording's liveliest ones count as if
/// they had so much: correlation with near-silence means nothing.
const LIVELY: f64 = 0.15;

type Bin = Complex<f32>;

/// A recording, transformed.
pub(super) struct Index {
    frames: usize,
    /// Per block, FEATURES times BINS values.
    blocks: Vec<Vec<Bin>>,
    /// Sums of the features, and of their squares, up to each frame.
    sums: Vec<(f64, f64)>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Index {
    pub(super) fn new(recording: &Spectrum) -> Result<Self> {
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(BLOCK);
        let inverse = planner.plan_fft_inverse(BLOCK);
        let frames = recording.frames.as_slice();
        let starts = (0..frames.len()).step_by(PLACES);
        let blocks = starts
            .map(|start| transform(forward.as_ref(), frames.get(start..).unwrap_or_default()))
            .collect::<Result<_>>()?;
        Ok(Self { frames: frames.len(), blocks, sums: prefix_sums(frames), forward, inverse })
    }

    /// A searcher with its own scratch space; one for each thread.
    pub(super) fn search(&self) -> Result<Search<'_>> {
        Ok(Search { index: self, lengths: Vec::new() })
    }
}

/// Searches an [`Index`].
pub(super) struct Search<'a> {
    index: &'a Index,
    /// The length of every stretch as a vector, per size of piece asked for.
    lengths: Vec<(usize, Vec<f32>)>,
}

impl Search<'_> {
    /// How well the piece fits at each frame of the recording, −1 to 1. A piece has at most
    /// [`PIECE`] frames. Empty if the recording is shorter than the piece.
    pub(super) fn fits(&mut self, piece: &[Frame]) -> Result<Vec<f32>> {
        let size = piece.len();
        let places = (self.index.frames + 1).saturating_sub(size);
        let (centred, length) = centre(piece);
        if places == 0 || size > PIECE || length < 1e-3 {
            return Ok(Vec::new());
        }
        let needle = transform(self.index.forward.as_ref(), &centred)?;
        let mut fits = Vec::with_capacity(places);
        for block in &self.index.blocks {
            fits.extend(self.block(block, &needle)?);
        }
        fits.truncate(places);
        let lengths = self.lengths(size);
        for (fit, stretch) in fits.iter_mut().zip(lengths) {
            *fit /= stretch * length;
        }
        Ok(fits)
    }

    /// The correlation at the places of one block.
    fn block(&self, block: &[Bin], needle: &[Bin]) -> Result<Vec<f32>> {
        let mut product = vec![Bin::default(); BINS];
        for (block, needle) in block.chunks_exact(BINS).zip(needle.chunks_exact(BINS)) {
            for ((sum, a), b) in product.iter_mut().zip(block).zip(needle) {
                *sum += a * b.conj();
            }
        }
        // What a real signal has at the ends is real; rounding must not say otherwise.
        for end in [0, BINS - 1] {
            if let Some(bin) = product.get_mut(end) {
                bin.im = 0.0;
            }
        }
        let mut fits = vec![0.0; BLOCK];
        self.index.inverse.process(&mut product, &mut fits)?;
        fits.truncate(PLACES);
        fits.iter_mut().for_each(|fit| *fit /= BLOCK as f32);
        Ok(fits)
    }

    fn lengths(&mut self, size: usize) -> &[f32] {
        let known = self.lengths.iter().position(|(known, _)| *known == size);
        let place = known.unwrap_or_else(|| {
            self.lengths.push((size, lengths(&self.index.sums, size)));
            self.lengths.len() - 1
        });
        self.lengths.get(place).map(|(_, lengths)| lengths.as_slice()).unwrap_or_default()
    }
}

/// Each feature's course over one block, transformed.
fn transform(fft: &dyn RealToComplex<f32>, frames: &[Frame]) -> Result<Vec<Bin>> {
    let mut spectrum = vec![Bin::default(); FEATURES * BINS];
    let mut course = vec![0.0; BLOCK];
    for (feature, bins) in spectrum.chunks_exact_mut(BINS).enumerate() {
        course.fill(0.0);
        let values = frames.iter().filter_map(|frame| frame.get(feature));
        course.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
        fft.process(&mut course, bins)?;
    }
    Ok(spectrum)
}

/// The piece without its mean, and its length as a vector.
fn centre(piece: &[Frame]) -> (Vec<Frame>, f32) {
    let count = (piece.len() * FEATURES).max(1) as f32;
    let mean = piece.iter().flatten().sum::<f32>() / count;
    let centred: Vec<Frame> = piece.iter().map(|frame| frame.map(|value| value - mean)).collect();
    let length = centred.iter().flatten().map(|value| value * value).sum::<f32>().sqrt();
    (centred, length)
}

fn prefix_sums(frames: &[Frame]) -> Vec<(f64, f64)> {
    let mut total = (0.0, 0.0);
    let mut sums = vec![total];
    for frame in frames {
        total.0 += frame.iter().map(|value| f64::from(*value)).sum::<f64>();
        total.1 += frame.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
        sums.push(total);
    }
    sums
}

/// The length, without its mean, of each stretch of `size` frames.
fn lengths(sums: &[(f64, f64)], size: usize) -> Vec<f32> {
    let ends = sums.iter().skip(size);
    let spread = |(start, end): (&(f64, f64), &(f64, f64))| {
        let (sum, squares) = (end.0 - start.0, end.1 - start.1);
        (squares - sum * sum / (size * FEATURES) as f64).max(0.0).sqrt()
    };
    let spreads: Vec<f64> = sums.iter().zip(ends).map(spread).collect();
    let mut sorted = spreads.clone();
    sorted.sort_by(f64::total_cmp);
    let floor = LIVELY * sorted.get(sorted.len() * 9 / 10).copied().unwrap_or(0.0);
    spreads.iter().map(|spread| spread.max(floor).max(1e-3) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames whose values look random but are the same in every run.
    fn noise(frames: usize) -> Spectrum {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 6_553.6 - 5.0
        };
        let frames: Vec<Frame> =
            (0..frames).map(|_| [0.0; FEATURES].map(|_: f32| next())).collect();
        Spectrum { audible: vec![true; frames.len()], frames }
    }

    #[test]
    fn a_piece_fits_exactly_where_it_was_taken() {
        let recording = noise(700); // four blocks
        let index = Index::new(&recording).unwrap();
        let mut search = index.search().unwrap();
        for start in [0, 150, 196, 197, 500, 640] {
            let fits = search.fits(&recording.frames[start..start + PIECE]).unwrap();
            assert_eq!(fits.len(), 641);
            assert!((fits[start] - 1.0).abs() < 1e-3, "{start}: {}", fits[start]);
            let others = fits.iter().enumerate().filter(|(at, _)| *at != start);
            assert!(others.map(|(_, fit)| *fit).fold(0.0, f32::max) < 0.3);
        }
    }

    #[test]
    fn the_fast_way_and_the_plain_way_agree() {
        let recording = noise(300);
        let piece = &recording.frames[40..65];
        let index = Index::new(&recording).unwrap();
        let fits = index.search().unwrap().fits(piece).unwrap();
        let (centred, length) = centre(piece);
        let stretch = &recording.frames[210..235];
        let (_, stretch_length) = centre(stretch);
        let dot: f32 =
            centred.iter().flatten().zip(stretch.iter().flatten()).map(|(a, b)| a * b).sum();
        assert!((fits[210] - dot / (length * stretch_length)).abs() < 1e-3);
    }

    #[test]
    fn a_recording_shorter_than_the_piece_fits_nowhere() {
        let recording = noise(30);
        let index = Index::new(&recording).unwrap();
        assert!(index.search().unwrap().fits(&noise(40).frames).unwrap().is_empty());
    }
}
