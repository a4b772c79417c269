//! Telephones in rooms of three, over real UDP on loopback, served by the engine's media threads.
//!
//! A run has twelve beats: one to warm up, two quiet ones, six with 1 % loss in which somebody of
//! every third room leaves, visits the next room and comes home, one to settle, and two quiet ones.

use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::Ordering;

use linka_audio::Codec;
use linka_engine::clock;
use linka_engine::media::{
    ConferenceId, LegId, LegSetup, MediaCommand, MediaPool, MediaSocket, PoolConfig, PortRange,
};
use linka_rtp::{HEADER, Kind, Sender, classify};

use crate::ear::{Ear, Heard};
use crate::outcome::Outcome;
use crate::voice::{Payload, voice};

/// Telephones in one room.
const ROOM: usize = 3;
/// Telephones that share a socket, so that 900 of them stay below 1024 open files; the port that a
/// packet comes from tells them apart.
const PARTY_LINE: usize = 16;
/// As the media threads do, a telephone speaks every fourth of these.
const SUB_TICK: Duration = Duration::from_millis(5);
const PHASES: usize = 4;
/// Below the kernel's own ports, which the telephones get.
const PORTS: (u16, u16) = (16_000, 32_766);
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// One packet of so many is lost in the beats with loss.
const LOSS: u64 = 100;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Telephones, a multiple of three.
    pub legs: usize,
    /// Media threads.
    pub threads: u16,
    /// A twelfth of the run.
    pub beat: Duration,
}

/// Plays the plan. Fails where sockets, threads or seats cannot be had.
pub fn run(plan: &Plan) -> io::Result<Outcome> {
    let mut hall = Hall::open(plan)?;
    let begun = clock::now();
    let (mut due, mut next_beat) = (begun, 0);
    for phase in (0..PHASES).cycle() {
        let beat = clock::now().saturating_sub(begun).as_millis() / plan.beat.as_millis().max(1);
        hall.listen(beat);
        if beat >= END {
            break;
        }
        while next_beat <= beat {
            hall.act(next_beat);
            next_beat += 1;
        }
        hall.speak(phase, lossy(beat));
        due += SUB_TICK;
        if let Some(rest) = due.checked_sub(clock::now()) {
            std::thread::sleep(rest);
        }
    }
    Ok(hall.close(clock::now().saturating_sub(begun)))
}

/// The beat after the last.
const END: u128 = 12;

const fn quiet(beat: u128) -> bool {
    matches!(beat, 1..=2 | 10..=11)
}

const fn lossy(beat: u128) -> bool {
    matches!(beat, 3..=8)
}

struct Phone {
    line: usize,
    engine: SocketAddr,
    leg: LegId,
    room: Option<usize>,
    sender: Sender,
    ear: Ear,
    quiet_exact: u64,
}

struct Hall {
    pool: MediaPool,
    threads: usize,
    lines: Vec<UdpSocket>,
    phones: Vec<Phone>,
    by_port: HashMap<u16, usize>,
    voices: Vec<Payload>,
    rooms: Vec<ConferenceId>,
    dice: u64,
    outcome: Outcome,
}

impl Hall {
    fn open(plan: &Plan) -> io::Result<Self> {
        let rooms = plan.legs / ROOM;
        let threads = usize::from(plan.threads.max(1));
        let rooms_a_thread = rooms.div_ceil(threads);
        let pool = MediaPool::start(PoolConfig {
            threads: plan.threads.max(1),
            legs_a_thread: small(rooms_a_thread * ROOM)?,
            conferences_a_thread: small(rooms_a_thread)?,
        })?;
        let lines =
            (0..plan.legs.div_ceil(PARTY_LINE)).map(|_| line()).collect::<Result<_, _>>()?;
        let rooms = (0..rooms).map_while(|_| pool.conference()).collect();
        let mut hall = Self {
            pool,
            threads,
            lines,
            phones: Vec::new(),
            by_port: HashMap::new(),
            voices: (0..plan.legs).map(voice).collect(),
            rooms,
            dice: 0x9E37_79B9_7F4A_7C15,
            outcome: Outcome { legs: plan.legs, threads: plan.threads, ..Outcome::default() },
        };
        let ports = PortRange::new(PORTS.0, PORTS.1);
        for number in 0..hall.rooms.len() * ROOM {
            hall.install(number, &ports)?;
        }
        Ok(hall)
    }

