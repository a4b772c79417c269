//! What runs for every packet and in every tick allocates nothing.
#![expect(unsafe_code, reason = "a global allocator that counts can only be written with unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use linka_rtp::{EventReceiver, EventSender, JitterBuffer, Kind, Report, Sender, classify};

thread_local! {
    // Counted per thread, because the test harness allocates on its own.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn allocations_of(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations_of(|| drop(std::hint::black_box(vec![1_u8; 100]))), 1);
}

#[test]
fn a_thousand_ticks_allocate_nothing() {
    let mut sender = Sender::new(1, 65_000, u32::MAX - 500);
    let mut keys = EventSender::new();
    let mut buffer = JitterBuffer::new(0xD5);
    let mut receiver = EventReceiver::new(8_000, Report::AtStart);
    let (mut frames, mut presses) = (0, 0);
    let count = allocations_of(|| {
        for tick in 0..1000_u64 {
            let now = Duration::from_millis(20 * tick);
            if tick % 50 == 10 {
                keys.start(5, 80);
            }
            let mut datagram = [0xD5; 172];
            let len = if let Some(packet) = keys.next_packet() {
                datagram[..12].copy_from_slice(&sender.event_header(101, packet.marker, 160));
                datagram[12..16].copy_from_slice(&packet.payload);
                16
            } else {
                datagram[..12].copy_from_slice(&sender.header(8, false, 160));
                172
            };
            if let Kind::Rtp(packet) = classify(&datagram[..len]) {
                if packet.payload_type == 101 {
                    buffer.note(&packet);
                    presses += u32::from(receiver.push(&packet, now).is_some());
                } else {
                    buffer.push(&packet, now);
                    let _ = receiver.voice(&packet);
                }
            }
            let _ = receiver.tick(now);
            frames += u32::from(matches!(buffer.pop(), linka_rtp::Popped::Frame(_)));
        }
    });
    assert_eq!(count, 0);
    // 20 presses of six packets; the rest is voice, of which the last two frames still wait.
    assert_eq!(presses, 20);
    assert_eq!(frames, 1000 - 20 * 6 - 2);
    assert_eq!(buffer.stats().lost, 0);
}
