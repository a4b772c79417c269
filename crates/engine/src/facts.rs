//! What the conversation has brought to light, as the report will say it.

use linka_ivr::{Fact, Key};
use linka_model::{Consent, Lang};

use crate::ports::{ConsentProof, LineEntry, ReportFacts};

/// The facts so far.
pub(crate) struct Facts {
    language: Lang,
    category: Option<usize>,
    unit: Option<usize>,
    consent: Option<Asked>,
}

struct Asked {
    answer: Consent,
    language: Lang,
    prompt: &'static str,
    key: Option<Key>,
}

impl Facts {
    pub(crate) const fn new(language: Lang) -> Self {
        Self { language, category: None, unit: None, consent: None }
    }

    /// Writes a fact down. `true`: this was the consent to a recording, and the first.
    pub(crate) fn note(&mut self, fact: Fact) -> bool {
        match fact {
            Fact::Language(language) => self.language = language,
            Fact::Category(category) => self.category = category,
            Fact::Unit(unit) => self.unit = unit,
            Fact::Consent { consent, lang, key, prompt } => {
                let first = self.consent.is_none();
                self.consent =
                    Some(Asked { answer: consent, language: lang, prompt: prompt.as_str(), key });
                return first && consent != Consent::None;
            }
            Fact::CodeSpoken => {}
        }
        false
    }

    /// As the report's facts.
    pub(crate) fn report(&self, entry: &LineEntry) -> ReportFacts {
        let id = |ids: &[String], index: Option<usize>| index.and_then(|i| ids.get(i).cloned());
        ReportFacts {
            line: entry.line,
            line_name: entry.name.clone(),
            org: entry.org,
            language: self.language,
            category: id(&entry.script.categories, self.category),
            unit: id(&entry.script.units, self.unit),
            consent: self.proof(entry),
        }
    }

    fn proof(&self, entry: &LineEntry) -> ConsentProof {
        let language = self.consent.as_ref().map_or(self.language, |asked| asked.language);
        ConsentProof {
            answer: self.consent.as_ref().map_or(Consent::None, |asked| asked.answer),
            language,
            prompt: self.consent.as_ref().map_or("", |asked| asked.prompt),
            pack_version: entry.voice.pack_version(language),
            key: self.consent.as_ref().and_then(|asked| asked.key).map(key_char),
        }
    }
}

const fn key_char(key: Key) -> char {
    match key {
        Key::D0 => '0',
        Key::D1 => '1',
        Key::D2 => '2',
        Key::D3 => '3',
        Key::D4 => '4',
        Key::D5 => '5',
        Key::D6 => '6',
        Key::D7 => '7',
        Key::D8 => '8',
        Key::D9 => '9',
        Key::Star => '*',
        Key::Hash => '#',
    }
}
