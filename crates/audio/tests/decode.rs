//! Files of every kind that is taken, and of many kinds that are not.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use linka_audio::{DecodeError, Pcm, decode_file, level_dbfs, resample, to_i16};
use proptest::prelude::*;

const FLAC: &[u8] = include_bytes!("fixtures/tone.flac");
const OGG: &[u8] = include_bytes!("fixtures/tone.ogg");
const MP3: &[u8] = include_bytes!("fixtures/tone.mp3");
const M4A: &[u8] = include_bytes!("fixtures/tone.m4a");

fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let format = SampleFormat::Int;
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: format };
    let mut file = Cursor::new(Vec::new());
    let written = WavWriter::new(&mut file, spec).and_then(|mut writer| {
        samples.iter().try_for_each(|&sample| writer.write_sample(sample))?;
        writer.finalize()
    });
    assert!(written.is_ok());
    file.into_inner()
}

/// A WAV file with bytes of G.711: format 6 is A-law, 7 is µ-law.
fn g711_wav(format: u8, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x12\0\0\0".to_vec();
    file.extend([format, 0, 1, 0]);
    file.extend(8000_u32.to_le_bytes());
    file.extend(8000_u32.to_le_bytes());
    file.extend([1, 0, 8, 0, 0, 0]);
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    let riff_len = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&riff_len.to_le_bytes());
    file
}

/// Rises through zero in the middle of the sound, as Hz.
fn pitch(pcm: &Pcm) -> f64 {
    let quarter = pcm.samples.len() / 4;
    let middle = &pcm.samples[quarter..3 * quarter];
    let rises = middle.windows(2).filter(|w| w[0] <= 0.0 && w[1] > 0.0).count();
    rises as f64 * f64::from(pcm.rate) / middle.len() as f64
}

fn middle_level(pcm: &Pcm) -> f32 {
    let samples = to_i16(&pcm.samples);
    level_dbfs(&samples[samples.len() / 4..samples.len() * 3 / 4])
}

#[test]
fn wav_samples_come_out_as_they_went_in() {
    let pcm = decode_file(wav(16_000, 1, &[0, 16_384, -16_384, i16::MIN]), "wav").unwrap();
    assert_eq!(pcm.rate, 16_000);
    assert_eq!(pcm.samples, [0.0, 0.5, -0.5, -1.0]);
}

#[test]
fn two_channels_are_averaged() {
    let pcm = decode_file(wav(8_000, 2, &[16_384, 0, -8_192, 8_192]), "WAV").unwrap();
    assert_eq!(pcm.samples, [0.25, 0.0]);
}

#[test]
fn alaw_and_ulaw_in_wav_are_taken() {
    // A-law 0xAA is 32256 and 0xD5 is 8; µ-law 0x80 is 32124 and 0xFF is 0.
    let alaw = decode_file(g711_wav(6, &[0xAA, 0xD5]), "wav").unwrap();
    assert_eq!(to_i16(&alaw.samples), [32_256, 8]);
    let ulaw = decode_file(g711_wav(7, &[0x80, 0xFF]), "wav").unwrap();
    assert_eq!(to_i16(&ulaw.samples), [32_124, 0]);
}

#[test]
fn flac_ogg_mp3_and_m4a_hold_the_tone_that_was_put_in() {
    for (bytes, extension) in [(FLAC, "flac"), (OGG, "ogg"), (MP3, "mp3"), (M4A, "m4a")] {
        let pcm = decode_file(bytes.to_vec(), extension).unwrap();
        assert_eq!(pcm.rate, 16_000, "{extension}");
        // 250 ms are 4000 samples; MP3 and AAC may add frames of their own at both ends.
        assert!((3_900..6_000).contains(&pcm.samples.len()), "{extension}: {}", pcm.samples.len());
        assert!((pitch(&pcm) - 1000.0).abs() < 15.0, "{extension}: {} Hz", pitch(&pcm));
        assert!((middle_level(&pcm) + 20.0).abs() < 0.5, "{extension}: {}", middle_level(&pcm));
    }
}

