//! A leg alone, on time that the test makes.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::*;

/// The far side: what it sends, and how much it was sent.
#[derive(Default)]
struct Wire {
    media: VecDeque<Vec<u8>>,
    control: VecDeque<Vec<u8>>,
    heard: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub(in crate::media) struct Far(Arc<Mutex<Wire>>);

impl MediaSocket for Far {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().heard.push(datagram.to_vec());
        Ok(())
    }
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        Ok(copied(self.0.lock().unwrap().media.pop_front(), buffer))
    }
    fn receive_control(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        Ok(copied(self.0.lock().unwrap().control.pop_front(), buffer))
    }
    fn connect(&mut self, _: SocketAddr) -> io::Result<()> {
        Ok(())
    }
    fn local(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 4_000).into())
    }
}

fn copied(datagram: Option<Vec<u8>>, buffer: &mut [u8]) -> Option<usize> {
    let datagram = datagram?;
    buffer[..datagram.len()].copy_from_slice(&datagram);
    Some(datagram.len())
}

/// PCMA (8) and telephone-event (101) with the usual media time-out of 30 s.
pub(in crate::media) fn setup(far: &Far) -> LegSetup {
    LegSetup {
        socket: Box::new(far.clone()),
        codec: Codec::Pcma,
        payload_type: 8,
        event_type: Some(101),
        timeout: Duration::from_secs(30),
        random: 7,
    }
}

struct Bench {
    leg: Leg,
    far: Far,
    now: Duration,
    told: Vec<String>,
    sequence: u16,
}

impl Bench {
    fn new() -> Self {
        let far = Far::default();
        let leg = Leg::new(setup(&far), 0, Duration::ZERO);
        Self { leg, far, now: Duration::ZERO, told: Vec::new(), sequence: 0 }
    }

    fn command(&mut self, command: MediaCommand) {
        let (blocks, told) = (BlockPool::new(1), &mut self.told);
        self.leg.command(command, &blocks, self.now, &mut |event| told.push(format!("{event:?}")));
    }

    fn tick(&mut self) {
        let (blocks, told) = (BlockPool::new(1), &mut self.told);
        let mut tell = |event: MediaEvent| told.push(format!("{event:?}"));
        self.leg.receive(&mut [0; 2_048], &blocks, self.now, &mut tell);
        self.leg.send(None, &mut tell);
        self.now += Duration::from_millis(20);
    }

    /// Ticks for so many seconds and says what was told.
    fn pass(&mut self, seconds: u32) -> Vec<String> {
        for _ in 0..seconds * 50 {
            self.tick();
        }
        core::mem::take(&mut self.told)
    }

    /// One RTP packet of the far side.
    fn packet(&mut self, payload_type: u8, payload: &[u8]) {
        self.sequence += 1;
        let mut packet = vec![0x80, payload_type];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * 160).to_be_bytes());
        packet.extend([0, 0, 0, 9]);
        packet.extend(payload);
        self.far.0.lock().unwrap().media.push_back(packet);
        self.tick();
    }
}

/// An empty receiver report (RFC 3550, section 6.4.2).
const RECEIVER_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 9];

#[test]
fn silence_of_the_far_side_is_told_after_the_time_out_and_not_before() {
    let mut bench = Bench::new();
    assert_eq!(bench.pass(30), [""; 0]);
    assert_eq!(bench.pass(1), ["TimedOut"]);
}

#[test]
fn rtcp_on_a_port_of_its_own_keeps_a_silent_call_alive() {
    let mut bench = Bench::new();
    for _ in 0..10 {
        bench.far.0.lock().unwrap().control.push_back(RECEIVER_REPORT.to_vec());
        assert_eq!(bench.pass(10), [""; 0]);
    }
    bench.far.0.lock().unwrap().control.push_back(b"no report".to_vec());
    assert_eq!(bench.pass(31), ["TimedOut"]);
}

#[test]
fn a_hold_is_no_silence_but_ends_after_five_minutes() {
    let mut bench = Bench::new();
    bench.command(MediaCommand::Hold(true));
    assert_eq!(bench.pass(200), [""; 0]);
    // Music on hold and a hold that is said again do not prolong it.
    bench.packet(8, &[0xd5; 160]);
    bench.command(MediaCommand::Hold(true));
    assert_eq!(bench.pass(101), ["FirstPacket", "TimedOut"]);
}

#[test]
fn what_plays_comes_to_its_end_on_hold_and_nothing_of_it_is_sent() {
    let mut bench = Bench::new();
    bench.command(MediaCommand::Hold(true));
    bench.command(MediaCommand::Play { play: 5, clips: Box::new([Clip::Silence(50)]) });
    assert_eq!(bench.pass(1), ["Played(5)"]);
    assert!(bench.far.0.lock().unwrap().heard.is_empty());
}

#[test]
fn new_payload_types_are_heard_and_sent_with() {
    let mut bench = Bench::new();
    bench.command(MediaCommand::Retune { payload_type: 97, event_type: Some(96) });
    bench.packet(97, &[0xd5; 160]);
    // Event 5, end bit unset, volume 10, 160 samples long.
    bench.packet(96, &[5, 10, 0, 160]);
    assert_eq!(bench.told, ["FirstPacket", "Key(5)"]);
    assert!(bench.far.0.lock().unwrap().heard.iter().all(|packet| packet[1] & 0x7f == 97));
    bench.packet(101, &[6, 10, 0, 160]);
    assert_eq!((bench.told.len(), bench.leg.stats().foreign), (2, 1));
}
