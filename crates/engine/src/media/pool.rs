//! The media threads together, and the one thread that hands their events on.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};

use crossbeam_queue::ArrayQueue;

use super::block::BlockPool;
use super::leg::{Leg, LegSetup};
use super::thread::{Counters, MediaThread, Order, Shared};
use super::{ConferenceId, LegId, MediaCommand, MediaEvent};
use crate::clock;

/// The dispatcher looks at the rings at least so often, for the sake of a clean stop.
const IDLE_NAP: std::time::Duration = std::time::Duration::from_millis(250);

/// Seconds of voice that a leg may be ahead of its writer, the one that is being written and the one
/// that is being filled: a disk that stands for eight seconds costs no recording, and no leg takes
/// another's.
const BLOCKS_A_LEG: usize = crate::recording::BEHIND_MAX + 2;

/// Events of one leg go here. Called on the dispatcher thread; must not block.
pub type EventSink = Box<dyn FnMut(MediaEvent) + Send>;

/// Sizes of the pool. Everything is made at the start.
#[derive(Clone, Copy, Debug)]
pub struct PoolConfig {
    /// Media threads, one a core.
    pub threads: u16,
    /// Legs that one thread takes at most.
    pub legs_a_thread: u16,
    /// Conferences that one thread takes at most.
    pub conferences_a_thread: u16,
}

/// No thread has room for another leg.
#[derive(Debug, thiserror::Error)]
#[error("every media thread is full")]
pub struct PoolFull;

/// The media threads.
pub struct MediaPool {
    threads: Vec<OneThread>,
    seats: Arc<Vec<Mutex<Seats>>>,
    counters: Arc<Counters>,
    next_conference: AtomicU16,
    config: PoolConfig,
    handles: Vec<JoinHandle<()>>,
    dispatcher: Thread,
}

struct OneThread {
    shared: Arc<Shared>,
    thread: Thread,
}

/// A place on a media thread, kept for a leg; given back when it is dropped unused.
pub struct Place {
    id: LegId,
    used: bool,
    seats: Arc<Vec<Mutex<Seats>>>,
}

impl Place {
    const fn take(&mut self) -> LegId {
        self.used = true;
        self.id
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(seats) = self.seats.get(usize::from(self.id.thread)).filter(|_| !self.used) {
            lock(seats).free.push(self.id.slot);
        }
    }
}

/// Who sits where on one thread, and where their events go.
struct Seats {
    free: Vec<u16>,
    sinks: Vec<Option<EventSink>>,
    generations: Vec<u32>,
}

impl Seats {
    fn new(legs: u16) -> Self {
        Self {
            free: (0..legs).rev().collect(),
            sinks: (0..legs).map(|_| None).collect(),
            generations: vec![0; usize::from(legs)],
        }
    }

    fn take(&mut self) -> Option<(u16, u32)> {
        let slot = self.free.pop()?;
        let generation = self.generations.get_mut(usize::from(slot))?;
        *generation = generation.wrapping_add(1);
        Some((slot, *generation))
    }

    fn sit(&mut self, id: LegId, sink: EventSink) {
        if let Some(place) = self.sinks.get_mut(usize::from(id.slot)) {
            *place = Some(sink);
        }
    }

    fn deliver(&mut self, id: LegId, event: MediaEvent) {
        let place = usize::from(id.slot);
        if self.generations.get(place) != Some(&id.generation) {
            return;
        }
        let closes = matches!(event, MediaEvent::Closed(_));
        if let Some(sink) = self.sinks[place].as_mut() {
            sink(event);
        }
        if closes {
            self.sinks[place] = None;
            self.free.push(id.slot);
        }
    }
}

impl MediaPool {
    /// Starts the threads.
    pub fn start(config: PoolConfig) -> std::io::Result<Self> {
        let counters = Arc::new(Counters::default());
        let blocks = BlockPool::new(
            BLOCKS_A_LEG * usize::from(config.threads) * usize::from(config.legs_a_thread),
        );
        let shareds: Vec<_> =
            (0..config.threads).map(|_| Arc::new(shared(&config, &counters, &blocks))).collect();
        let seats: Arc<Vec<_>> = Arc::new(
            shareds.iter().map(|_| Mutex::new(Seats::new(config.legs_a_thread))).collect(),
        );
        let mut handles = vec![start_dispatcher(shareds.clone(), Arc::clone(&seats))?];
        let dispatcher = handles[0].thread().clone();
        let mut threads = Vec::new();
        for (index, shared) in shareds.into_iter().enumerate() {
            let handle = start_thread(index, &shared, &config, dispatcher.clone())?;
            threads.push(OneThread { shared, thread: handle.thread().clone() });
            handles.push(handle);
        }
        let next_conference = AtomicU16::new(0);
        Ok(Self { threads, seats, counters, next_conference, config, handles, dispatcher })
    }

    /// Opens a leg on the thread with the most room; events go to `sink` until
    /// [`MediaEvent::Closed`].
    pub fn open(&self, setup: LegSetup, sink: EventSink) -> Result<LegId, PoolFull> {
        Ok(self.open_at(self.keep()?, setup, sink))
    }

    /// Keeps a place for a leg, on the thread with the most room that still has some: a call is
    /// answered only when it has one.
    pub fn keep(&self) -> Result<Place, PoolFull> {
        let room = |t: &usize| self.seats.get(*t).map_or(0, |s| lock(s).free.len());
        let fullest_last = |t: &usize| core::cmp::Reverse(room(t));
        let mut threads: Vec<usize> = (0..self.threads.len()).collect();
        threads.sort_by_cached_key(fullest_last);
        threads.into_iter().find_map(|thread| self.keep_on(thread)).ok_or(PoolFull)
    }

