use super::*;

const CLOCK: u32 = 8_000;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A packet of a press: key, end bit, duration; sequence and timestamp are given.
#[derive(Clone, Copy)]
struct Sent {
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    marker: bool,
    payload: [u8; 4],
}

fn sent(sequence: u16, timestamp: u32, code: u8, end: bool, duration: u16) -> Sent {
    let payload = Event { code, end, duration }.emit();
    Sent { sequence, timestamp, ssrc: 1, marker: false, payload }
}

struct Bench(EventReceiver);

impl Bench {
    fn new() -> Self {
        Self(EventReceiver::new(CLOCK, Report::AtStart))
    }

    fn at_end() -> Self {
        Self(EventReceiver::new(CLOCK, Report::AtEnd))
    }

    fn push(&mut self, sent: Sent, at_ms: u64) -> Option<u8> {
        let packet = Packet {
            payload_type: 96,
            marker: sent.marker,
            sequence: sent.sequence,
            timestamp: sent.timestamp,
            ssrc: sent.ssrc,
            payload: &sent.payload,
        };
        self.0.push(&packet, ms(at_ms)).map(|press| press.event)
    }

    /// A whole press: packets every 20 ms, the end three times; what was reported when.
    fn press(&mut self, first: Sent, packets: u16, at_ms: u64) -> Vec<(u64, u8)> {
        let [code, ..] = first.payload;
        let mut reported = Vec::new();
        for n in 0..packets + 2 {
            let duration = 160 * (n + 1).min(packets);
            let sequence = first.sequence.wrapping_add(n);
            let packet = Sent {
                marker: n == 0,
                ssrc: first.ssrc,
                ..sent(sequence, first.timestamp, code, n + 1 >= packets, duration)
            };
            let at_ms = at_ms + 20 * u64::from(n);
            reported.extend(self.push(packet, at_ms).map(|code| (at_ms, code)));
        }
        reported
    }
}

fn voice(sequence: u16) -> Packet<'static> {
    Packet {
        payload_type: 8,
        marker: false,
        sequence,
        timestamp: 0,
        ssrc: 1,
        payload: &[0xD5; 160],
    }
}

#[test]
fn rule_1_durations_count_in_the_clock_of_the_payload_type() {
    // 240 ms were lost: 11,520 units at 48 kHz. At 8 kHz they would be 1.44 s.
    let before = sent(10, 0, 5, false, 960);
    let after = sent(22, 0, 5, false, 960 + 11_520);
    let mut at_48_khz = Bench(EventReceiver::new(48_000, Report::AtStart));
    assert_eq!(at_48_khz.push(before, 0), Some(5));
    assert_eq!(at_48_khz.push(after, 240), None);
    // Such a gap grows by 240 + 150 ms at most; beyond that it is another press.
    let mut at_48_khz = Bench(EventReceiver::new(48_000, Report::AtStart));
    assert_eq!(at_48_khz.push(before, 0), Some(5));
    assert_eq!(at_48_khz.push(after, 400), Some(5));
    // The payload type itself is the caller's to sort by: 96 here, not 101.
}

#[test]
fn rule_2_a_press_is_known_by_source_timestamp_and_key_and_not_by_its_marker() {
    let mut bench = Bench::new();
    let first = sent(10, 4000, 5, false, 160);
    assert_eq!(bench.push(first, 0), Some(5), "no marker at all");
    assert_eq!(bench.push(Sent { marker: true, ..first }, 20), None, "a marker in the middle");
    assert_eq!(bench.push(sent(12, 4000, 6, false, 160), 40), Some(6), "another key");
    assert_eq!(bench.push(sent(13, 4800, 5, false, 160), 60), Some(5), "another time");
    assert_eq!(bench.push(Sent { ssrc: 2, ..first }, 80), Some(5), "another source");
}

#[test]
fn rule_3_a_press_is_reported_at_its_first_packet() {
    assert_eq!(Bench::new().press(sent(10, 0, 5, false, 0), 10, 0), [(0, 5)]);
}

#[test]
fn rule_3_or_at_the_first_of_its_three_end_packets() {
    // Ten packets: the tenth, at 180 ms, is the first with the end bit.
    assert_eq!(Bench::at_end().press(sent(10, 0, 5, false, 0), 10, 0), [(180, 5)]);
}

