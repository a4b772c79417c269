//! Audio files of a pack, read and made ready for calls.

use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use linka_audio::{Pcm, Prompt, decode_file, resample, to_i16};

use crate::error::{Fault, PackError};
use crate::{CALL_RATE_HZ, SHIPPED_RATE_HZ};

/// A prompt of two minutes as uncompressed stereo is smaller.
const CLIP_BYTES_MAX: u64 = 20 << 20;
/// A pack's YAML is some 20 KiB.
const YAML_BYTES_MAX: u64 = 1 << 20;
/// Threads that read a pack; more would wait for the disk.
const READERS_MAX: usize = 8;

/// Reads one clip, for example the spoken name of an organisation, and encodes it for calls.
///
/// # Errors
/// When the file cannot be read or decoded.
pub fn load_clip(path: &Path) -> Result<Arc<Prompt>, PackError> {
    let call = resampled(path, CALL_RATE_HZ)?;
    Ok(Arc::new(Prompt::encode(&to_i16(&call.samples))))
}

/// Reads one clip as mono samples of 16 kHz, as it is shipped.
///
/// # Errors
/// When the file cannot be read or decoded.
pub fn decode_clip(path: &Path) -> Result<Vec<i16>, PackError> {
    Ok(to_i16(&resampled(path, SHIPPED_RATE_HZ)?.samples))
}

/// Reads many clips on several cores, in the order of `paths`.
pub(crate) fn load_clips(paths: &[PathBuf]) -> Result<Vec<Arc<Prompt>>, PackError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(READERS_MAX);
    let share = paths.len().div_ceil(cores).max(1);
    let mut shares: Vec<Result<Vec<_>, PackError>> = Vec::new();
    shares.resize_with(paths.len().div_ceil(share), || Ok(Vec::new()));
    thread::scope(|scope| {
        for (paths, loaded) in paths.chunks(share).zip(&mut shares) {
            scope.spawn(move || *loaded = paths.iter().map(|path| load_clip(path)).collect());
        }
    });
    let loaded: Result<Vec<Vec<_>>, _> = shares.into_iter().collect();
    Ok(loaded?.into_iter().flatten().collect())
}

/// Reads a YAML file as text.
pub(crate) fn read_yaml(path: &Path) -> Result<String, PackError> {
    let bytes = read(path, YAML_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|e| Fault::Yaml(format!("is not UTF-8: {e}")).at(path))
}

fn resampled(path: &Path, rate_hz: u32) -> Result<Pcm, PackError> {
    let bytes = read(path, CLIP_BYTES_MAX)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let pcm = decode_file(bytes, extension).map_err(|e| Fault::from(e).at(path))?;
    resample(pcm, rate_hz).map_err(|e| Fault::from(e).at(path))
}

fn read(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, PackError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| Fault::from(e).at(path))?;
    file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(|e| Fault::from(e).at(path))?;
    if bytes.len() as u64 > limit_bytes {
        return Err(Fault::TooLarge { limit_bytes }.at(path));
    }
    Ok(bytes)
}
