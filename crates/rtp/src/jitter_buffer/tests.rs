use super::*;

/// Packet n of a stream that begins at sequence 65530 and 800 samples before the timestamp's wrap,
/// so that every test crosses both wraps. Its 20 ms are filled with the byte n.
const FIRST_SEQUENCE: u16 = 65_530;
const FIRST_TIMESTAMP: u32 = u32::MAX - 799;

struct Bench {
    buffer: JitterBuffer,
    now: Duration,
}

impl Bench {
    fn new() -> Self {
        Self { buffer: JitterBuffer::new(0xD5), now: Duration::ZERO }
    }

    fn push(&mut self, n: u8) {
        self.push_of(1, n, &[n; 160]);
    }

    fn push_of(&mut self, ssrc: u32, n: u8, payload: &[u8]) {
        let timestamp = FIRST_TIMESTAMP.wrapping_add(u32::from(n) * 160);
        self.push_at(ssrc, FIRST_SEQUENCE.wrapping_add(u16::from(n)), timestamp, payload);
    }

    fn push_at(&mut self, ssrc: u32, sequence: u16, timestamp: u32, payload: &[u8]) {
        let packet = Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc, payload };
        self.buffer.push(&packet, self.now);
    }

    /// Pops once; `n` for a frame filled with n, −1 for a lost one, −2 for empty.
    fn tick(&mut self) -> i16 {
        self.now += Duration::from_millis(20);
        match self.buffer.pop() {
            Popped::Frame(frame) => {
                assert_eq!(frame.len(), 160);
                assert!(frame.iter().all(|&byte| byte == frame[0]), "a frame of mixed packets");
                i16::from(frame[0])
            }
            Popped::Lost => LOST,
            Popped::Empty => EMPTY,
        }
    }

    fn ticks(&mut self, count: usize) -> Vec<i16> {
        (0..count).map(|_| self.tick()).collect()
    }
}

const LOST: i16 = -1;
const EMPTY: i16 = -2;

#[test]
fn an_empty_buffer_is_empty() {
    assert_eq!(Bench::new().ticks(3), [EMPTY; 3]);
}

#[test]
fn the_first_frame_comes_out_after_40_ms() {
    let mut bench = Bench::new();
    bench.push(0);
    assert_eq!(bench.ticks(4), [EMPTY, EMPTY, 0, EMPTY]);
}

#[test]
fn an_even_stream_comes_out_even_across_both_wraps() {
    let mut bench = Bench::new();
    let mut heard = Vec::new();
    for n in 0..40 {
        bench.push(n);
        heard.push(bench.tick());
    }
    let expected: Vec<i16> = [EMPTY, EMPTY].into_iter().chain(0..38).collect();
    assert_eq!(heard, expected);
    assert_eq!(bench.buffer.stats(), Stats { received: 40, ..Stats::default() });
}

#[test]
fn disorder_within_the_delay_is_put_right() {
    let mut bench = Bench::new();
    for n in [1, 0, 3, 2] {
        bench.push(n);
    }
    // The delay is counted from packet 1, which came first: packet 0 plays a tick sooner.
    assert_eq!(bench.ticks(6), [EMPTY, 0, 1, 2, 3, EMPTY]);
    assert_eq!(bench.buffer.stats(), Stats { received: 4, ..Stats::default() });
}

#[test]
fn a_missing_frame_is_lost_and_the_end_is_empty() {
    let mut bench = Bench::new();
    for n in [0, 2] {
        bench.push(n);
    }
    assert_eq!(bench.ticks(6), [EMPTY, EMPTY, 0, LOST, 2, EMPTY]);
    assert_eq!(bench.buffer.stats(), Stats { received: 2, lost: 1, ..Stats::default() });
}

#[test]
fn a_duplicate_is_counted_and_played_once() {
    let mut bench = Bench::new();
    for n in [0, 0, 1] {
        bench.push(n);
    }
    assert_eq!(bench.ticks(5), [EMPTY, EMPTY, 0, 1, EMPTY]);
    bench.push(1);
    assert_eq!(bench.ticks(2), [EMPTY, EMPTY]);
    assert_eq!(bench.buffer.stats(), Stats { received: 2, duplicate: 2, ..Stats::default() });
}