#[test]
fn other_endings_are_refused_before_the_file_is_opened() {
    for extension in ["opus", "aac", "mkv", "", ".wav", "exe"] {
        let refused = decode_file(wav(8_000, 1, &[1]), extension);
        assert_eq!(refused, Err(DecodeError::Extension), "{extension}");
    }
}

#[test]
fn limits_hold() {
    let too_large = vec![0; 20 * 1024 * 1024 + 1];
    assert_eq!(decode_file(too_large, "wav"), Err(DecodeError::TooLarge));
    // 601 s at 8 kHz.
    let too_long = wav(8_000, 1, &vec![0; 601 * 8_000]);
    assert_eq!(decode_file(too_long, "wav"), Err(DecodeError::TooLong));
    let longest = wav(8_000, 1, &vec![0; 600 * 8_000]);
    assert_eq!(decode_file(longest, "wav").unwrap().samples.len(), 4_800_000);
    assert_eq!(decode_file(wav(96_000, 1, &[1; 100]), "wav"), Err(DecodeError::Rate));
    assert_eq!(decode_file(wav(6_000, 1, &[1; 100]), "wav"), Err(DecodeError::Rate));
    assert_eq!(decode_file(wav(8_000, 3, &[1; 99]), "wav"), Err(DecodeError::Channels));
}

#[test]
fn nothing_and_noise_are_not_sound() {
    assert!(decode_file(Vec::new(), "wav").is_err());
    assert!(decode_file(b"not a sound at all".to_vec(), "mp3").is_err());
    assert_eq!(decode_file(wav(8_000, 1, &[]), "wav"), Err(DecodeError::Empty));
}

#[test]
fn a_header_that_promises_four_gigabytes_takes_no_more_than_the_file_has() {
    let mut file = wav(8_000, 1, &[5; 1000]);
    file[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    if let Ok(pcm) = decode_file(file, "wav") {
        assert!(pcm.samples.len() <= 1000);
    }
}

#[test]
fn a_header_that_makes_the_decoder_overflow_is_refused() {
    // 32768 channels of 65535 bits: their product overflows inside the decoder's header check.
    let mut file = wav(8_000, 1, &[5; 100]);
    file[22..24].copy_from_slice(&[0, 128]);
    file[34..36].copy_from_slice(&[255, 255]);
    assert!(decode_file(file, "wav").is_err());
}

#[test]
fn errors_speak_of_the_limits() {
    assert_eq!(DecodeError::TooLarge.to_string(), "the file is larger than 20 MiB");
    assert_eq!(DecodeError::TooLong.to_string(), "the sound is longer than 10 minutes");
}

#[test]
fn a_decoded_file_ends_up_at_eight_kilohertz() {
    let pcm = decode_file(FLAC.to_vec(), "flac").unwrap();
    let telephone = resample(pcm, 8_000).unwrap();
    assert_eq!(telephone.rate, 8_000);
    assert!((telephone.samples.len() as i64 - 2000).abs() <= 2, "{}", telephone.samples.len());
    assert!((pitch(&telephone) - 1000.0).abs() < 15.0);
    assert!((middle_level(&telephone) + 20.0).abs() < 0.2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, ending in 0..5_usize) {
        let _ = decode_file(bytes, ["wav", "flac", "mp3", "m4a", "ogg"][ending]);
    }

    #[test]
    fn damaged_files_never_panic(file in 0..5_usize, at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let whole = [wav(8_000, 1, &[300; 400]), FLAC.to_vec(), OGG.to_vec(), MP3.to_vec(), M4A.to_vec()];
        let mut bytes = whole[file].clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + bytes.len() / 2);
        let _ = decode_file(bytes, ["wav", "flac", "ogg", "mp3", "m4a"][file]);
    }
}
