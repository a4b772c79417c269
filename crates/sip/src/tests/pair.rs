//! Two of our own agents on a link that loses what it is told to lose, on virtual time.

use core::time::Duration;
use std::collections::VecDeque;

use super::desk::{UDP, US, config, trunk};
use crate::sdp::{self, Capabilities};
use crate::{Config, EndCause, Event, HangUpReason, Input, OutgoingCall, Output, UserAgent};

const CALLER: &str = "192.0.2.1:5060";
/// One way of the link.
const DELAY: Duration = Duration::from_millis(20);

/// Who hangs up.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Caller,
    Callee,
}

struct Pair {
    agents: [UserAgent; 2],
    link: VecDeque<(Duration, usize, Vec<u8>)>,
    now: Duration,
    /// Datagrams that were put on the link so far.
    count: usize,
    lost: Box<dyn Fn(usize) -> bool>,
    events: [Vec<Event>; 2],
    ends: Ends,
    hang_up: Option<(Duration, usize, crate::CallKey)>,
}

impl Pair {
    fn new(ends: Ends, lost: impl Fn(usize) -> bool + 'static) -> Self {
        let mut pair = Self {
            agents: [UserAgent::new(Config::new(), 1), UserAgent::new(config(trunk()), 2)],
            link: VecDeque::new(),
            now: Duration::ZERO,
            count: 0,
            lost: Box::new(lost),
            events: [Vec::new(), Vec::new()],
            ends,
            hang_up: None,
        };
        pair.call();
        pair
    }

    fn call(&mut self) {
        let call = OutgoingCall {
            target: rsip::Uri::try_from("sip:+420228880123@198.51.100.5").unwrap(),
            transport: UDP,
            destination: US.parse().unwrap(),
            local: CALLER.parse().unwrap(),
            sdp: sdp::offer("192.0.2.1:4000".parse().unwrap(), 1),
        };
        self.agents[0].invite(call, self.now).unwrap();
        self.drain();
    }

    /// Runs until nothing is left to do.
    fn run(&mut self) {
        for _ in 0..10_000 {
            let timers = self.agents.iter().filter_map(UserAgent::next_timeout).min();
            let arrival = self.link.front().map(|(at, ..)| *at);
            let command = self.hang_up.map(|(at, ..)| at);
            let Some(next) = [timers, arrival, command].into_iter().flatten().min() else { return };
            self.now = self.now.max(next);
            self.step();
            self.drain();
        }
        panic!("the pair never rests");
    }

    fn step(&mut self) {
        if let Some((_, to, bytes)) = self.link.pop_front_if(|(at, ..)| *at <= self.now) {
            let (source, local) = if to == 0 { (US, CALLER) } else { (CALLER, US) };
            let (source, local) = (source.parse().unwrap(), local.parse().unwrap());
            let input = Input::Datagram { transport: UDP, source, local, bytes: &bytes };
            return self.agents[to].handle_input(input, self.now);
        }
        if let Some((_, who, call)) = self.hang_up.take_if(|(at, ..)| *at <= self.now) {
            self.agents[who].hang_up(call, HangUpReason::Normal, self.now).unwrap();
            return;
        }
        self.agents.iter_mut().for_each(|agent| agent.handle_timeout(self.now));
    }

    fn drain(&mut self) {
        for from in 0..2 {
            while let Some(output) = self.agents[from].poll_output() {
                match output {
                    Output::Transmit(transmit) => {
                        if !(self.lost)(self.count) {
                            self.link.push_back((self.now + DELAY, 1 - from, transmit.bytes));
                        }
                        self.count += 1;
                    }
                    Output::Event(event) => self.react(from, event),
                }
            }
        }
    }

    fn react(&mut self, who: usize, event: Event) {
        if let Event::Invite { call, offer: Some(offer), .. } = &event {
            let agreed = sdp::negotiate(offer, &Capabilities::default()).unwrap();
            let answer = agreed.answer("198.51.100.5:10000".parse().unwrap(), 2);
            self.agents[who].answer(*call, answer, US.parse().unwrap(), self.now).unwrap();
        }
        let established = match (&event, self.ends) {
            (Event::Answered { call, .. }, Ends::Caller)
            | (Event::Confirmed { call, .. }, Ends::Callee) => Some(*call),
            (_, Ends::Caller | Ends::Callee) => None,
        };
        if let Some(call) = established {
            self.hang_up = Some((self.now + Duration::from_secs(5), who, call));
        }
        self.events[who].push(event);
    }

    fn causes(&self, who: usize) -> Vec<EndCause> {
        self.events[who]
            .iter()
            .filter_map(
                |event| if let Event::Ended { cause, .. } = event { Some(*cause) } else { None },
            )
            .collect()
    }

    fn assert_clean(&self, lost: usize) {
        let (caller, callee) = match self.ends {
            Ends::Caller => (EndCause::HungUp, EndCause::Bye),
            Ends::Callee => (EndCause::Bye, EndCause::HungUp),
        };
        assert_eq!(self.causes(0), [caller], "datagram {lost} lost");
        assert_eq!(self.causes(1), [callee], "datagram {lost} lost");
        for agent in &self.agents {
            assert_eq!(agent.tables(), [0; 4], "datagram {lost} lost");
        }
    }
}

#[test]
fn a_call_between_two_of_us_takes_six_datagrams() {
    for ends in [Ends::Caller, Ends::Callee] {
        let mut pair = Pair::new(ends, |_| false);
        pair.run();
        // INVITE, 100, 200, ACK, BYE, 200.
        assert_eq!(pair.count, 6);
        pair.assert_clean(usize::MAX);
    }
}

#[test]
fn a_call_survives_the_loss_of_any_one_datagram() {
    for ends in [Ends::Caller, Ends::Callee] {
        for lost in 0..6 {
            let mut pair = Pair::new(ends, move |number| number == lost);
            pair.run();
            assert!(pair.count > lost);
            pair.assert_clean(lost);
        }
    }
}

#[test]
fn a_call_survives_the_loss_of_any_two_datagrams() {
    for first in 0..10 {
        for second in first + 1..10 {
            let mut pair = Pair::new(Ends::Caller, move |n| n == first || n == second);
            pair.run();
            pair.assert_clean(first * 100 + second);
        }
    }
}

#[test]
fn a_dead_link_leaves_nothing_behind() {
    let mut pair = Pair::new(Ends::Caller, |_| true);
    pair.run();
    assert!(matches!(pair.events[0][..], [Event::Refused { .. }]));
    assert_eq!(pair.agents[0].tables(), [0; 4]);
}

#[test]
fn a_link_that_dies_in_the_call_ends_it_on_both_sides() {
    for after in 2..6 {
        let mut pair = Pair::new(Ends::Callee, move |number| number >= after);
        pair.run();
        for agent in &mut pair.agents {
            assert!(agent.calls() <= 1);
        }
        assert_eq!(pair.causes(1).len(), 1, "after {after}");
        assert_eq!(pair.agents[1].tables(), [0; 4], "after {after}");
    }
}
