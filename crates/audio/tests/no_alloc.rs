//! What runs in every tick allocates nothing.
#![expect(unsafe_code, reason = "a global allocator that counts can only be written with unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use linka_audio::{Codec, Concealer, FRAME, Mixer, Prompt, VoiceDetector, level_dbfs, tone};

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
    let prompt = Prompt::encode(&tone(440.0, 1000, -20.0));
    let mut mixer = Mixer::new(3);
    let mut detector = VoiceDetector::new();
    let mut concealer = Concealer::new();
    let count = allocations_of(|| {
        for tick in 0..1000_usize {
            let codec = if tick % 2 == 0 { Codec::Pcma } else { Codec::Pcmu };
            let mut frame = [0; FRAME];
            codec.decode(prompt.frame(codec, tick % 50).unwrap(), &mut frame);
            concealer.heard(&frame);
            mixer.clear();
            mixer.add(&frame);
            mixer.add(&concealer.conceal());
            let heard = mixer.minus(&frame);
            let mut wire = [0; FRAME];
            codec.encode(&heard, &mut wire);
            std::hint::black_box((detector.is_speech(&heard), level_dbfs(&heard), wire));
        }
    });
    assert_eq!(count, 0);
}
