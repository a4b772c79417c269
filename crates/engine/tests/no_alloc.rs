//! A media thread at work allocates nothing: not while it plays, records and mixes, takes keys and
//! sends them, nor while what it tells is handed on.
#![expect(unsafe_code, reason = "a global allocator that counts can only be written with unsafe")]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use linka_audio::{Codec, FRAME, Prompt, tone};
use linka_engine::media::{
    Clip, LegId, LegSetup, MediaCommand, MediaEvent, MediaPool, MediaSocket, PoolConfig, PortRange,
};
use linka_rtp::{EventSender, HEADER, Sender};

/// Of all threads: nothing of the process may allocate while the media thread is watched.
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Below the kernel's own ports, and beside those of other tests.
const PORTS: (u16, u16) = (9_000, 9_098);
/// The payload type of telephone-event.
const EVENTS: u8 = 101;
/// Ticks of 20 ms before counting: every buffer has had its turn.
const WARM_UP: u64 = 150;
/// Ticks that are watched; a block of a recording is full every 50.
const WATCHED: u64 = 250;
/// Longer than both.
const PLAYED_MS: u32 = 700 * 20;

/// How often each event came.
#[derive(Default)]
struct Told {
    blocks: AtomicU64,
    keys: AtomicU64,
    played: AtomicU64,
    others: AtomicU64,
}

impl Told {
    fn count(&self, event: &MediaEvent) {
        let counter = match event {
            MediaEvent::Block(_) => &self.blocks,
            MediaEvent::Key(_) => &self.keys,
            MediaEvent::Played(_) => &self.played,
            MediaEvent::FirstPacket
            | MediaEvent::Spoke
            | MediaEvent::Silent
            | MediaEvent::Recorded { .. }
            | MediaEvent::Overrun
            | MediaEvent::TimedOut
            | MediaEvent::Closed(_) => &self.others,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A telephone and its leg.
struct Phone {
    socket: UdpSocket,
    engine: SocketAddr,
    leg: LegId,
    sender: Sender,
    keys: EventSender,
    heard: u64,
}

impl Phone {
    fn on(pool: &MediaPool, ports: &PortRange, told: &Arc<Told>) -> Self {
        let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let leg_socket = ports.open(LOCAL, socket.local_addr().unwrap()).unwrap();
        let engine = leg_socket.local().unwrap();
        let setup = LegSetup {
            socket: Box::new(leg_socket),
            codec: Codec::Pcma,
            payload_type: Codec::Pcma.payload_type(),
            event_type: Some(EVENTS),
            timeout: Duration::from_secs(60),
            random: 7,
        };
        let told = Arc::clone(told);
        let leg = pool.open(setup, Box::new(move |event| told.count(&event))).unwrap();
        let (sender, keys) = (Sender::new(1, 0, 0), EventSender::new());
        Self { socket, engine, leg, sender, keys, heard: 0 }
    }

    /// Hears what came, and sends 20 ms of `voice` or of a key.
    fn tick(&mut self, voice: &[u8; FRAME], presses: bool) {
        let mut datagram = [0; HEADER + FRAME];
        while self.socket.recv(&mut datagram).is_ok() {
            self.heard += 1;
        }
        if presses {
            let _pressed = self.keys.start(5, 80);
        }
        let len = match self.keys.next_packet() {
            Some(part) => {
                let header = self.sender.event_header(EVENTS, part.marker, 160);
                datagram[..HEADER].copy_from_slice(&header);
                datagram[HEADER..HEADER + 4].copy_from_slice(&part.payload);
                HEADER + 4
            }
            None => {
                let header = self.sender.header(Codec::Pcma.payload_type(), false, 160);
                datagram[..HEADER].copy_from_slice(&header);
                datagram[HEADER..].copy_from_slice(voice);
                datagram.len()
            }
        };
        self.socket.send_to(&datagram[..len], self.engine).unwrap();
    }
}

/// Legs at everything that a leg does: one plays, one records, two are in a conference.
fn busy_legs(pool: &MediaPool, told: &Arc<Told>) -> [Phone; 4] {
    let ports = PortRange::new(PORTS.0, PORTS.1);
    let phones = [(); 4].map(|()| Phone::on(pool, &ports, told));
    let sound = |ms| Clip::Prompt(Arc::new(Prompt::encode(&tone(440.0, ms, -20.0))));
    let room = pool.conference().unwrap();
    let clips = Box::new([sound(500), Clip::Silence(25), sound(PLAYED_MS)]);
    pool.command(phones[0].leg, MediaCommand::Play { play: 1, clips });
    pool.command(phones[1].leg, MediaCommand::StartRecording);
    // This one's play ends while it is watched.
    let clips = Box::new([sound(u32::try_from(WARM_UP + WATCHED / 2).unwrap() * 20)]);
    pool.command(phones[1].leg, MediaCommand::Play { play: 2, clips });
    pool.command(phones[2].leg, MediaCommand::Join(room));
    pool.command(phones[3].leg, MediaCommand::Join(room));
    phones
}

#[test]
fn a_media_thread_at_work_allocates_nothing() {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    drop(std::hint::black_box(vec![1_u8; 100]));
    assert!(ALLOCATIONS.load(Ordering::Relaxed) > before, "the counter does not count");
    let config = PoolConfig { threads: 1, legs_a_thread: 4, conferences_a_thread: 1 };
    let pool = MediaPool::start(config).unwrap();
    let told = Arc::new(Told::default());
    let mut phones = busy_legs(&pool, &told);
    let mut voice = [0; FRAME];
    Codec::Pcma.encode(&tone(300.0, 20, -15.0), &mut voice);
    let mut counted = 0;
    for tick in 0..WARM_UP + WATCHED {
        if tick == WARM_UP {
            counted = ALLOCATIONS.load(Ordering::Relaxed);
        }
        if tick % 50 == 20 {
            pool.command(phones[3].leg, MediaCommand::Press(3));
        }
        for (number, phone) in phones.iter_mut().enumerate() {
            phone.tick(&voice, number == 2 && tick % 50 == 10);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let allocated = ALLOCATIONS.load(Ordering::Relaxed) - counted;
    assert_eq!(allocated, 0);
    // All of it happened: a block each 50 frames, eight keys, an end of a play, sound to everyone.
    // A busy machine may have lost some.
    let seen = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    assert!(seen(&told.blocks) >= 4, "{} blocks", seen(&told.blocks));
    assert!(seen(&told.keys) >= 4, "{} keys", seen(&told.keys));
    assert_eq!(seen(&told.played), 1);
    for phone in &phones {
        assert!(phone.heard > WATCHED / 2, "{} packets", phone.heard);
    }
}
