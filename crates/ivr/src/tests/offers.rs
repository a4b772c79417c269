//! No prompt offers a key that does nothing (decision 24): every prompt that can be heard is
//! visited, and every key that it offers is pressed.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use linka_model::PromptKey;

use super::call::{Call, ids, langs, script};
use crate::{Action, Event, Key, Limits, Script, Utterance};

/// The steps in which something is said; `quiet`, `stopping` and `over` say nothing.
const SPEAKING: [&str; 22] = [
    "welcome",
    "language",
    "hint",
    "information",
    "category",
    "category_chosen",
    "unit",
    "unit_chosen",
    "credit_offer",
    "consent",
    "other_ways",
    "preparing",
    "recording",
    "paused",
    "help",
    "review",
    "listening",
    "pen",
    "reading",
    "code_menu",
    "sent",
    "closing",
];

#[test]
fn every_offered_key_does_something_wherever_it_is_offered() {
    let mut visited = BTreeMap::<&str, usize>::new();
    for script in scripts() {
        for (state, prompts) in walk(script) {
            *visited.entry(state).or_default() += prompts;
        }
    }
    for state in SPEAKING {
        assert!(visited.get(state).is_some_and(|prompts| *prompts > 0), "{state} never spoke");
    }
}

#[test]
fn the_slots_of_a_prompt_offer_their_key() {
    let lang = linka_model::Lang::EN;
    let option =
        Utterance::Filled { lang, key: PromptKey::Option, name: None, key_digit: Some(Key::D4) };
    assert_eq!(option.keys_offered(), [Key::D4]);
    let menu = Utterance::Prompt { lang, key: PromptKey::ConsentTwoShort };
    assert_eq!(menu.keys_offered(), [Key::D1, Key::D3]);
    assert_eq!(Utterance::Tone.keys_offered(), []);
}

fn scripts() -> Vec<Script> {
    let little = Limits { total: Duration::from_secs(45), ..Limits::default() };
    vec![
        Script { languages: langs(&["en", "cs"]), units: ids("u", 2), ..script() },
        Script {
            languages: langs(&["cs", "en", "de", "sk", "pl", "uk", "vi", "hu"]),
            categories: ids("c", 12),
            units: ids("u", 7),
            has_transcriber: true,
            ..script()
        },
        Script { limits: little, ..script() },
        Script { categories: Vec::new(), ..script() },
    ]
}

/// A place in the journey: the call and what it was last heard to say.
struct Place {
    call: Call,
    said: Vec<Utterance>,
}

/// Walks from prompt to prompt until no new one is heard; counts the different ones of each step.
fn walk(script: Script) -> BTreeMap<&'static str, usize> {
    let mut call = Call::new(script);
    call.tell(Event::Answered);
    let mut seen = BTreeSet::new();
    let mut heard = BTreeMap::new();
    let mut places = VecDeque::from([Place { call, said: Vec::new() }]);
    while let Some(place) = places.pop_front() {
        if !place.said.is_empty() {
            *heard.entry(place.call.state()).or_default() += 1;
            press_what_is_offered(&place);
        }
        for next in next_places(&place) {
            if seen.insert((next.call.state(), format!("{:?}", next.said))) {
                places.push_back(next);
            }
        }
    }
    heard
}

fn press_what_is_offered(place: &Place) {
    let state = place.call.state();
    let mut after = place.call.clone();
    if after.playing.is_some() {
        after.played();
    }
    for key in place.said.iter().flat_map(Utterance::keys_offered) {
        press_offered(place.call.clone(), key, &place.said);
        if after.state() == state {
            press_offered(after.clone(), key, &place.said);
        }
    }
}

fn press_offered(mut call: Call, key: Key, said: &[Utterance]) {
    let state = call.state();
    call.now += Duration::from_millis(1_100); // no second star of a pair
    let done = call.tell(Event::Key(key));
    assert!(!done.is_empty(), "{state}: {key:?} does nothing after {said:?}");
    assert!(!done.concat().contains("invalid"), "{state}: {key:?} is wrong after {said:?}");
}

fn next_places(place: &Place) -> Vec<Place> {
    let keys = Key::ALL.map(Event::Key);
    let (length, speech) = (Duration::from_secs(20), Duration::from_secs(10));
    let others = [
        Event::Recorded { length, speech },
        Event::Recorded { length, speech: Duration::ZERO },
        Event::CreditEnds { at: place.call.now + Duration::from_secs(126) },
        Event::CreditExtended,
    ];
    let played = place.call.playing.map(|play| Event::Played { play });
    let events = keys.into_iter().chain(others).chain(played);
    let mut next: Vec<_> = events.map(|event| place.after(Some(event))).collect();
    next.push(place.after(None));
    next
}

impl Place {
    /// What is heard after an event, or after waiting for the next deadline.
    fn after(&self, event: Option<Event>) -> Self {
        let mut call = self.call.clone();
        call.now += Duration::from_millis(1_100);
        let actions = match (event, call.flow.deadline()) {
            (Some(event), _) => call.flow.handle(event, call.now),
            (None, Some(next)) => {
                call.now = call.now.max(next.at);
                call.flow.handle_timeout(call.now)
            }
            (None, None) => Vec::new(),
        };
        let mut said = self.said.clone();
        for action in &actions {
            if let Action::Play { play, utterances } = action {
                call.playing = Some(*play);
                said.clone_from(utterances);
            } else if *action == Action::StopPlaying {
                call.playing = None;
            }
        }
        if call.state() != self.call.state() && call.playing.is_none() {
            said.clear();
        }
        if matches!(event, Some(Event::Played { .. })) && call.playing == self.call.playing {
            call.playing = None;
        }
        Self { call, said }
    }
}
