//! S2: the language, where a line has more than one.

use core::time::Duration;

use linka_model::{Lang, PromptKey};

use super::Cue;
use crate::flow::Flow;
use crate::state::State;
use crate::{Action, Fact, Key, Utterance};

/// Languages offered at once; 8 is kept free and 9 turns the page.
const PAGE: usize = 7;
/// One repeat, then the default.
const TRIES: u8 = 2;

impl Flow {
    pub(super) fn start_language(&mut self, first: Option<PromptKey>) {
        if self.has_languages() {
            self.ask_language(0, 0, first);
        } else {
            self.choose_language(self.script.default_language());
        }
    }

    /// Whether there is a choice.
    pub(super) fn has_languages(&self) -> bool {
        self.script.languages.len() > 1
    }

    pub(super) fn language(&mut self, page: usize, tries: u8, cue: Cue, now: Duration) {
        let wait = self.script.waits.language;
        match cue {
            Cue::Key(Key::Star) => self.ask_language(page, tries, None),
            Cue::Key(Key::Hash) => self.skip_to_wait(wait, now),
            Cue::Key(Key::D9) if self.languages_paged() => {
                self.ask_language(self.language_page_after(page), tries, None);
            }
            Cue::Key(key) => match self.language_on(page, key) {
                Some(lang) => self.choose_language(lang),
                None => self.language_again(page, tries, Some(PromptKey::Invalid)),
            },
            Cue::Played => self.wait(wait, now),
            Cue::Waited => self.language_again(page, tries, None),
            Cue::Recorder(_) => {}
        }
    }

    fn ask_language(&mut self, page: usize, tries: u8, first: Option<PromptKey>) {
        let mut words = self.prompts(first, &[]);
        let options = self.script.languages.iter().skip(page * PAGE).take(PAGE).enumerate();
        words.extend(options.map(|(index, lang)| Utterance::Filled {
            lang: *lang,
            key: PromptKey::LangOption,
            name: None,
            key_digit: Key::of_option(index),
        }));
        if self.languages_paged() {
            let lang = self.script.default_language();
            words.push(Utterance::Prompt { lang, key: PromptKey::OptionMore });
        }
        self.ask(State::Language { page, tries }, words);
    }

    fn language_again(&mut self, page: usize, tries: u8, first: Option<PromptKey>) {
        if tries + 1 < TRIES {
            self.ask_language(page, tries + 1, first);
        } else {
            self.choose_language(self.script.default_language());
        }
    }

    fn choose_language(&mut self, lang: Lang) {
        self.lang = lang;
        self.actions.push(Action::Note(Fact::Language(lang)));
        self.start_hint(None);
    }

    fn language_on(&self, page: usize, key: Key) -> Option<Lang> {
        let index = key.option().filter(|index| *index < PAGE)?;
        self.script.languages.get(page * PAGE + index).copied()
    }

    fn languages_paged(&self) -> bool {
        self.script.languages.len() > PAGE
    }

    fn language_page_after(&self, page: usize) -> usize {
        (page + 1) % self.script.languages.len().div_ceil(PAGE).max(1)
    }
}