#[test]
fn a_packet_that_comes_after_a_later_one_was_played_is_late() {
    let mut bench = Bench::new();
    for n in [0, 2] {
        bench.push(n);
    }
    assert_eq!(bench.ticks(5), [EMPTY, EMPTY, 0, LOST, 2]);
    bench.push(1);
    assert_eq!(bench.ticks(1), [EMPTY]);
    // It came after all, so it is late and not lost.
    assert_eq!(bench.buffer.stats(), Stats { received: 2, late: 1, ..Stats::default() });
}

#[test]
fn a_stalled_stream_widens_the_delay_and_loses_nothing() {
    let mut bench = Bench::new();
    bench.push(0);
    bench.push(1);
    assert_eq!(bench.ticks(7), [EMPTY, EMPTY, 0, 1, EMPTY, EMPTY, EMPTY]);
    for n in 2..6 {
        bench.push(n);
    }
    // Widened by the 60 ms stalled and 20 ms of headroom, which is a gap before frame 2.
    assert_eq!(bench.ticks(6), [LOST, 2, 3, 4, 5, EMPTY]);
    assert_eq!(bench.buffer.stats(), Stats { received: 6, ..Stats::default() });
}

#[test]
fn nothing_waits_longer_than_200_ms() {
    let mut bench = Bench::new();
    for n in 0..30 {
        bench.push(n);
    }
    // 600 ms came at once: the last 200 ms stay.
    let heard = bench.ticks(11);
    assert_eq!(heard[..10], (20..30).collect::<Vec<_>>());
    assert_eq!(heard[10], EMPTY);
}

#[test]
fn two_seconds_with_time_to_spare_narrow_the_delay_by_a_frame() {
    let mut bench = Bench::new();
    // Four packets at once, then one a tick: every later one has 100 ms to spare.
    for n in 0..4 {
        bench.push(n);
    }
    let mut heard = Vec::new();
    for n in 4..200 {
        bench.push(n);
        heard.push(bench.tick());
    }
    // The first look is at a margin of 40 ms, the first packet's own: nothing is cut.
    let cut: Vec<_> = heard[2..].windows(2).filter(|w| w[1] - w[0] != 1).collect();
    assert_eq!(cut.len(), 0, "{cut:?}");
    for n in 200..=255 {
        bench.push(n);
        heard.push(bench.tick());
    }
    // The second look, after 200 ticks, sees 100 ms for everybody and leaves frame 198 out.
    let cut: Vec<_> = heard[2..].windows(2).filter(|w| w[1] - w[0] != 1).collect();
    assert_eq!(cut, [&[197, 199]]);
}

#[test]
fn packets_of_10_30_and_60_ms_come_out_as_frames_of_20() {
    for ptime_samples in [80_usize, 240, 480] {
        let mut bench = Bench::new();
        let mut sent = (0..8 * 480).map(|n| (n / 160) as u8).collect::<Vec<_>>();
        sent.truncate(1440);
        for (n, payload) in sent.chunks(ptime_samples).enumerate() {
            let timestamp = FIRST_TIMESTAMP.wrapping_add((n * ptime_samples) as u32);
            bench.push_at(1, n as u16, timestamp, payload);
        }
        let expected: Vec<i16> = [EMPTY, EMPTY].into_iter().chain(0..9).collect();
        // 180 ms of sound behind 40 ms of delay is 20 ms more than may wait.
        assert_eq!(bench.ticks(10), expected[1..], "{ptime_samples} samples a packet");
    }
}

#[test]
fn what_is_missing_of_a_half_frame_is_silence() {
    let mut bench = Bench::new();
    bench.push_of(1, 0, &[7; 80]);
    bench.ticks(2);
    let Popped::Frame(frame) = bench.buffer.pop() else { panic!("no frame") };
    assert_eq!(frame[..80], [7; 80]);
    assert_eq!(frame[80..], [0xD5; 80]);
}

