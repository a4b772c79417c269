//! The log: to standard error, as text or as JSON.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogLevel};

/// Starts logging at a level. Only linka's own crates go below `warn`: nothing of a caller is in
/// what they write, at any level.
pub(crate) fn start(level: LogLevel, format: LogFormat) {
    let level = level.as_str();
    let filter = EnvFilter::new(format!(
        "warn,linka={level},linka_engine={level},linka_store={level},linka_console={level}"
    ));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _started_already = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
