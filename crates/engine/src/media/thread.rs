//! The tick of a media thread.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_queue::ArrayQueue;
use linka_audio::{Frame, Mixer};

use super::block::BlockPool;
use super::leg::Leg;
use super::{LegId, LegStats, MediaCommand, MediaEvent};
use crate::clock;

/// A leg is served every 20 ms; the thread wakes four times as often and serves a quarter of them,
/// which spreads the load and the packets.
const PHASES: u8 = 4;
const SUB_TICK: Duration = Duration::from_millis(5);
/// A sub-tick that begins later than this after its time counts as late.
const LATE: Duration = Duration::from_millis(5);
/// After a stall longer than this the thread starts its count anew instead of racing to catch up.
const STALL: Duration = Duration::from_millis(200);
const IDLE_NAP: Duration = Duration::from_millis(100);
/// Talkers in one conference at most.
const TALKERS_MAX: u16 = 1_024;

/// What the media threads count, for the metrics.
#[derive(Default, Debug)]
pub struct Counters {
    /// Sub-ticks served.
    pub ticks: AtomicU64,
    /// Sub-ticks that began more than 5 ms late.
    pub late_ticks: AtomicU64,
    /// Events that found the ring full.
    pub events_dropped: AtomicU64,
    /// Time that the threads were at work, in microseconds.
    pub busy_us: AtomicU64,
}

/// What a thread shares with the pool.
pub(crate) struct Shared {
    pub(crate) commands: ArrayQueue<(LegId, Order)>,
    pub(crate) events: ArrayQueue<(LegId, MediaEvent)>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) blocks: BlockPool,
    pub(crate) stop: AtomicBool,
}

/// A leg to open, or a command for one.
pub(crate) enum Order {
    Open(Box<Leg>),
    Command(MediaCommand),
}

struct Slot {
    generation: u32,
    leg: Option<Box<Leg>>,
}

/// A media thread's own state.
pub(crate) struct MediaThread {
    shared: Arc<Shared>,
    index: u16,
    slots: Vec<Slot>,
    open: usize,
    mixers: Vec<Mixer>,
    /// Ends of legs that the ring had no room for: without them a seat would be lost for good. Each
    /// leg has one at most.
    closed: Vec<(LegId, LegStats)>,
    buffer: [u8; 2_048],
    told: bool,
}

impl MediaThread {
    pub(crate) fn new(shared: Arc<Shared>, index: u16, legs: usize, conferences: usize) -> Self {
        let slots = (0..legs).map(|_| Slot { generation: 0, leg: None }).collect();
        let mixers = (0..conferences).map(|_| Mixer::new(TALKERS_MAX)).collect();
        let closed = Vec::with_capacity(legs);
        Self { shared, index, slots, open: 0, mixers, closed, buffer: [0; 2_048], told: false }
    }