#[test]
fn another_source_begins_anew() {
    let mut bench = Bench::new();
    for n in 0..3 {
        bench.push(n);
    }
    assert_eq!(bench.ticks(3), [EMPTY, EMPTY, 0]);
    bench.push_at(2, 5, 1_000_000, &[99; 160]);
    assert_eq!(bench.ticks(4), [EMPTY, EMPTY, 99, EMPTY]);
}

#[test]
fn nothing_of_the_old_source_is_played_for_the_new_one() {
    let mut bench = Bench::new();
    for n in 0..4 {
        bench.push(n);
    }
    // Timestamps that the old packets 1, 2 and 3 have as well.
    bench.push_of(2, 1, &[99; 160]);
    assert_eq!(bench.ticks(5), [EMPTY, EMPTY, 99, EMPTY, EMPTY]);
}

#[test]
fn a_sender_whose_numbers_jump_is_followed_after_200_ms() {
    let mut bench = Bench::new();
    bench.push(0);
    bench.ticks(3);
    let mut heard = Vec::new();
    for n in 0..16_u16 {
        let timestamp = 500_000_000 + u32::from(n) * 160;
        bench.push_at(1, 20_000 + n, timestamp, &[100 + n as u8; 160]);
        heard.push(bench.tick());
    }
    // Ten strays in 200 ms; the eleventh packet (110) begins the stream.
    assert_eq!(heard[..12], [EMPTY; 12]);
    assert_eq!(heard[12..], [110, 111, 112, 113]);
    assert_eq!(bench.buffer.stats().late, 10);
}

#[test]
fn one_stray_packet_moves_nothing() {
    let mut bench = Bench::new();
    bench.push(0);
    bench.push_at(1, FIRST_SEQUENCE.wrapping_add(1), 900_000_000, &[200; 160]);
    bench.push_at(1, 30_000, FIRST_TIMESTAMP, &[200; 160]);
    bench.push(2);
    assert_eq!(bench.ticks(6), [EMPTY, EMPTY, 0, LOST, 2, EMPTY]);
}

#[test]
fn a_pause_of_a_sender_whose_clock_runs_on_keeps_the_delay() {
    let mut bench = Bench::new();
    bench.push(0);
    // Packet 0 plays in tick 2; the pause lasts until packet 100 is due to be sent, in tick 100.
    let heard = bench.ticks(100);
    assert_eq!((heard[2], heard[99]), (0, EMPTY));
    bench.push_at(
        1,
        FIRST_SEQUENCE.wrapping_add(1),
        FIRST_TIMESTAMP.wrapping_add(16_000),
        &[1; 160],
    );
    assert_eq!(bench.ticks(3), [LOST, LOST, 1]);
}

#[test]
fn a_pause_of_a_sender_whose_clock_stands_still_costs_nothing() {
    let mut bench = Bench::new();
    bench.push(0);
    bench.ticks(100);
    bench.push(1);
    bench.push(2);
    assert_eq!(bench.ticks(4), [LOST, 1, 2, EMPTY]);
}

#[test]
fn packets_without_voice_are_not_lost() {
    let mut bench = Bench::new();
    bench.push(0);
    let key = Packet {
        payload_type: 101,
        marker: true,
        sequence: FIRST_SEQUENCE.wrapping_add(1),
        timestamp: FIRST_TIMESTAMP.wrapping_add(160),
        ssrc: 1,
        payload: &[1, 10, 0, 160],
    };
    bench.buffer.note(&key);
    bench.push(2);
    assert_eq!(bench.buffer.stats(), Stats { received: 2, ..Stats::default() });
}

#[test]
fn empty_and_giant_packets_are_ignored() {
    let mut bench = Bench::new();
    bench.push_of(1, 0, &[]);
    bench.push_of(1, 0, &[1; 1601]);
    assert_eq!(bench.ticks(5), [EMPTY; 5]);
    assert_eq!(bench.buffer.stats(), Stats::default());
}

#[test]
fn debug_shows_no_voice() {
    let mut bench = Bench::new();
    bench.push(77);
    assert!(!format!("{:?}", bench.buffer).contains("77"));
    bench.ticks(2);
    assert_eq!(format!("{:?}", bench.buffer.pop()), "Frame");
}
