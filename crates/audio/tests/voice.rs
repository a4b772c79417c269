//! The voice detector on whole recordings, as they come through A-law.

use linka_audio::{Codec, FRAME, Frame, VoiceDetector, level_dbfs, tone};

const ENGLISH: &[u8] = include_bytes!("fixtures/speech-en.alaw");
const POLISH: &[u8] = include_bytes!("fixtures/speech-pl.alaw");

fn frames(alaw: &[u8]) -> Vec<Frame> {
    let decoded = alaw.chunks_exact(FRAME).map(|bytes| {
        let mut frame = [0; FRAME];
        Codec::Pcma.decode(bytes, &mut frame);
        frame
    });
    decoded.collect()
}

fn through_alaw(samples: &[i16]) -> Vec<Frame> {
    let mut bytes = vec![0; samples.len()];
    Codec::Pcma.encode(samples, &mut bytes);
    frames(&bytes)
}

/// Noise of an even spectrum from a xorshift generator; uniform, so its RMS is its peak / √3.
fn noise(samples: usize, dbfs: f32) -> Vec<i16> {
    let peak = 32_768.0 * 10f32.powf(dbfs / 20.0) * 3f32.sqrt();
    let mut state = 0x1234_5678_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state as f32 / u32::MAX as f32).mul_add(2.0, -1.0)
    };
    (0..samples).map(|_| (next() * peak) as i16).collect()
}

fn speech_frames(frames: &[Frame]) -> Vec<bool> {
    let mut detector = VoiceDetector::new();
    frames.iter().map(|frame| detector.is_speech(frame)).collect()
}

fn speech_count(frames: &[Frame]) -> usize {
    speech_frames(frames).into_iter().filter(|&speech| speech).count()
}

#[test]
fn nine_tenths_of_the_loud_frames_of_speech_are_speech() {
    for (language, recording) in [("English", ENGLISH), ("Polish", POLISH)] {
        let frames = frames(recording);
        let loud = frames.iter().filter(|frame| level_dbfs(*frame) > -45.0).count();
        let speech = speech_count(&frames);
        assert!(loud > 90, "{language}: {loud} loud frames of {}", frames.len());
        assert!(speech <= loud, "{language}: quiet frames are never speech");
        assert!(speech * 10 >= loud * 9, "{language}: {speech} of {loud}");
    }
}

#[test]
fn speech_is_heard_within_a_tenth_of_a_second() {
    let recording = frames(ENGLISH);
    let first_loud = recording.iter().position(|frame| level_dbfs(frame) > -45.0).unwrap();
    let first_speech = speech_frames(&recording).into_iter().position(|speech| speech).unwrap();
    assert!(first_speech - first_loud <= 5, "loud in {first_loud}, speech in {first_speech}");
}

#[test]
fn speech_after_ten_seconds_of_silence_is_heard_as_well() {
    let mut recording = through_alaw(&[0; 80_000]);
    assert_eq!(speech_count(&recording), 0);
    recording.extend(frames(ENGLISH));
    assert!(speech_count(&recording) > 90);
}

#[test]
fn quiet_speech_is_heard_down_to_the_floor_only() {
    let scaled = |divisor: i16| {
        let loud = frames(ENGLISH).concat();
        through_alaw(&loud.iter().map(|sample| sample / divisor).collect::<Vec<_>>())
    };
    // About −20 dBFS as recorded: at a quarter −32 dBFS; at 1/64 (−36 dB) at −56 dBFS.
    assert!(speech_count(&scaled(4)) > 60);
    assert_eq!(speech_count(&scaled(64)), 0);
}

#[test]
fn silence_is_not_speech() {
    assert_eq!(speech_count(&through_alaw(&[0; 24_000])), 0);
}

#[test]
fn tones_are_not_speech() {
    for hz in [300.0, 350.0, 425.0, 480.0, 620.0, 1000.0, 1400.0, 2100.0] {
        for dbfs in [-10.0, -20.0, -30.0, -40.0] {
            let frames = through_alaw(&tone(hz, 3000, dbfs));
            assert_eq!(speech_count(&frames), 0, "{hz} Hz at {dbfs} dBFS");
        }
    }
}

#[test]
fn a_busy_tone_in_its_cadence_is_hardly_speech() {
    // 425 Hz, 330 ms on and 330 ms off, for four seconds: a torn line.
    let mut samples = Vec::new();
    for _ in 0..6 {
        samples.extend(tone(425.0, 330, -15.0));
        samples.extend([0; 2640]);
    }
    let speech = speech_count(&through_alaw(&samples));
    // Only the frames in which it is switched are no pure tone.
    assert!(speech <= 12, "{speech} of 198");
}

#[test]
fn a_key_held_down_is_speech_at_most_where_it_begins() {
    let (low, high) = (tone(770.0, 3000, -16.0), tone(1336.0, 3000, -14.0));
    let key: Vec<i16> = low.iter().zip(high).map(|(a, b)| a + b).collect();
    let speech = speech_count(&through_alaw(&key));
    // A weakness of the detector, pinned: where a key begins it doubts for some 160 ms, and voice
    // holds on for 100 ms more.
    assert!(speech <= 13, "{speech} of 150");
}

#[test]
fn noise_is_not_speech_quiet_or_loud() {
    for dbfs in [-50.0, -40.0, -30.0, -20.0] {
        let frames = through_alaw(&noise(24_000, dbfs));
        assert_eq!(speech_count(&frames), 0, "{dbfs} dBFS");
    }
}

#[test]
fn a_detector_says_the_same_every_time() {
    let recording = frames(POLISH);
    assert_eq!(speech_frames(&recording), speech_frames(&recording));
}
