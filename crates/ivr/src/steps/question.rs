//! S4 and S5: the category and the unit, each one of several options.

use core::time::Duration;

use linka_model::PromptKey;

use super::Cue;
use crate::flow::Flow;
use crate::state::{State, Topic};
use crate::{Action, Fact, Key, Name, Utterance};

/// Options offered at once.
const PAGE: usize = 5;

impl Flow {
    /// Asks, unless there is nothing to choose from.
    pub(super) fn start_question(&mut self, topic: Topic, first: Option<PromptKey>) {
        self.keyless |= topic == Topic::Category;
        match self.options(topic) {
            0 => self.answer_silently(topic, None, first),
            1 => self.answer_silently(topic, Some(0), first),
            _ => self.ask_question(topic, 0, 0, first),
        }
    }

    pub(super) fn question(
        &mut self,
        topic: Topic,
        page: usize,
        tries: u8,
        cue: Cue,
        now: Duration,
    ) {
        match cue {
            Cue::Key(Key::Star) => {
                if !self.take_back(now) {
                    self.ask_question(topic, page, tries, None);
                }
            }
            Cue::Key(Key::Hash) => self.skip_to_wait(self.script.waits.menu, now),
            Cue::Key(Key::D0) => self.answer_unsure(topic, now),
            Cue::Key(Key::D9) if self.is_paged(topic) => {
                self.ask_question(topic, self.page_after(topic, page), tries, None);
            }
            Cue::Key(key) => match self.option_on(topic, page, key) {
                Some(index) => self.choose(topic, index),
                None => self.question_again(topic, page, tries, PromptKey::Invalid),
            },
            Cue::Played => self.wait(self.script.waits.menu, now),
            Cue::Waited => self.question_again(topic, page, tries, PromptKey::NoInput),
            Cue::Recorder(_) => {}
        }
    }

    /// The choice is read back; a key cuts that short, `*` takes the choice back.
    pub(super) fn chosen(&mut self, topic: Topic, cue: Cue, now: Duration) {
        match cue {
            Cue::Key(Key::Star) => self.ask_question(topic, 0, 0, None),
            Cue::Key(_) | Cue::Played => self.go_on_from(topic, now),
            Cue::Waited | Cue::Recorder(_) => {}
        }
    }

    /// `*` shortly after a choice asks that question again. True if it did.
    pub(super) fn take_back(&mut self, now: Duration) -> bool {
        let open = self.take_back.take().filter(|(_, until)| now <= *until);
        if let Some((topic, _)) = open {
            self.ask_question(topic, 0, 0, None);
        }
        open.is_some()
    }

    fn ask_question(&mut self, topic: Topic, page: usize, tries: u8, first: Option<PromptKey>) {
        let mut words = self.prompts(first, &[]);
        if page == 0 {
            words.push(self.prompt(topic.intro()));
        }
        let options = self.option_words(topic, page);
        if tries == 0 {
            words.extend(options);
        } else {
            let pause = Utterance::Silence(self.script.waits.slow);
            words.extend(options.into_iter().flat_map(|option| [pause, option]));
        }
        words.extend(self.hint_repeat_once());
        self.ask(State::Question { topic, page, tries }, words);
    }

    fn option_words(&self, topic: Topic, page: usize) -> Vec<Utterance> {
        let indices = (page * PAGE..self.options(topic)).take(PAGE).enumerate();
        let mut words: Vec<_> = indices
            .map(|(place, index)| Utterance::Filled {
                lang: self.lang,
                key: PromptKey::Option,
                name: Some(topic.name(index)),
                key_digit: Key::of_option(place),
            })
            .collect();
        if self.is_paged(topic) {
            words.push(self.prompt(PromptKey::OptionMore));
        }
        words.push(self.prompt(PromptKey::OptionUnsure));
        words
    }

    /// `hint_repeat` closes the first menu of the call.
    pub(super) fn hint_repeat_once(&mut self) -> Option<Utterance> {
        let first = !core::mem::replace(&mut self.hinted, true);
        first.then(|| self.prompt(PromptKey::HintRepeat))
    }

    fn question_again(&mut self, topic: Topic, page: usize, tries: u8, first: PromptKey) {
        if tries + 1 < self.script.limits.tries {
            self.ask_question(topic, page, tries + 1, Some(first));
        } else {
            self.answer_silently(topic, None, Some(PromptKey::SkipAhead));
        }
    }

    fn choose(&mut self, topic: Topic, index: usize) {
        self.actions.push(Action::Note(topic.fact(Some(index))));
        let chosen = Utterance::Filled {
            lang: self.lang,
            key: PromptKey::Chosen,
            name: Some(topic.name(index)),
            key_digit: None,
        };
        self.ask(State::Chosen { topic }, vec![chosen]);
    }

    fn answer_unsure(&mut self, topic: Topic, now: Duration) {
        self.actions.push(Action::Note(topic.fact(None)));
        self.go_on_from(topic, now);
    }

    /// The caller may take a choice back while the next step speaks already.
    fn go_on_from(&mut self, topic: Topic, now: Duration) {
        self.take_back = Some((topic, now.saturating_add(self.script.waits.take_back)));
        self.start_after(topic, None);
    }

    fn answer_silently(&mut self, topic: Topic, index: Option<usize>, first: Option<PromptKey>) {
        self.actions.push(Action::Note(topic.fact(index)));
        self.start_after(topic, first);
    }

    fn start_after(&mut self, topic: Topic, first: Option<PromptKey>) {
        match topic {
            Topic::Category => self.start_question(Topic::Unit, first),
            Topic::Unit => self.start_consent(first),
        }
    }

    fn options(&self, topic: Topic) -> usize {
        match topic {
            Topic::Category => self.script.categories.len(),
            Topic::Unit => self.script.units.len(),
        }
    }

    fn option_on(&self, topic: Topic, page: usize, key: Key) -> Option<usize> {
        let place = key.option().filter(|place| *place < PAGE)?;
        Some(page * PAGE + place).filter(|index| *index < self.options(topic))
    }

    fn is_paged(&self, topic: Topic) -> bool {
        self.options(topic) > PAGE
    }

    fn page_after(&self, topic: Topic, page: usize) -> usize {
        (page + 1) % self.options(topic).div_ceil(PAGE).max(1)
    }
}

impl Topic {
    const fn intro(self) -> PromptKey {
        match self {
            Self::Category => PromptKey::CategoryIntro,
            Self::Unit => PromptKey::UnitIntro,
        }
    }

    const fn name(self, index: usize) -> Name {
        match self {
            Self::Category => Name::Category(index),
            Self::Unit => Name::Unit(index),
        }
    }

    const fn fact(self, index: Option<usize>) -> Fact {
        match self {
            Self::Category => Fact::Category(index),
            Self::Unit => Fact::Unit(index),
        }
    }
}
