//! A running node: store, sounds, engine and web server, started and stopped together.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linka_console::{Gauge, Live};
use linka_engine::media::PoolConfig;
use linka_engine::ports::Ports;
use linka_engine::{Engine, EngineConfig, clock};
use linka_metering::RateCard;
use linka_model::Lang;
use linka_sip::Trunk;
use linka_store::reports::Folder;
use linka_store::{CaseCodes, Node as StoreNode, NodeName, Store, StoreError, TermRules};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::config::{NodeConfig, Setup};
use crate::database::Database;
use crate::failure::Failure;
use crate::health::{Health, Vitals};
use crate::jobs::{self, Tools};
use crate::last_run::LastRun;
use crate::mails::Post;
use crate::payments::card::CardProvider;
use crate::payments::webhook;
use crate::wiring::{Books, Directory, Ledger, Refusals, Reports, Sounds, classifier, tend};

/// What a node is started with.
pub(crate) struct Plan {
    pub(crate) prompts: PathBuf,
    pub(crate) http: SocketAddr,
    pub(crate) engine: EngineConfig,
    /// How mails go out.
    pub(crate) post: Post,
    /// Who is asked about cards, where they are configured.
    pub(crate) card: Option<Arc<CardProvider>>,
}

/// The data of a node, before calls are taken: the place for provisioning.
pub(crate) struct Data {
    pub(crate) store: Store,
    node: StoreNode,
    reports: Folder,
    codes: CaseCodes,
    folder: PathBuf,
    /// What the last run left behind.
    pub(crate) left: LastRun,
}

impl Data {
    /// Opens the data folder and puts in order what a crash left behind.
    pub(crate) async fn open(
        database: &Database,
        folder: &Path,
        rules: TermRules,
    ) -> Result<Self, Failure> {
        let store = database.open(folder).await?;
        let fresh = uuid::Builder::from_random_bytes(clock::random().to_be_bytes()).into_uuid();
        let who = NodeName { fresh, name: host() };
        let (node, calls) = store.start_node_under(rules, &who, clock::wall_ms()).await?;
        let reports = Folder::open(folder)?;
        let left = LastRun { calls, reports: reports.recover()?, journal: node.replayed() };
        let secret = folder.join("secret.key");
        let codes = CaseCodes::open(&secret, reports.has_codes()?, &fresh_secret())?;
        Ok(Self { store, node, reports, codes, folder: folder.to_owned(), left })
    }
}

/// The name of this machine, for the operator who looks at the table of nodes.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().take(200).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

fn fresh_secret() -> [u8; linka_store::FRESH_SECRET_LEN] {
    let mut secret = [0; linka_store::FRESH_SECRET_LEN];
    for chunk in secret.chunks_mut(16) {
        chunk.copy_from_slice(&clock::random().to_be_bytes()[..chunk.len()]);
    }
    secret
}

/// Reads one rate card.
pub(crate) fn read_card(yaml: &str, name: &str) -> Result<(RateCard, Vec<String>), Failure> {
    let (card, warnings) =
        RateCard::parse(yaml, name).map_err(|error| Failure::new(error.to_string()))?;
    Ok((card, warnings.iter().map(ToString::to_string).collect()))
}

/// A node that takes calls.
pub(crate) struct Running {
    engine: Arc<Engine>,
    http: SocketAddr,
    server: tokio::task::JoinHandle<()>,
    /// Answers when another node has taken this one for dead.
    term_over: oneshot::Receiver<()>,
    health: Arc<Health>,
    watching: tokio::task::JoinHandle<()>,
    /// End with it.
    jobs: JoinSet<()>,
}

impl Running {
    /// Loads what callers hear and begins to take calls.
    pub(crate) async fn start(plan: Plan, data: Data) -> Result<Self, Failure> {
        plan.post.note(&data.folder)?;
        let listener = listen(plan.http).await?;
        let http = listener.local_addr().unwrap_or(plan.http);
        let sounds = Arc::new(load_sounds(&plan.prompts, &data.store).await?);
        let refusals = Arc::new(Refusals::default());
        let term_over = tend(data.store.clone(), data.node.clone());
        let books = Arc::new(Books::default());
        let health = Arc::new(Health::default());
        let vitals = Vitals { node: data.node.clone(), reports: data.folder.join("reports") };
        health.look(&vitals).await;
        let ports = Ports {
            lines: Arc::new(Directory {
                store: data.store.clone(),
                sounds,
                refusals: Arc::clone(&refusals),
            }),
            ledger: Arc::new(Ledger { node: data.node, refusals: Arc::clone(&refusals) }),
            reports: Arc::new(Reports::new(data.reports, data.codes)),
        };
        let engine = Arc::new(Engine::start(plan.engine, ports, classifier()).await?);
        let console = Console {
            engine: Arc::clone(&engine),
            books: Arc::clone(&books),
            health: Arc::clone(&health),
        };
        let mut app = linka_console::router(Arc::new(console));
        let watching = tokio::spawn(Arc::clone(&health).watch(vitals));
        if let Some(provider) = &plan.card {
            app = app.merge(webhook::router(data.store.clone(), Arc::clone(provider)));
        }
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "the web server stopped");
            }
        });
        let tools = Tools { store: data.store, post: plan.post, refusals, books, card: plan.card };
        let jobs = jobs::run(tools);
        Ok(Self { engine, http, server, term_over, health, watching, jobs })
    }

    pub(crate) fn sip(&self) -> SocketAddr {
        self.engine.local()
    }

    pub(crate) const fn http(&self) -> SocketAddr {
        self.http
    }

    /// Waits for SIGINT or SIGTERM, lets calls save and say goodbye, and ends. A second signal
    /// ends them at once. Where the node has lost its term it ends likewise, and with a failure:
    /// whoever watches over the process starts it again.
    pub(crate) async fn until_stopped(mut self) -> Result<(), Failure> {
        let mut signals = Signals::listen()?;
        let lost = tokio::select! {
            () = signals.next() => false,
            over = &mut self.term_over => over.is_ok(),
        };
        if lost {
            tracing::error!("the term is over: another node took this one for dead");
        }
        self.health.stopping();
        tracing::info!("stopping: running calls save and say goodbye");
        self.engine.stop(signals.next()).await;
        self.server.abort();
        self.watching.abort();
        self.jobs.abort_all();
        if lost { Err(StoreError::TermOver.into()) } else { Ok(()) }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(format!(
            "cannot listen on http://{address}: {error}. Stop the other program, or choose another port with --http ADDRESS:PORT"
        ))
    })
}