#[test]
fn rule_3_a_press_whose_first_packets_are_lost_is_reported_at_what_is_left() {
    let end = sent(20, 0, 5, true, 1600);
    assert_eq!(Bench::new().push(end, 0), Some(5));
    let mut bench = Bench::at_end();
    assert_eq!(bench.push(end, 0), Some(5));
    assert_eq!(bench.push(end, 20), None);
}

#[test]
fn rule_4_a_press_without_an_end_ends_with_the_next_voice_packet() {
    let mut bench = Bench::at_end();
    assert_eq!(bench.push(sent(10, 0, 5, false, 160), 0), None);
    assert!(bench.0.is_down());
    assert_eq!(bench.0.voice(&voice(9)), None, "voice from before the press");
    assert_eq!(bench.0.voice(&voice(11)), Some(Press { event: 5 }));
    assert!(!bench.0.is_down());
    assert_eq!(bench.0.voice(&voice(12)), None);
}

#[test]
fn rule_4_or_after_100_ms_without_a_packet() {
    let mut bench = Bench::at_end();
    bench.push(sent(10, 0, 5, false, 160), 0);
    bench.push(sent(11, 0, 5, false, 320), 20);
    assert_eq!(bench.0.tick(ms(119)), None);
    assert_eq!(bench.0.tick(ms(120)), Some(Press { event: 5 }));
    assert_eq!(bench.0.tick(ms(500)), None);
}

#[test]
fn rule_4_or_with_the_next_press() {
    let mut bench = Bench::at_end();
    assert_eq!(bench.push(sent(10, 0, 5, false, 160), 0), None);
    assert_eq!(bench.push(sent(20, 1600, 6, false, 160), 60), Some(5));
    assert_eq!(bench.push(sent(21, 1600, 6, true, 320), 80), Some(6));
}

#[test]
fn rule_4_an_end_that_comes_after_all_is_no_second_press() {
    for mut bench in [Bench::new(), Bench::at_end()] {
        let mut count = usize::from(bench.push(sent(10, 0, 5, false, 160), 0).is_some());
        count += usize::from(bench.0.tick(ms(100)).is_some());
        count += usize::from(bench.push(sent(11, 0, 5, true, 320), 120).is_some());
        assert_eq!(count, 1);
    }
}

#[test]
fn rule_5_sequences_and_timestamps_wrap() {
    let mut bench = Bench::new();
    let first = sent(u16::MAX, u32::MAX - 100, 5, false, 0);
    assert_eq!(bench.press(first, 5, 0), [(0, 5)]);
    // The next press has smaller numbers than the one before.
    assert_eq!(bench.press(sent(20, 700, 5, false, 0), 5, 400), [(400, 5)]);
    let mut bench = Bench::at_end();
    bench.push(sent(u16::MAX, 0, 5, false, 160), 0);
    assert_eq!(bench.0.voice(&voice(0)), Some(Press { event: 5 }), "0 follows 65535");
}

#[test]
fn rule_5_a_new_source_with_smaller_timestamps_is_heard() {
    let mut bench = Bench::new();
    assert_eq!(bench.press(sent(500, 900_000, 5, false, 0), 5, 0), [(0, 5)]);
    let other = Sent { ssrc: 2, ..sent(3, 100, 5, false, 0) };
    assert_eq!(bench.press(other, 5, 300), [(300, 5)]);
}

#[test]
fn rule_6_a_first_duration_of_zero_and_one_number_for_all_ends_are_taken() {
    // The shape of a recorded stream: 40 ms steps of 320, total 2240.
    let mut bench = Bench::new();
    let mut reported = 0;
    for n in 0..7_u16 {
        let packet = sent(100 + n, 0, 1, false, 320 * n);
        reported += usize::from(bench.push(packet, 40 * u64::from(n)).is_some());
    }
    for _ in 0..3 {
        reported += usize::from(bench.push(sent(107, 0, 1, true, 2240), 280).is_some());
    }
    assert_eq!(reported, 1);
    assert!(!bench.0.is_down());
}

