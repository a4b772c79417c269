//! What holds on every network, however bad.

use std::time::Duration;

use linka_rtp::{
    EventReceiver, EventSender, JitterBuffer, Kind, Packet, Popped, Report, Sender, classify,
};
use proptest::prelude::*;

const TICK_MS: u64 = 20;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// A datagram on its way: when it arrives, and its bytes.
type Arrival = (u64, Vec<u8>);

/// What the network does to one packet.
#[derive(Debug, Clone, Copy)]
struct Fate {
    lost: bool,
    delay_ms: u64,
    double_delay_ms: Option<u64>,
}

fn fate(loss_percent: u32, delay_ms_max: u64, double_percent: u32) -> impl Strategy<Value = Fate> {
    let again = (0..100_u32, 0..=delay_ms_max);
    (0..100_u32, 0..=delay_ms_max, again).prop_map(move |(loss, delay_ms, (double, again_ms))| {
        Fate {
            lost: loss < loss_percent,
            delay_ms,
            double_delay_ms: (double < double_percent).then_some(again_ms),
        }
    })
}

fn deliver(sent_ms: u64, datagram: &[u8], fate: Fate, arrivals: &mut Vec<Arrival>) {
    if !fate.lost {
        arrivals.push((sent_ms + fate.delay_ms, datagram.to_vec()));
    }
    if let Some(delay_ms) = fate.double_delay_ms {
        arrivals.push((sent_ms + delay_ms, datagram.to_vec()));
    }
}

fn rtp(datagram: &[u8]) -> Packet<'_> {
    match classify(datagram) {
        Kind::Rtp(packet) => packet,
        Kind::Rtcp(_) | Kind::Other => panic!("no RTP"),
    }
}

/// A frame that the buffer gave out: in which tick, and which packet it was.
#[derive(Debug, PartialEq)]
struct Heard {
    at_ms: u64,
    number: u32,
}

/// Sends one voice packet a tick, its number written all over it, and pops one frame a tick.
fn run_voice(
    fates: &[Fate],
    first_sequence: u16,
    first_timestamp: u32,
) -> (Vec<Arrival>, Vec<Heard>) {
    let mut sender = Sender::new(7, first_sequence, first_timestamp);
    let mut arrivals = Vec::new();
    for (number, fate) in (0_u32..).zip(fates) {
        let mut datagram = sender.header(8, number == 0, 160).to_vec();
        datagram.extend(number.to_be_bytes().repeat(40));
        deliver(u64::from(number) * TICK_MS, &datagram, *fate, &mut arrivals);
    }
    arrivals.sort_by_key(|arrival| arrival.0);
    let mut buffer = JitterBuffer::new(0xD5);
    let mut heard = Vec::new();
    let mut waiting = arrivals.iter().peekable();
    for tick in 0..fates.len() as u64 + 100 {
        let at_ms = tick * TICK_MS;
        while let Some((_, datagram)) = waiting.next_if(|arrival| arrival.0 <= at_ms) {
            buffer.push(&rtp(datagram), Duration::from_millis(at_ms));
        }
        if let Popped::Frame(frame) = buffer.pop() {
            let number = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]);
            assert!(frame.chunks(4).all(|chunk| chunk == &frame[..4]), "frames are not mixed");
            heard.push(Heard { at_ms, number });
        }
    }
    (arrivals, heard)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_datagrams_never_panic(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..50)) {
        let mut buffer = JitterBuffer::new(0xFF);
        let mut receiver = EventReceiver::new(8_000, Report::AtEnd);
        for (n, datagram) in datagrams.iter().enumerate() {
            let mut datagram = datagram.clone();
            // Half of them are made to look like RTP.
            if n % 2 == 0 && let Some(first) = datagram.first_mut() {
                *first = 0x80 | (*first & 0x3F);
            }
            let now = Duration::from_millis(n as u64 * 7);
            if let Kind::Rtp(packet) = classify(&datagram) {
                buffer.push(&packet, now);
                buffer.note(&packet);
                let _ = (receiver.push(&packet, now), receiver.voice(&packet));
            }
            let _ = receiver.tick(now);
            buffer.pop();
        }
    }

    #[test]
    fn arbitrary_headers_never_panic_nor_starve(
        packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0..3_u32, 0..1700_usize, any::<[u8; 4]>()), 0..100)
    ) {
        let mut buffer = JitterBuffer::new(0xFF);
        let mut receiver = EventReceiver::new(0, Report::AtStart);
        let payload = [0x55; 1700];
        for (n, (sequence, timestamp, ssrc, len, event)) in packets.iter().enumerate() {
            let now = Duration::from_millis(n as u64 * 30);
            let voice = Packet { payload_type: 8, marker: false, sequence: *sequence, timestamp: *timestamp, ssrc: *ssrc, payload: &payload[..*len] };
            buffer.push(&voice, now);
            receiver.push(&Packet { payload: event, ..voice }, now);
            buffer.pop();
        }
        // Whatever came before, a well-behaved sender is heard within 300 ms.
        let mut heard = 0;
        let mut sender = Sender::new(1, 17, 1_000_000);
        for n in 0..15_u64 {
            let header = sender.header(8, false, 160);
            let packet = Packet { payload: &payload[..160], ..rtp(&header) };
            buffer.push(&packet, Duration::from_millis(3_000 + n * 20));
            heard += u32::from(matches!(buffer.pop(), Popped::Frame(_)));
        }
        prop_assert!(heard > 0);
    }

    #[test]
    fn voice_is_never_out_of_order_nor_twice_nor_late_by_more_than_the_limit(
        fates in prop::collection::vec(fate(10, 300, 10), 1..300),
        first_sequence: u16,
        first_timestamp: u32,
    ) {
        let (arrivals, heard) = run_voice(&fates, first_sequence, first_timestamp);
        prop_assert!(heard.windows(2).all(|pair| pair[0].number < pair[1].number), "{heard:?}");
        for Heard { at_ms, number } in heard {
            let of_this = |arrival: &&Arrival| rtp(&arrival.1).payload[..4] == number.to_be_bytes();
            let arrived = arrivals.iter().find(of_this).map(|arrival| arrival.0).unwrap();
            // 200 ms in the buffer, and up to 20 ms until the tick that takes it in.
            prop_assert!(at_ms >= arrived && at_ms - arrived <= 220, "{number}: {arrived} to {at_ms}");
        }
    }

    #[test]
    fn jitter_within_the_starting_delay_loses_nothing(
        fates in prop::collection::vec(fate(0, 19, 20), 1..300),
        first_sequence: u16,
        first_timestamp: u32,
    ) {
        let (_, heard) = run_voice(&fates, first_sequence, first_timestamp);
        let numbers: Vec<u32> = heard.iter().map(|heard| heard.number).collect();
        prop_assert_eq!(numbers, (0..fates.len() as u32).collect::<Vec<_>>());
    }
}

