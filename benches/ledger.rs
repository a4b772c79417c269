//! How many pairs of a hold and its post a second one hot account takes: many calls through the one
//! poster of a node, which commits what is queued at once, beside calls that each pay for a
//! transaction of their own.
//!
//! `cargo bench --bench ledger` runs both databases, each durable at every commit. PostgreSQL must be
//! installed on this machine.

use core::time::Duration;
use std::path::Path;
use std::process::ExitCode;

use linka_engine::clock;
use linka_store::{Node, Server, StoreError};
use load::books::{Books, Load, Stop, pairs};
use postgres::Postgres;

#[expect(unreachable_pub, dead_code, reason = "the end-to-end tests have it from a library")]
#[path = "../tests/harness/postgres.rs"]
mod postgres;

/// Each row is measured so often, each time so long.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// So many calls share a poster.
const CALLS: [usize; 3] = [8, 32, 200];
/// So many nodes write one call each: every step is a transaction, and they take turns.
const NODES: u128 = 8;

/// Pairs a second, and in which form.
struct Row {
    what: String,
    least: u64,
    median: u64,
    most: u64,
}

#[expect(clippy::print_stderr, reason = "a bench is there to print figures")]
fn main() -> ExitCode {
    let measured = tokio::runtime::Runtime::new()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(both()).map_err(|error| error.to_string()));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a bench is there to print figures")]
async fn both() -> Result<(), StoreError> {
    let folder = std::env::temp_dir().join(format!("linka-bench-{}", std::process::id()));
    print(&folder.join("sqlite"), None).await?;
    match Postgres::start() {
        Ok(postgres) => {
            let server = Server::parse(&postgres.database());
            let server = server.map_err(|error| StoreError::Conflict(error.to_string()))?;
            print(&folder.join("postgres"), Some(&server)).await?;
        }
        Err(error) => println!("PostgreSQL was not measured: {error}"),
    }
    // What cannot be removed is in the folder for what is temporary.
    drop(std::fs::remove_dir_all(folder));
    Ok(())
}

/// Every row of one database, and how often the first, without a batch, each of them is.
#[expect(clippy::print_stdout, reason = "a bench is there to print figures")]
async fn print(folder: &Path, server: Option<&Server>) -> Result<(), StoreError> {
    let mut books = Books::open(folder, server).await?;
    println!("{}: pairs a second, median (least–most) of {ROUNDS} rounds", books.version().await?);
    let rows = measure(&mut books, folder, server).await?;
    let one = rows.first().map_or(1, |row| row.median.max(1));
    for Row { what, least, median, most } in rows {
        let tenths = 10 * median / one;
        println!("{median:7} ({least}–{most}), {}.{} times: {what}", tenths / 10, tenths % 10);
    }
    books.used().await.map(drop)
}

async fn measure(
    books: &mut Books,
    folder: &Path,
    server: Option<&Server>,
) -> Result<Vec<Row>, StoreError> {
    let node = books.node().await?;
    let one = calls(books, &node, 1).await?;
    let mut rows = vec![row("one call, a transaction a step".to_owned(), one).await];
    if let Some(server) = server {
        let mut many = calls(books, &node, 1).await?;
        for n in 2..=NODES {
            let beside = Books::node_beside(&folder.join(n.to_string()), server, n).await?;
            many.extend(calls(books, &beside, 1).await?);
        }
        let what = format!("{NODES} nodes with a call each, a transaction a step");
        rows.push(row(what, many).await);
    }
    for count in CALLS {
        let many = calls(books, &node, count).await?;
        rows.push(row(format!("{count} calls through one poster"), many).await);
    }
    Ok(rows)
}

async fn calls(books: &mut Books, node: &Node, count: usize) -> Result<Vec<Load>, StoreError> {
    let mut calls = Vec::with_capacity(count);
    for _ in 0..count {
        calls.push(books.call(node).await?);
    }
    Ok(calls)
}

/// Measures calls that run at once.
async fn row(what: String, mut calls: Vec<Load>) -> Row {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = clock::now();
        let (back, done) = pairs(calls, Stop::At(begun + ROUND)).await;
        calls = back;
        let took_ms = (clock::now() - begun).as_millis().max(1);
        rounds.push(u64::try_from(u128::from(done) * 1000 / took_ms).unwrap_or(u64::MAX));
    }
    rounds.sort_unstable();
    let at = |place: usize| rounds.get(place).copied().unwrap_or_default();
    Row { what, least: at(0), median: at(ROUNDS / 2), most: at(ROUNDS - 1) }
}
