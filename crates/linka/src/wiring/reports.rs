//! Reports: the engine's sink on the store's report folders. Plain until the vault exists.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use linka_engine::clock;
use linka_engine::ports::{ReportFacts, ReportSink, ReportWriter, SinkError};
use linka_metering::calendar;
use linka_model::{CaseCode, Ended};
use linka_store::reports::{ConsentFacts, Facts, Folder};
use linka_store::{CaseCodes, CodeHash, StoreError, reports};

/// Key derivations at once: each takes 64 MiB and a fifth of a second of a core.
const DERIVATIONS_MAX: usize = 2;
/// Samples that are read back in one go.
const READ_SAMPLES: usize = 80_000;

/// Writes reports into folders.
pub(crate) struct Reports {
    folder: Folder,
    codes: CaseCodes,
    derivations: Derivations,
}

impl Reports {
    pub(crate) fn new(folder: Folder, codes: CaseCodes) -> Self {
        Self { folder, codes, derivations: Derivations::default() }
    }

    fn hash(&self, facts: &ReportFacts, code: &CaseCode) -> Result<CodeHash, StoreError> {
        let _turn = self.derivations.turn();
        self.codes.hash(code, facts.org)
    }
}

impl ReportSink for Reports {
    fn open(&self, facts: ReportFacts, code: CaseCode) -> Result<Box<dyn ReportWriter>, SinkError> {
        let hash = self.hash(&facts, &code).map_err(sink_error)?;
        let stored = stored(facts, hash.clone());
        let writer = self.folder.begin(clock::new_report(), stored).map_err(sink_error)?;
        Ok(Box::new(Writer { inner: writer, hash }))
    }
}

struct Writer {
    inner: reports::ReportWriter,
    hash: CodeHash,
}

impl ReportWriter for Writer {
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkError> {
        self.inner.append(samples).map_err(io_error)
    }

    fn position(&self) -> u64 {
        u64::from(self.inner.position())
    }

    fn discard_from(&mut self, position: u64) -> Result<(), SinkError> {
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        self.inner.discard_from(position).map_err(io_error)
    }

    fn read_back(&mut self) -> Result<Vec<i16>, SinkError> {
        let mut samples = vec![0; usize::try_from(self.inner.position()).unwrap_or(0)];
        for (index, piece) in samples.chunks_mut(READ_SAMPLES).enumerate() {
            let position = u32::try_from(index * READ_SAMPLES).unwrap_or(u32::MAX);
            self.inner.read_at(position, piece).map_err(io_error)?;
        }
        Ok(samples)
    }

    fn finish(self: Box<Self>, facts: ReportFacts, ended: Ended) -> Result<(), SinkError> {
        let stored = stored(facts, self.hash);
        self.inner.finish(stored, ended).map(|_report| ()).map_err(io_error)
    }

    fn abandon(self: Box<Self>) {
        if let Err(error) = self.inner.abandon() {
            tracing::error!(%error, "an empty report could not be removed; the next start will");
        }
    }
}

fn stored(facts: ReportFacts, hash: CodeHash) -> Facts {
    Facts {
        line: facts.line,
        line_name: facts.line_name,
        language: facts.language,
        category: facts.category,
        unit: facts.unit,
        case_code: Some(hash),
        consent: ConsentFacts {
            answer: facts.consent.answer,
            language: facts.consent.language,
            prompt: facts.consent.prompt.to_owned(),
            prompt_version: facts.consent.pack_version,
            key: facts.consent.key,
        },
        day: calendar::day(clock::wall_ms()),
    }
}

fn sink_error(error: StoreError) -> SinkError {
    tracing::error!(%error, "a report could not be opened");
    SinkError(error.to_string())
}

fn io_error(error: std::io::Error) -> SinkError {
    tracing::error!(%error, "a report could not be written");
    SinkError(error.to_string())
}

/// Lets a few key derivations run at once; the others wait their turn.
#[derive(Clone, Default)]
struct Derivations(Arc<(Mutex<usize>, Condvar)>);

impl Derivations {
    fn turn(&self) -> Turn<'_> {
        let (running, freed) = &*self.0;
        let guard = running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut guard = freed
            .wait_while(guard, |running| *running >= DERIVATIONS_MAX)
            .unwrap_or_else(PoisonError::into_inner);
        *guard += 1;
        Turn(self)
    }
}

struct Turn<'a>(&'a Derivations);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let (running, freed) = &*self.0.0;
        *running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        freed.notify_one();
    }
}