    fn keep_on(&self, thread: usize) -> Option<Place> {
        let (slot, generation) = lock(self.seats.get(thread)?).take()?;
        let id = LegId { thread: u16::try_from(thread).ok()?, slot, generation };
        Some(Place { id, used: false, seats: Arc::clone(&self.seats) })
    }

    /// Opens a leg in a place that was kept for it.
    pub fn open_at(&self, mut place: Place, setup: LegSetup, sink: EventSink) -> LegId {
        let id = place.take();
        if let Some(seats) = self.seats.get(usize::from(id.thread)) {
            lock(seats).sit(id, sink);
        }
        let phase = u8::try_from(id.slot % 4).unwrap_or(0);
        let leg = Box::new(Leg::new(setup, phase, clock::now()));
        self.push(id, Order::Open(leg));
        id
    }

    /// Opens a leg on the thread of a conference.
    pub fn open_in(
        &self,
        conference: ConferenceId,
        setup: LegSetup,
        sink: EventSink,
    ) -> Result<LegId, PoolFull> {
        let place = self.keep_on(usize::from(conference.thread)).ok_or(PoolFull)?;
        let leg = self.open_at(place, setup, sink);
        self.command(leg, MediaCommand::Join(conference));
        Ok(leg)
    }

    /// A new conference; conferences are dealt to the threads in turn. `None`: all are in use up.
    pub fn conference(&self) -> Option<ConferenceId> {
        let threads = u16::try_from(self.threads.len()).ok()?;
        let next = |number: u16| number.checked_add(1);
        let number =
            self.next_conference.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        let index = number / threads;
        (index < self.config.conferences_a_thread)
            .then_some(ConferenceId { thread: number % threads, index })
    }

    /// Sends a command to a leg. A command for a leg that is gone does nothing.
    pub fn command(&self, leg: LegId, command: MediaCommand) {
        self.push(leg, Order::Command(command));
    }

    fn push(&self, leg: LegId, order: Order) {
        let Some(one) = self.threads.get(usize::from(leg.thread)) else { return };
        let mut order = (leg, order);
        // The ring holds several commands for every leg; it is full only while its thread stands.
        while let Err(back) = one.shared.commands.push(order) {
            order = back;
            one.thread.unpark();
            std::thread::yield_now();
            if one.shared.stop.load(Ordering::Relaxed) {
                return;
            }
        }
        one.thread.unpark();
    }

    /// What the threads count.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// Stops the threads; legs that are open are dropped without a word.
impl Drop for MediaPool {
    fn drop(&mut self) {
        for one in &self.threads {
            one.shared.stop.store(true, Ordering::Relaxed);
            one.thread.unpark();
        }
        self.dispatcher.unpark();
        for handle in self.handles.drain(..) {
            let _panicked_threads_are_gone_too = handle.join();
        }
    }
}

fn lock(seats: &Mutex<Seats>) -> std::sync::MutexGuard<'_, Seats> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shared(config: &PoolConfig, counters: &Arc<Counters>, blocks: &BlockPool) -> Shared {
    let legs = usize::from(config.legs_a_thread).max(1);
    Shared {
        commands: ArrayQueue::new(legs * 8),
        events: ArrayQueue::new(legs * 16),
        counters: Arc::clone(counters),
        blocks: blocks.clone(),
        stop: false.into(),
    }
}

fn start_thread(
    index: usize,
    shared: &Arc<Shared>,
    config: &PoolConfig,
    dispatcher: Thread,
) -> std::io::Result<JoinHandle<()>> {
    let (legs, rooms) = (config.legs_a_thread, config.conferences_a_thread);
    let index = u16::try_from(index).unwrap_or(0);
    let media = MediaThread::new(Arc::clone(shared), index, usize::from(legs), usize::from(rooms));
    std::thread::Builder::new()
        .name(format!("linka-media-{index}"))
        .spawn(move || media.run(move || dispatcher.unpark()))
}

/// The dispatcher sleeps until a media thread says that events wait, and carries them to their
/// calls: so the media threads never meet tokio's locks.
fn start_dispatcher(
    shareds: Vec<Arc<Shared>>,
    seats: Arc<Vec<Mutex<Seats>>>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("linka-media-events".into()).spawn(move || {
        while !shareds.iter().any(|s| s.stop.load(Ordering::Relaxed)) {
            for (shared, seats) in shareds.iter().zip(seats.iter()) {
                while let Some((id, event)) = shared.events.pop() {
                    lock(seats).deliver(id, event);
                }
            }
            std::thread::park_timeout(IDLE_NAP);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::leg::tests::{Far, setup};
    use super::*;

    #[test]
    fn a_place_is_kept_on_any_thread_that_has_one_and_given_back_unused() {
        let config = PoolConfig { threads: 2, legs_a_thread: 1, conferences_a_thread: 0 };
        let pool = MediaPool::start(config).unwrap();
        let (first, second) = (pool.keep().unwrap(), pool.keep().unwrap());
        assert!(pool.keep().is_err());
        drop(second);
        let leg = pool.open_at(first, setup(&Far::default()), Box::new(|_| {}));
        let again = pool.keep().unwrap();
        assert!(pool.keep().is_err(), "an open leg holds its place");
        assert_ne!(again.id.thread, leg.thread);
    }
}