/// SIGINT and SIGTERM.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::new(format!("cannot wait for signals: {error}"));
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The packs of all languages that lines speak, those that a line ordered later may speak, and the
/// names of all lines.
async fn load_sounds(prompts: &Path, store: &Store) -> Result<Sounds, Failure> {
    let rows = store.lines().await?;
    let setups: Vec<Setup> =
        rows.into_iter().filter_map(|row| serde_json::from_value(row.setup).ok()).collect();
    let mut languages: Vec<Lang> =
        setups.iter().flat_map(|setup| setup.languages.clone()).collect();
    languages.extend(packs(prompts));
    languages.sort();
    languages.dedup();
    if !prompts.is_dir() {
        return Err(Failure::new(format!(
            "there are no prompts in {}: start linka in the folder of the project, or name the folder with --prompts DIR",
            prompts.display()
        )));
    }
    let prompts = prompts.to_path_buf();
    let loading = tokio::task::spawn_blocking(move || {
        let sounds = Sounds::load(&prompts, &languages)?;
        setups.iter().try_for_each(|setup| sounds.load_names(setup))?;
        Ok::<_, linka_speech::PackError>(sounds)
    });
    let sounds = loading.await.map_err(|_| Failure::new("loading the prompts failed"))??;
    Ok(sounds)
}

/// The languages of which there is a pack.
fn packs(prompts: &Path) -> Vec<Lang> {
    let folders = std::fs::read_dir(prompts).into_iter().flatten().filter_map(Result::ok);
    let folders = folders.filter(|folder| folder.path().join("pack.yaml").is_file());
    folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok()).collect()
}

/// Media threads and their room for so many calls at once.
pub(crate) fn media(threads: Option<u16>, calls_max: u16) -> PoolConfig {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.unwrap_or_else(|| u16::try_from(cores).unwrap_or(1)).max(1);
    let legs_a_thread = calls_max.div_ceil(threads).max(1);
    PoolConfig { threads, legs_a_thread, conferences_a_thread: legs_a_thread }
}

impl Plan {
    /// The plan of a configuration file.
    pub(crate) fn of(
        config: &NodeConfig,
        prompts: PathBuf,
        trunks: Vec<Trunk>,
        post: Post,
    ) -> Self {
        let engine = EngineConfig {
            sip: config.sip.listen,
            advertise: config.sip.advertise,
            rtp_ports: (config.rtp.ports.0, config.rtp.ports.1),
            trunks,
            calls_max: config.sip.calls_max,
            media: media(config.rtp.threads, config.sip.calls_max),
            portable_sockets: config.rtp.portable_sockets,
        };
        Self { prompts, http: config.http.listen, engine, post, card: None }
    }
}

struct Console {
    engine: Arc<Engine>,
    books: Arc<Books>,
    health: Arc<Health>,
}

impl Live for Console {
    fn health(&self) -> Result<(), &'static str> {
        self.health.state()
    }

    fn gauges(&self) -> Vec<Gauge> {
        let gauge = |figure: linka_engine::Figure| Gauge {
            name: figure.name,
            help: figure.help,
            counter: figure.counter,
            value: figure.value,
        };
        let figures = self.engine.figures().into_iter().map(gauge);
        figures.chain(self.books.gauges()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report with a case code, as a node leaves it.
    const FACTS: &str = r#"{"id": "00000000-0000-4000-8000-000000000001", "state": "reviewed",
        "seconds": 3, "facts": {"line": "00000000-0000-4000-8000-000000000002", "line_name": "L",
        "language": "cs", "category": null, "unit": null, "case_code": "CODE", "consent": {
        "answer": "audio", "language": "cs", "prompt": "consent_ask", "prompt_version": "1",
        "key": "1"}, "day": "2026-11-24"}}"#;

    #[tokio::test]
    async fn a_node_whose_secret_is_gone_does_not_start_over_its_reports() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let database = Database::embedded();
        drop(Data::open(&database, path, TermRules::default()).await.unwrap());
        std::fs::remove_file(path.join("secret.key")).unwrap();
        // Without a report nothing is lost with it.
        drop(Data::open(&database, path, TermRules::default()).await.unwrap());
        let report = path.join("reports/00000000-0000-4000-8000-000000000001");
        std::fs::create_dir(&report).unwrap();
        let hash = format!("argon2id-v19-m65536-t3-p1-hmac-sha256:{}", "0f".repeat(32));
        std::fs::write(report.join("facts.json"), FACTS.replace("CODE", &hash)).unwrap();
        drop(Data::open(&database, path, TermRules::default()).await.unwrap());
        std::fs::remove_file(path.join("secret.key")).unwrap();
        let Err(error) = Data::open(&database, path, TermRules::default()).await else {
            panic!("it starts")
        };
        let error = error.to_string();
        assert!(error.contains("secret.key is missing"), "{error}");
        assert!(!path.join("secret.key").exists());
    }
}
