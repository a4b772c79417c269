//! What the engine needs of the rest of the house, as traits that `linka` implements.
//!
//! Calls are tested without a database through these, and the database without calls.

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

use linka_ivr::{Script, Utterance};
use linka_metering::{Posting, PostingResult, Rate};
use linka_model::{CallId, CaseCode, Consent, EndReason, Ended, Lang, LineId, OrgId, OriginClass};
use uuid::Uuid;

use crate::media::Clip;

/// A boxed future, so that the ports can be trait objects. Never on the path of a packet.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The answer could not be had in time; nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store did not answer in time")]
pub struct Unavailable;

/// Finds the line behind a dialled number.
pub trait LineDirectory: Send + Sync {
    /// `Ok(None)`: the number is not ours. One look-up answers everything that decides between a
    /// line that is off and one without credit, so that neither takes longer (decision 3).
    fn find<'a>(
        &'a self,
        called: &'a str,
        origin: OriginClass,
    ) -> BoxFuture<'a, Result<Option<LineEntry>, Unavailable>>;
}

/// A line as one call sees it; fixed when the call starts.
#[derive(Clone)]
pub struct LineEntry {
    /// Which line.
    pub line: LineId,
    /// Its name, which only the organisation sees.
    pub name: String,
    /// Whose.
    pub org: OrgId,
    /// Whether it is switched on, in a state that admits calls, priced, and has credit for one.
    pub open: bool,
    /// How many calls it takes at once.
    pub channels: u32,
    /// Price and card version that the call is rated by (M6).
    pub rate: Option<PinnedRate>,
    /// Languages, categories, units, limits.
    pub script: Arc<Script>,
    /// The clips that the caller hears.
    pub voice: Arc<dyn Voice>,
}

/// A rate with the version of the card that it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedRate {
    /// The card's version.
    pub version: Uuid,
    /// The price.
    pub rate: Rate,
}

/// Turns what the flow says into clips of the line's languages and names.
pub trait Voice: Send + Sync {
    /// The clips of one utterance. `code` is spoken where the utterance asks for it.
    /// [`Utterance::PlayBack`] is the engine's own and yields nothing here.
    fn clips(&self, utterance: &Utterance, code: &CaseCode) -> Vec<Clip>;

    /// The version of the prompt pack of a language: part of the proof of consent.
    fn pack_version(&self, lang: Lang) -> String;
}

/// Facts of a call as the books keep them. No caller in it.
#[derive(Clone, Debug)]
pub struct AdmitCall {
    /// The call.
    pub call: CallId,
    /// The line that was dialled.
    pub line: LineId,
    /// Who pays.
    pub org: OrgId,
    /// Where it comes from, as far as prices care.
    pub origin: OriginClass,
    /// Price and version.
    pub rate: PinnedRate,
}

/// Whether a call may be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// Its first hold stands.
    Admitted,
    /// The line is off or its credit does not cover the call; nothing was written. Both sound the
    /// same (decision 3).
    Closed,
    /// All channels of the line are in use; nothing was written.
    LineFull,
    /// No answer: the call may stand or not.
    Unavailable,
}

/// How a call is closed in the books.
#[derive(Clone, Debug)]
pub struct CloseCall {
    /// The call.
    pub call: CallId,
    /// What resolves its holds.
    pub postings: Vec<Posting>,
    /// Seconds that are billed, 0 where nothing is.
    pub billable_s: u32,
    /// Why it ended.
    pub reason: EndReason,
}

/// Reserves and posts money.
pub trait CallLedger: Send + Sync {
    /// Opens the call's row and makes its first hold, both or neither.
    fn admit(&self, call: AdmitCall, hold: Posting) -> BoxFuture<'_, Admission>;
    /// Makes postings; each has its own answer. Asking again with the same ids changes nothing.
    fn post(&self, postings: Vec<Posting>) -> BoxFuture<'_, Vec<PostingResult>>;
    /// Proof that calls still run: (call, elapsed milliseconds), all of a node in one batch (M13).
    fn heartbeat(&self, running: Vec<(CallId, u64)>) -> BoxFuture<'_, Result<(), Unavailable>>;
    /// Closes the call with its last postings.
    fn close(&self, close: CloseCall) -> BoxFuture<'_, Result<(), Unavailable>>;
}

/// What a report says besides the voice.
#[derive(Clone, Debug)]
pub struct ReportFacts {
    /// The line that it came in by.
    pub line: LineId,
    /// Its name, which the organisation gave it.
    pub line_name: String,
    /// The line's organisation: case codes are its own.
    pub org: OrgId,
    /// The caller's language.
    pub language: Lang,
    /// Identifier of the category, if one was chosen.
    pub category: Option<String>,
    /// Identifier of the unit, if one was chosen.
    pub unit: Option<String>,
    /// What the caller agreed to, with its proof.
    pub consent: ConsentProof,
}

/// The proof of consent: answer, language, prompt and its version, key (section 9 of
/// docs/caller-journey.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentProof {
    /// The answer.
    pub answer: Consent,
    /// The language of the question.
    pub language: Lang,
    /// The prompt that asked.
    pub prompt: &'static str,
    /// The version of the pack that the prompt was taken from.
    pub pack_version: String,
    /// The key that answered.
    pub key: Option<char>,
}

/// Why a recording could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written: {0}")]
pub struct SinkError(pub String);

/// Takes reports. Called on blocking threads only.
pub trait ReportSink: Send + Sync {
    /// Opens a report before the caller is asked to speak.
    fn open(&self, facts: ReportFacts, code: CaseCode) -> Result<Box<dyn ReportWriter>, SinkError>;
}

/// One report that is being written. Called on blocking threads only.
pub trait ReportWriter: Send {
    /// Appends at most one second of the caller's voice and makes it durable.
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkError>;
    /// Samples written so far: the place where the next part begins.
    fn position(&self) -> u64;
    /// Takes everything back from `position` on: the caller records that part again.
    fn discard_from(&mut self, position: u64) -> Result<(), SinkError>;
    /// What was recorded, for the caller to listen to.
    fn read_back(&mut self) -> Result<Vec<i16>, SinkError>;
    /// The facts as they stand at the end; the report is handed in.
    fn finish(self: Box<Self>, facts: ReportFacts, ended: Ended) -> Result<(), SinkError>;
    /// Nothing worth keeping: leaves no trace.
    fn abandon(self: Box<Self>);
}

/// The longest that a look-up may take before the answer is 503 (fault D4).
pub const STORE_DEADLINE: Duration = Duration::from_secs(1);

/// The ports together.
#[derive(Clone)]
pub struct Ports {
    /// Lines.
    pub lines: Arc<dyn LineDirectory>,
    /// Money.
    pub ledger: Arc<dyn CallLedger>,
    /// Reports.
    pub reports: Arc<dyn ReportSink>,
}