#[test]
fn rule_7_end_packets_with_changed_timestamps_belong_to_the_press_before() {
    for mut bench in [Bench::new(), Bench::at_end()] {
        let mut reported = Vec::new();
        reported.extend(bench.push(sent(10, 8000, 5, false, 160), 0));
        reported.extend(bench.push(sent(11, 8000, 5, false, 320), 20));
        for n in 0..3 {
            let end = sent(12 + n, 8480 + 160 * u32::from(n), 5, true, 480);
            reported.extend(bench.push(end, 40 + 20 * u64::from(n)));
        }
        assert_eq!(reported, [5]);
    }
}

#[test]
fn rule_7_holds_for_150_ms_and_for_the_same_key_and_source() {
    let restamped = |code| sent(12, 9999, code, true, 480);
    let begun = || {
        let mut bench = Bench::new();
        bench.push(sent(10, 8000, 5, false, 160), 0);
        bench
    };
    assert_eq!(begun().push(restamped(5), 150), None);
    assert_eq!(begun().push(restamped(5), 151), Some(5));
    assert_eq!(begun().push(restamped(6), 20), Some(6));
    assert_eq!(begun().push(Sent { ssrc: 2, ..restamped(5) }, 20), Some(5));
}

#[test]
fn rule_8_the_same_numbers_after_a_gap_are_a_new_press() {
    let mut bench = Bench::new();
    let replayed = sent(10, 8000, 5, false, 0);
    // Five packets and two more ends: the last at 120 ms.
    assert_eq!(bench.press(replayed, 5, 0), [(0, 5)]);
    assert_eq!(bench.press(replayed, 5, 271), [(271, 5)]);
    assert_eq!(bench.press(replayed, 5, 10_000), [(10_000, 5)]);
}

#[test]
fn rule_8_up_to_150_ms_of_silence_are_no_gap() {
    let mut bench = Bench::new();
    bench.press(sent(10, 8000, 5, false, 0), 5, 0);
    assert_eq!(bench.push(sent(14, 8000, 5, true, 800), 270), None);
}

#[test]
fn rule_8_a_gap_in_which_the_duration_grew_as_well_is_loss_and_no_new_press() {
    let mut bench = Bench::new();
    assert_eq!(bench.push(sent(10, 0, 5, false, 160), 0), Some(5));
    // Nothing for 400 ms; the key is still down: 160 + 3200 units.
    assert_eq!(bench.push(sent(30, 0, 5, false, 3360), 400), None);
}

#[test]
fn a_press_longer_than_16_bits_is_one_press() {
    let mut bench = Bench::new();
    let mut reported = Vec::new();
    // 20 s in packets every 20 ms; each segment's timestamp lies 65535 after the one before.
    for n in 0..1000_u32 {
        let total = (n + 1) * 160;
        let (segment, duration) = (total / 65_535, total % 65_535);
        let packet = sent(n as u16, segment * 65_535, 5, false, duration as u16);
        reported.extend(bench.push(packet, 20 * u64::from(n)));
    }
    assert_eq!(reported, [5]);
}

#[test]
fn stragglers_of_a_press_that_come_during_the_next_are_not_counted_again() {
    let mut bench = Bench::new();
    assert_eq!(bench.push(sent(10, 0, 5, false, 160), 0), Some(5));
    assert_eq!(bench.push(sent(20, 1600, 6, false, 160), 90), Some(6));
    assert_eq!(bench.push(sent(13, 0, 5, true, 640), 95), None);
    assert_eq!(bench.push(sent(21, 1600, 6, false, 320), 110), None);
}

#[test]
fn events_that_are_no_keys_are_not_heard() {
    let mut bench = Bench::new();
    let mut flash = sent(10, 0, 0, false, 160);
    flash.payload[0] = 16;
    assert_eq!(bench.push(flash, 0), None);
    assert!(!bench.0.is_down());
}

#[test]
fn the_memory_is_bounded_and_forgets_the_oldest() {
    let mut bench = Bench::new();
    for n in 0..1000_u16 {
        let packet = sent(n, u32::from(n) * 1000, (n % 10) as u8, false, 160);
        assert!(bench.push(packet, 0).is_some());
    }
    assert_eq!(bench.0.remembered.len(), 8);
}

#[test]
fn debug_shows_no_key() {
    let mut bench = Bench::new();
    bench.push(sent(10, 0, 7, false, 160), 0);
    assert!(!format!("{:?} {:?}", bench.0, Press { event: 7 }).contains('7'));
}
