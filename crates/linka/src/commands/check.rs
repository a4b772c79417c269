//! `linka check`: what keeps a configuration from working.

use std::path::Path;

use linka_engine::clock;

use crate::check::Checked;
use crate::cli::Check;
use crate::config::beside;
use crate::database::Database;
use crate::failure::Failure;
use crate::mails::Post;
use crate::output;

/// Checks the file and everything that it names.
pub(crate) async fn run(args: &Check) -> Result<(), Failure> {
    let path = &args.file.config;
    let file = path.display();
    let checked = Checked::read(path, clock::wall_ms())?;
    mail(path, &checked).await?;
    match Database::configured(path, &checked.config).server()? {
        Some(server) => {
            let version = server.version().await?;
            output::line(format!("database: {version} at {server} answers"));
        }
        None => output::line("database: embedded (SQLite)"),
    }
    let count = checked.warnings.len();
    checked.warnings.iter().for_each(|warning| output::line(format!("warning: {warning}")));
    match count {
        0 => output::line(format!("{file}: everything is in order")),
        _ if args.strict => {
            return Err(Failure::new(format!("{file} works, and has {count} warnings (--strict)")));
        }
        _ => output::line(format!("{file} works, and has {count} warnings")),
    }
    Ok(())
}

/// Whether mails go where the configuration says.
async fn mail(path: &Path, checked: &Checked) -> Result<(), Failure> {
    let post = Post::configured(path, &checked.config, &beside(path, &checked.config.data))?;
    output::line(format!("mail: {}", post.test().await.map_err(Failure::new)?));
    Ok(())
}
