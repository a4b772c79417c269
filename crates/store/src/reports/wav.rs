//! The recording of a report: a WAV file that is valid after every second.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::writer::SAMPLE_RATE;

/// What stands in front of the samples: RIFF, `fmt ` with 16 bytes, and the head of `data`.
pub(super) const HEADER_LEN: u64 = 44;
/// Samples between two flushes: one second.
const BLOCK: u32 = SAMPLE_RATE;
/// Bytes that are collected before they are written: one second.
const BUFFER: usize = 2 * SAMPLE_RATE as usize;

const SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// A recording that grows.
pub(super) struct Wav {
    path: PathBuf,
    /// `None` after an error that hound may not go on after.
    writer: Option<WavWriter<BufWriter<File>>>,
    /// The same file, for syncing and reading back.
    file: File,
    samples: u32,
    unflushed: u32,
}

impl Wav {
    /// Starts a recording in a new file that only its owner may read.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
        Self::over(file, path)
    }

    fn over(file: File, path: &Path) -> io::Result<Self> {
        let buffered = BufWriter::with_capacity(BUFFER, file.try_clone()?);
        let writer = WavWriter::new(buffered, SPEC).map_err(plain)?;
        Ok(Self { path: path.to_owned(), writer: Some(writer), file, samples: 0, unflushed: 0 })
    }

    /// How many samples it holds.
    pub(super) const fn samples(&self) -> u32 {
        self.samples
    }

    /// Adds samples and makes every full second durable. After an error nothing more is taken, so
    /// that what follows a gap never stands where the gap is.
    pub(super) fn append(&mut self, samples: &[i16]) -> io::Result<()> {
        let outcome = self.append_blocks(samples);
        if outcome.is_err() {
            self.writer = None;
        }
        outcome
    }

    fn append_blocks(&mut self, mut samples: &[i16]) -> io::Result<()> {
        while !samples.is_empty() {
            let room = usize::try_from(BLOCK - self.unflushed).unwrap_or(usize::MAX);
            let (now, later) = samples.split_at(samples.len().min(room));
            self.write(now)?;
            if self.unflushed >= BLOCK {
                self.flush()?;
            }
            samples = later;
        }
        Ok(())
    }

    fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let writer = self.writer.as_mut().ok_or_else(broken)?;
        for &sample in samples {
            writer.write_sample(sample).map_err(plain)?;
        }
        let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        self.samples = self.samples.saturating_add(count);
        self.unflushed = self.unflushed.saturating_add(count);
        Ok(())
    }

    /// Makes everything durable, the header too.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().ok_or_else(broken)?.flush().map_err(plain)?;
        self.file.sync_data()?;
        self.unflushed = 0;
        Ok(())
    }

    /// Keeps only the samples before a position.
    pub(super) fn truncate(&mut self, samples: u32) -> io::Result<()> {
        self.flush()?;
        self.writer = None;
        let kept = samples.min(self.samples);
        self.file.set_len(HEADER_LEN + 2 * u64::from(kept))?;
        repair(&mut self.file)?;
        self.writer = Some(WavWriter::append(&self.path).map_err(plain)?);
        self.samples = kept;
        Ok(())
    }

    /// Reads samples back from a position; gives back how many there were.
    pub(super) fn read_at(&mut self, position: u32, into: &mut [i16]) -> io::Result<usize> {
        if self.unflushed > 0 {
            self.flush()?;
        }
        let left = usize::try_from(self.samples.saturating_sub(position)).unwrap_or(usize::MAX);
        let count = into.len().min(left);
        let mut bytes = vec![0; 2 * count];
        self.file.read_exact_at(&mut bytes, HEADER_LEN + 2 * u64::from(position))?;
        for (sample, pair) in into.iter_mut().zip(bytes.as_chunks().0) {
            *sample = i16::from_le_bytes(*pair);
        }
        Ok(count)
    }

    /// Ends the recording. After an earlier error, what reached the file is kept.
    pub(super) fn finish(mut self) -> io::Result<u32> {
        let clean = self.flush().is_ok();
        self.writer = None;
        if !clean {
            self.samples = repair(&mut self.file)?;
        }
        self.file.sync_all()?;
        Ok(self.samples)
    }
}

/// Makes the header say what the length of the file says; gives back the number of samples.
pub(super) fn repair(file: &mut File) -> io::Result<u32> {
    let data = file.metadata()?.len().saturating_sub(HEADER_LEN) / 2 * 2;
    let data = u32::try_from(data).unwrap_or(u32::MAX - 36);
    file.set_len(HEADER_LEN + u64::from(data))?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header(data))?;
    file.sync_all()?;
    Ok(data / 2)
}

/// The header of a recording with so many bytes of samples.
fn header(data: u32) -> Vec<u8> {
    let mut header = Vec::with_capacity(44);
    header.extend(b"RIFF");
    header.extend((data + 36).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    // PCM, one channel, samples and bytes a second, bytes a sample, bits a sample.
    header.extend(1_u16.to_le_bytes());
    header.extend(1_u16.to_le_bytes());
    header.extend(SAMPLE_RATE.to_le_bytes());
    header.extend((2 * SAMPLE_RATE).to_le_bytes());
    header.extend(2_u16.to_le_bytes());
    header.extend(16_u16.to_le_bytes());
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    header
}

fn plain(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        hound::Error::FormatError(_)
        | hound::Error::TooWide
        | hound::Error::UnfinishedSample
        | hound::Error::Unsupported
        | hound::Error::InvalidSampleFormat => io::Error::other(error),
    }
}

fn broken() -> io::Error {
    io::Error::other("the recording broke off")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recording on a disk that is full: the kernel's own device for it.
    fn on_a_full_disk() -> io::Result<Wav> {
        let path = Path::new("/dev/full");
        Wav::over(OpenOptions::new().read(true).write(true).open(path)?, path)
    }

    #[test]
    fn a_full_disk_is_an_error_within_the_second_and_nothing_is_taken_after_it() {
        let mut wav = on_a_full_disk().unwrap();
        wav.append(&[0; 7_000]).unwrap();
        let error = wav.append(&[0; 1_000]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(wav.append(&[0]).is_err());
        assert!(wav.flush().is_err());
    }

    #[test]
    fn the_repaired_header_is_the_one_that_hound_writes() {
        let mut written = io::Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut written, SPEC).unwrap();
        for sample in [1_i16, -2, 3] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        assert_eq!(written.into_inner()[..44], header(6));
    }
}
