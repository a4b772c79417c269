//! `linka call`: a small telephone at the terminal.

mod script;
mod session;

use std::process::ExitCode;

use linka_engine::Phone;

use crate::cli::Call;
use crate::failure::Failure;
use script::Script;
use session::Session;

/// Calls, follows the script or the keyboard, and ends with success if the call was answered.
pub(crate) async fn run(args: Call) -> Result<ExitCode, Failure> {
    let script = args.script.as_deref().map(Script::parse).transpose().map_err(Failure::new)?;
    let phone = Phone::dial(&args.target, (args.rtp_ports.0, args.rtp_ports.1)).await?;
    let session = Session::new(phone, args.json, args.limit);
    let outcome = session.run(script).await;
    if let Some(file) = &args.record {
        session::write_wav(file, &outcome.heard)?;
    }
    Ok(if outcome.answered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