    /// Runs until it is told to stop. `wake` tells the dispatcher that events lie in the ring.
    pub(crate) fn run(mut self, wake: impl Fn()) {
        let mut due = clock::now();
        let mut phase = 0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            let begun = clock::now();
            self.obey(begun);
            if self.open == 0 {
                self.wake_if_told(&wake);
                std::thread::park_timeout(IDLE_NAP);
                due = clock::now();
                continue;
            }
            self.tick(phase, begun);
            self.wake_if_told(&wake);
            phase = (phase + 1) % PHASES;
            due = self.account(begun, due);
            if let Some(rest) = due.checked_sub(clock::now()) {
                std::thread::sleep(rest);
            }
        }
    }

    fn account(&self, begun: Duration, due: Duration) -> Duration {
        let counters = &self.shared.counters;
        let late = begun.saturating_sub(due);
        counters.ticks.fetch_add(1, Ordering::Relaxed);
        if late > LATE {
            counters.late_ticks.fetch_add(1, Ordering::Relaxed);
        }
        let now = clock::now();
        let busy = u64::try_from(now.saturating_sub(begun).as_micros()).unwrap_or(u64::MAX);
        counters.busy_us.fetch_add(busy, Ordering::Relaxed);
        if late > STALL { now } else { due + SUB_TICK }
    }

    fn wake_if_told(&mut self, wake: &impl Fn()) {
        if core::mem::take(&mut self.told) {
            wake();
        }
    }

    /// Carries out what the rings brought.
    fn obey(&mut self, now: Duration) {
        while let Some((id, order)) = self.shared.commands.pop() {
            match order {
                Order::Open(leg) => self.open_leg(id, leg),
                Order::Command(MediaCommand::Close) => self.close_leg(id),
                Order::Command(MediaCommand::Join(conference)) => {
                    self.join(id, Some(conference.index))
                }
                Order::Command(MediaCommand::Leave) => self.join(id, None),
                Order::Command(command) => self.command(id, command, now),
            }
        }
        self.tell_closed();
    }

    /// Tells which legs are gone, as far as the ring has room; the rest is told in later ticks.
    fn tell_closed(&mut self) {
        while let Some((id, stats)) = self.closed.pop() {
            self.told = true;
            if self.shared.events.push((id, MediaEvent::Closed(stats))).is_err() {
                return self.closed.push((id, stats));
            }
        }
    }

    fn open_leg(&mut self, id: LegId, leg: Box<Leg>) {
        if let Some(slot) = self.slots.get_mut(usize::from(id.slot)) {
            slot.generation = id.generation;
            slot.leg = Some(leg);
            self.open += 1;
        }
    }

    fn close_leg(&mut self, id: LegId) {
        let Some(leg) = self.leg_mut(id) else { return };
        let stats = leg.stats();
        if let Some(slot) = self.slots.get_mut(usize::from(id.slot)) {
            slot.leg = None;
            self.open -= 1;
        }
        self.closed.push((id, stats));
    }

    fn join(&mut self, id: LegId, conference: Option<u16>) {
        let known = conference.is_none_or(|c| usize::from(c) < self.mixers.len());
        if let Some(leg) = self.leg_mut(id).filter(|_| known) {
            leg.conference = conference;
            // All legs of a conference are served in the same sub-tick.
            if let Some(index) = conference {
                leg.phase = phase_of(index);
            }
        }
    }

    fn command(&mut self, id: LegId, command: MediaCommand, now: Duration) {
        let shared = Arc::clone(&self.shared);
        let mut told = self.told;
        if let Some(leg) = self.leg_mut(id) {
            leg.command(command, &shared.blocks, now, &mut |event| {
                tell(&shared, id, event, &mut told)
            });
        }
        self.told = told;
    }

    fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        let slot = self.slots.get_mut(usize::from(id.slot))?;
        if slot.generation == id.generation { slot.leg.as_deref_mut() } else { None }
    }

    /// Serves the legs of one phase: all ears first, then the mixes, then all mouths.
    fn tick(&mut self, phase: u8, now: Duration) {
        let Self { shared, index, slots, mixers, buffer, told, .. } = self;
        for (slot_index, slot) in slots.iter_mut().enumerate() {
            let id = leg_id(*index, slot_index, slot.generation);
            let Some(leg) = slot.leg.as_deref_mut().filter(|leg| leg.phase == phase) else {
                continue;
            };
            leg.receive(buffer, &shared.blocks, now, &mut |event| tell(shared, id, event, told));
            if let (Some(mixer), Some(frame)) = (mixer_of(leg, mixers), leg.contribution()) {
                mixer.add(frame);
            }
        }
        for (slot_index, slot) in slots.iter_mut().enumerate() {
            let id = leg_id(*index, slot_index, slot.generation);
            let Some(leg) = slot.leg.as_deref_mut().filter(|leg| leg.phase == phase) else {
                continue;
            };
            let mixed: Option<Frame> =
                mixer_of(leg, mixers).map(|mixer| mix_for(mixer, leg.contribution()));
            leg.send(mixed.as_ref(), &mut |event| tell(shared, id, event, told));
        }
        for (conference, mixer) in mixers.iter_mut().enumerate() {
            if u16::try_from(conference).is_ok_and(|c| phase_of(c) == phase) {
                mixer.clear();
            }
        }
    }
}

const fn phase_of(conference: u16) -> u8 {
    (conference % PHASES as u16) as u8
}

fn mixer_of<'a>(leg: &Leg, mixers: &'a mut [Mixer]) -> Option<&'a mut Mixer> {
    leg.conference.and_then(|conference| mixers.get_mut(usize::from(conference)))
}

/// Everybody hears all the others; who was silent hears all.
fn mix_for(mixer: &Mixer, own: Option<&Frame>) -> Frame {
    own.map_or_else(|| mixer.all(), |own| mixer.minus(own))
}

fn leg_id(thread: u16, slot: usize, generation: u32) -> LegId {
    LegId { thread, slot: u16::try_from(slot).unwrap_or(u16::MAX), generation }
}

/// Puts an event into the ring; a full ring drops it and counts the drop.
fn tell(shared: &Shared, id: LegId, event: MediaEvent, told: &mut bool) {
    *told = true;
    if shared.events.push((id, event)).is_err() {
        shared.counters.events_dropped.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::leg::tests::{Far, setup};
    use super::*;

    #[test]
    fn the_end_of_a_leg_is_told_even_when_the_ring_was_full() {
        let shared = Arc::new(Shared {
            commands: ArrayQueue::new(4),
            events: ArrayQueue::new(1),
            counters: Arc::default(),
            blocks: BlockPool::new(1),
            stop: false.into(),
        });
        let mut thread = MediaThread::new(Arc::clone(&shared), 0, 1, 0);
        let id = leg_id(0, 0, 1);
        let leg = Box::new(Leg::new(setup(&Far::default()), 0, Duration::ZERO));
        for order in [Order::Open(leg), Order::Command(MediaCommand::Close)] {
            assert!(shared.commands.push((id, order)).is_ok());
        }
        assert!(shared.events.push((id, MediaEvent::Spoke)).is_ok());
        thread.obey(Duration::ZERO);
        assert!(matches!(shared.events.pop(), Some((_, MediaEvent::Spoke))));
        assert!(shared.events.pop().is_none());
        thread.obey(Duration::ZERO);
        assert!(matches!(shared.events.pop(), Some((_, MediaEvent::Closed(_)))));
    }
}
