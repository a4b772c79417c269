//! Names the things of the business.
//!
//! Pure: no clock, no sockets, no randomness. Everything else in linka speaks in these types, so a
//! value that is wrong (a number that is no number, a code with a bad check digit) is refused once,
//! where it is parsed.

mod call;
mod code;
mod did;
mod lang;
mod line;
mod money;
mod prompt;
mod redacted;
mod report;

pub use call::{CallId, EndReason};
pub use code::{CaseCode, CodeError};
pub use did::{Did, DidError};
pub use lang::{Lang, LangError};
pub use line::{LineId, LineKind, LineState, Org, OrgId, OriginClass};
pub use money::{Currency, CurrencyError, Micros, MoneyError};
pub use prompt::PromptKey;
pub use redacted::Redacted;
pub use report::{Consent, Ended, ReportId};