    /// Gives a telephone its leg in its room.
    fn install(&mut self, number: usize, ports: &PortRange) -> io::Result<()> {
        let (line, room) = (number / PARTY_LINE, number / ROOM);
        let socket = ports.open(LOCAL, self.lines[line].local_addr()?).map_err(io::Error::other)?;
        let engine = socket.local()?;
        let setup = LegSetup {
            socket: Box::new(socket),
            codec: Codec::Pcma,
            payload_type: Codec::Pcma.payload_type(),
            event_type: None,
            timeout: Duration::from_secs(60),
            random: clock::random(),
        };
        let leg = self
            .pool
            .open_in(self.rooms[room], setup, Box::new(|_nobody_asks| {}))
            .map_err(io::Error::other)?;
        let mates = (room * ROOM..(room + 1) * ROOM).filter(|mate| *mate != number).collect();
        self.by_port.insert(engine.port(), number);
        self.phones.push(Phone {
            line,
            engine,
            leg,
            room: Some(room),
            sender: Sender::new(number as u32, 0, 0),
            ear: Ear::new(mates, &self.voices),
            quiet_exact: 0,
        });
        Ok(())
    }

    /// Takes everything that came and judges it.
    fn listen(&mut self, beat: u128) {
        let mut buffer = [0; 512];
        for line in &self.lines {
            while let Ok((len, from)) = line.recv_from(&mut buffer) {
                let Some(&number) = self.by_port.get(&from.port()) else { continue };
                let Kind::Rtp(packet) = classify(&buffer[..len]) else { continue };
                let phone = &mut self.phones[number];
                let heard = phone.ear.hear(packet.payload, &self.voices);
                self.outcome.count(number, beat, quiet(beat), heard);
                phone.quiet_exact += u64::from(quiet(beat) && heard == Heard::Exact);
            }
        }
    }

    /// Every fourth telephone sends 20 ms of its voice.
    fn speak(&mut self, phase: usize, lossy: bool) {
        let mut datagram = [0; HEADER + linka_audio::FRAME];
        let speakers = self.phones.iter_mut().zip(&self.voices).skip(phase).step_by(PHASES);
        for (phone, voice) in speakers {
            let header = phone.sender.header(Codec::Pcma.payload_type(), false, 160);
            datagram[..HEADER].copy_from_slice(&header);
            datagram[HEADER..].copy_from_slice(voice);
            if lossy && unlucky(&mut self.dice) {
                continue;
            }
            let _lost_when_full = self.lines[phone.line].send_to(&datagram, phone.engine);
        }
    }

    /// What happens at the beginning of a beat.
    fn act(&mut self, beat: u128) {
        for home in (0..self.rooms.len()).step_by(3) {
            let mover = home * ROOM + ROOM - 1;
            match beat {
                3 => self.go(mover, None),
                // A conference's legs live on one thread; so the guest stays on its own.
                5 => self.go(mover, Some(home + self.threads).filter(|r| *r < self.rooms.len())),
                7 => self.go(mover, Some(home)),
                _ => {}
            }
        }
        for number in 0..self.phones.len() {
            let mates = self.mates(number);
            self.phones[number].ear.expect(mates, &self.voices);
        }
    }

    fn go(&mut self, number: usize, room: Option<usize>) {
        let phone = &mut self.phones[number];
        phone.room = room;
        let command = room.map_or(MediaCommand::Leave, |r| MediaCommand::Join(self.rooms[r]));
        self.pool.command(phone.leg, command);
    }

    /// Who is in the same room as this telephone.
    fn mates(&self, number: usize) -> Vec<usize> {
        let Some(room) = self.phones[number].room else { return Vec::new() };
        let in_room = |other: &usize| self.phones[*other].room == Some(room) && *other != number;
        // Only the neighbourhood can have come: the room's own and the guest from a thread before.
        let guest_home = room.checked_sub(self.threads).unwrap_or(room);
        let own = room * ROOM..(room + 1) * ROOM;
        let guests = guest_home * ROOM..(guest_home + 1) * ROOM;
        let foreign = guests.filter(|guest| guest_home != room && in_room(guest));
        own.filter(in_room).chain(foreign).collect()
    }

    fn close(mut self, elapsed: Duration) -> Outcome {
        let counters = self.pool.counters();
        self.outcome.elapsed = elapsed;
        self.outcome.busy = Duration::from_micros(counters.busy_us.load(Ordering::Relaxed));
        self.outcome.ticks = counters.ticks.load(Ordering::Relaxed);
        self.outcome.late_ticks = counters.late_ticks.load(Ordering::Relaxed);
        self.outcome.missed = self.phones.iter().map(|phone| phone.ear.missed()).sum();
        let least = self.phones.iter().map(|phone| phone.quiet_exact).min();
        self.outcome.quiet_exact_least = least.unwrap_or(0);
        self.outcome
    }
}

fn line() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((LOCAL, 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn small(number: usize) -> io::Result<u16> {
    u16::try_from(number).map_err(io::Error::other)
}

/// One time in [`LOSS`]: xorshift, the same in every run.
const fn unlucky(dice: &mut u64) -> bool {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    dice.is_multiple_of(LOSS)
}