/// One press of a key: which, for how long, and the pause after it.
#[derive(Debug, Clone)]
struct Key {
    event: u8,
    held_ms: u32,
    pause_ticks: usize,
    fates: Vec<Fate>,
}

/// Presses of 40 to 400 ms. Between two presses of the same key lie at least 280 ms: when all but
/// the end of the second is lost, rule 7 gives an end that comes within 150 ms to the first, and
/// reordering may bring it nearer by 100 ms.
fn key() -> impl Strategy<Value = Key> {
    let fates = prop::collection::vec(fate(10, 100, 5), 24);
    (0..16_u8, 40..=400_u32, 14..40_usize, fates)
        .prop_map(|(event, held_ms, pause_ticks, fates)| Key { event, held_ms, pause_ticks, fates })
}

/// Sends the presses; the presses of which anything arrived, and all that was heard.
fn run_keys(keys: &[Key], report: Report) -> (Vec<u8>, Vec<u8>) {
    let mut sender = Sender::new(7, 65_500, u32::MAX - 2_000);
    let mut arrivals = Vec::new();
    let mut expected = Vec::new();
    let mut at_ms = 0;
    for key in keys {
        let mut press = EventSender::new();
        assert!(press.start(key.event, key.held_ms));
        let before = arrivals.len();
        let packets: Vec<_> = std::iter::from_fn(|| press.next_packet()).collect();
        assert!(packets.len() <= key.fates.len());
        for (packet, fate) in packets.iter().zip(&key.fates) {
            let mut datagram = sender.event_header(101, packet.marker, 160).to_vec();
            datagram.extend(packet.payload);
            deliver(at_ms, &datagram, *fate, &mut arrivals);
            at_ms += TICK_MS;
        }
        if arrivals.len() > before {
            expected.push(key.event);
        }
        sender.advance(160 * key.pause_ticks as u32);
        at_ms += TICK_MS * key.pause_ticks as u64;
    }
    arrivals.sort_by_key(|arrival| arrival.0);
    let mut receiver = EventReceiver::new(8_000, report);
    let mut heard = Vec::new();
    let mut waiting = arrivals.iter().peekable();
    for now_ms in 0..at_ms + 1000 {
        let now = Duration::from_millis(now_ms);
        while let Some((_, datagram)) = waiting.next_if(|arrival| arrival.0 <= now_ms) {
            heard.extend(receiver.push(&rtp(datagram), now));
        }
        if now_ms % TICK_MS == 0 {
            heard.extend(receiver.tick(now));
        }
    }
    (expected, heard.into_iter().map(|press| press.event).collect())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_tenth_lost_and_100_ms_of_disorder_neither_double_nor_lose_a_press(
        keys in prop::collection::vec(key(), 1..30)
    ) {
        let (expected, heard) = run_keys(&keys, Report::AtStart);
        prop_assert_eq!(&heard, &expected);
        let (expected, heard) = run_keys(&keys, Report::AtEnd);
        prop_assert_eq!(heard, expected);
    }
}
