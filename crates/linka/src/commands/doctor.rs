//! `linka doctor`: what keeps this machine from running linka well.

use std::net::UdpSocket;
use std::path::Path;
use std::process::ExitCode;

use linka_speech::PromptPack;
use linka_store::Store;
use linka_store::reports::Folder;

use crate::cli::Doctor;
use crate::config::{self, NodeConfig, beside};
use crate::database::Database;
use crate::failure::Failure;
use crate::mails::Post;
use crate::{damage, output, serving};

/// One finding: whether it is well, and what it is.
type Finding = Result<String, String>;

/// Looks at everything and prints a line for each.
pub(crate) async fn run(args: &Doctor) -> Result<ExitCode, Failure> {
    let mut findings = packs(&args.prompts);
    findings.push(port(&args.data));
    findings.push(cores());
    findings.extend(data(&args.data).await);
    if let Some(file) = &args.config {
        findings.push(mail_server(file).await);
    }
    for finding in &findings {
        output::line(match finding {
            Ok(text) => format!("ok    {text}"),
            Err(text) => format!("MEND  {text}"),
        });
    }
    output::line(
        "note  Reports are plain WAV files in the data folder until the vault exists: keep that disk encrypted and its readers few.",
    );
    let sick = findings.iter().any(Result::is_err);
    Ok(if sick { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn packs(folder: &Path) -> Vec<Finding> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![Err(format!(
            "no prompts in {}: name the folder with --prompts DIR",
            folder.display()
        ))];
    };
    let mut folders: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|path| path.join("pack.yaml").is_file());
    folders.sort();
    if folders.is_empty() {
        return vec![Err(format!(
            "no prompt pack in {}: it holds one folder per language",
            folder.display()
        ))];
    }
    let check = |path: &std::path::PathBuf| match PromptPack::load(path) {
        Ok(pack) => Ok(format!("prompt pack {} {}", pack.language(), pack.version())),
        Err(error) => Err(error.to_string()),
    };
    folders.iter().map(check).collect()
}

/// The port that carriers send to, where no node of this folder has one already.
fn port(data: &Path) -> Finding {
    if serving::is_taken(data) {
        return Ok(format!("a node runs in {} and has its ports", data.display()));
    }
    match UdpSocket::bind("0.0.0.0:5060") {
        Ok(_) => Ok("UDP port 5060 is free".to_owned()),
        Err(error) => Err(format!(
            "UDP port 5060: {error}. Another SIP program has it, or a linka with another data folder (--data DIR)"
        )),
    }
}

fn cores() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!("{cores} cores, one media thread each"))
}

/// Greets the server that takes our mails.
async fn mail_server(file: &Path) -> Finding {
    let config: NodeConfig = config::read(file).map_err(|error| error.to_string())?;
    let post = Post::configured(file, &config, &beside(file, &config.data));
    post.map_err(|error| error.to_string())?.test().await
}

async fn data(folder: &Path) -> Vec<Finding> {
    let database = match Database::noted(folder) {
        Ok(Some(database)) => database,
        Ok(None) => return vec![Ok(format!("no data in {} yet", folder.display()))],
        Err(error) => return vec![Err(error.to_string())],
    };
    let mut found = damaged(folder);
    match database.open(folder).await {
        Ok(store) => found.extend(books(&store).await),
        Err(error) => found.push(Err(format!("data folder {}: {error}", folder.display()))),
    }
    found
}

fn damaged(data: &Path) -> Vec<Finding> {
    match Folder::open(data) {
        Ok(folder) => {
            let paths = damage::unreadable(data, &folder);
            paths
                .iter()
                .map(|path| Err(format!("no readable report in {}", path.display())))
                .collect()
        }
        Err(error) => vec![Err(format!("the folder of reports: {error}"))],
    }
}

async fn books(store: &Store) -> Vec<Finding> {
    let version = store.version().await.map(|version| format!("the database is {version}"));
    let mut found = vec![version.map_err(|error| format!("the database: {error}"))];
    match store.audit().await {
        Ok(findings) if findings.is_empty() => found.push(Ok("the books are in order".to_owned())),
        Ok(findings) => {
            found.extend(findings.iter().map(|finding| Err(format!("the books: {finding}"))));
        }
        Err(error) => found.push(Err(format!("the books cannot be read: {error}"))),
    }
    found
}
