//! `linka demo`: a complete line on this machine, to try it out.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use linka_engine::EngineConfig;
use linka_model::{LineState, Micros};
use linka_store::{LineRow, Store};
use serde::{Deserialize, Serialize};

use crate::cli::Demo;
use crate::commands::logging;
use crate::config::{self, LogFormat, Organisation, Setup, demo_trunk};
use crate::database::Database;
use crate::failure::Failure;
use crate::node::{self, Data, Plan, Running};
use crate::wiring::admission;
use crate::{output, provision};

/// The example organisations.
const ORGANISATIONS: &str = include_str!("../../../../config/demo.yaml");
/// The price lists that they need.
const CARDS: [(&str, &str); 2] = [
    ("cz-landline-czk.yaml", include_str!("../../../../config/ratecards/cz-landline-czk.yaml")),
    ("cz-tollfree-czk.yaml", include_str!("../../../../config/ratecards/cz-tollfree-czk.yaml")),
];
/// What the demo's paying organisation begins with: 500.00.
const CREDIT: Micros = Micros(500_000_000);
const CALLS_MAX: u16 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisations {
    organisations: Vec<Organisation>,
}

/// Runs until it is told to stop.
pub(crate) async fn run(args: Demo) -> Result<(), Failure> {
    output::line("linka demo is starting ...");
    logging::start(&args.log, LogFormat::Text);
    let sip = args.sip.unwrap_or_else(|| default_sip(args.lan));
    if args.fresh {
        remove(&args.data)?;
    }
    let _stale = fs::remove_file(args.data.join("demo.json"));
    let data = Data::open(&Database::embedded(), &args.data).await?;
    let (recovered, interrupted) = (data.recovered, data.interrupted);
    prepare(&data.store).await?;
    let store = data.store.clone();
    let running = Running::start(plan(&args, sip), data).await?;
    let (sip, http) = (running.sip(), running.http());
    let lines = describe(&store, sip).await?;
    write_json(&args.data, sip, http, &lines)?;
    if recovered.calls > 0 || interrupted > 0 {
        output::line(format!(
            "The last run ended suddenly: {} calls were settled at their last proof, {interrupted} reports were kept as interrupted.",
            recovered.calls
        ));
    }
    greet(&args, sip, http, &lines);
    running.until_stopped().await?;
    output::line("linka demo has stopped.");
    Ok(())
}

fn default_sip(lan: bool) -> SocketAddr {
    SocketAddr::from(([if lan { 0 } else { 127 }, 0, 0, u8::from(!lan)], 5060))
}

fn plan(args: &Demo, sip: SocketAddr) -> Plan {
    let engine = EngineConfig {
        sip,
        advertise: None,
        rtp_ports: (args.rtp_ports.0, args.rtp_ports.1),
        trunks: vec![demo_trunk(sip, args.lan)],
        calls_max: CALLS_MAX,
        media: node::media(None, CALLS_MAX),
        portable_sockets: args.portable_sockets,
    };
    Plan { prompts: args.prompts.clone(), http: args.http, engine }
}

/// Removes what a demo made, and nothing else that lies in the folder.
fn remove(data: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot empty the folder {}: {error}", data.display()))
    };
    for name in ["linka.db", "linka.db-wal", "linka.db-shm", "secret.key", "demo.json"] {
        match fs::remove_file(data.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    match fs::remove_dir_all(data.join("reports")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes the organisations once: ordered, registered, topped up, switched on.
async fn prepare(store: &Store) -> Result<(), Failure> {
    for (name, yaml) in CARDS {
        let (card, _) = node::read_card(yaml, name)?;
        store.load_card(&card).await?;
    }
    let parsed: Organisations = config::parse(ORGANISATIONS, Path::new("config/demo.yaml"))?;
    let [paying, broke] = &parsed.organisations[..] else { return Ok(()) };
    let first_time = store.org_by_name(&broke.name).await?.is_none();
    provision::organisations(store, &parsed.organisations).await?;
    if !first_time {
        return Ok(());
    }
    provision::grant(store, &paying.name, CREDIT, "demo").await?;
    if let Some(line) = paying.lines.first() {
        provision::switch(store, line.number.as_str(), true).await?;
    }
    // The other one had credit once, switched its line on, and has used it up.
    provision::grant(store, &broke.name, Micros(10_000_000), "demo").await?;
    if let Some(line) = broke.lines.first() {
        provision::switch(store, line.number.as_str(), true).await?;
    }
    provision::withdraw(store, &broke.name, None, "demo").await?;
    Ok(())
}

#[derive(Serialize)]
struct DemoLine {
    name: String,
    number: String,
    sip_uri: String,
    state: &'static str,
    languages: Vec<linka_model::Lang>,
    organisation: String,
}

async fn describe(store: &Store, sip: SocketAddr) -> Result<Vec<DemoLine>, Failure> {
    let mut lines = Vec::new();
    for row in store.lines().await? {
        let state = shown_state(store, &row).await?;
        let number = row.did.as_ref().map(|did| did.to_string()).unwrap_or_default();
        let languages = serde_json::from_value::<Setup>(row.setup).map(|setup| setup.languages);
        lines.push(DemoLine {
            sip_uri: format!("sip:{number}@{}", dialable(sip)),
            name: row.name,
            number,
            state,
            languages: languages.unwrap_or_default(),
            organisation: row.org_name,
        });
    }
    lines.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(lines)
}

/// An address that can be dialled from this machine.
fn dialable(sip: SocketAddr) -> SocketAddr {
    if sip.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], sip.port())) } else { sip }
}

async fn shown_state(store: &Store, row: &LineRow) -> Result<&'static str, Failure> {
    if !row.state.admits_calls() {
        return Ok(match row.state {
            LineState::ProcessingOrder => "processing_order",
            LineState::TopUpCredit => "top_up_credit",
            LineState::Ready
            | LineState::PastDue
            | LineState::Suspended
            | LineState::ReleasePending
            | LineState::Released
            | LineState::Rejected => "off",
        });
    }
    if !row.on {
        return Ok("off");
    }
    let key = (&row.country, row.kind, row.currency);
    let origin = linka_model::OriginClass::Unknown;
    let price = store.pinned_rate(key, origin, linka_engine::clock::wall_ms()).await?;
    let covered = price.is_some_and(|price| row.available >= admission(&price));
    Ok(if covered { "on" } else { "no_credit" })
}

fn write_json(
    data: &Path,
    sip: SocketAddr,
    http: SocketAddr,
    lines: &[DemoLine],
) -> Result<(), Failure> {
    let sip = sip.to_string();
    let http = format!("http://{http}");
    let value = serde_json::json!({ "sip": sip, "http": http, "lines": lines });
    let temporary = data.join(".demo.json");
    let failed = |error| Failure::new(format!("cannot write {}: {error}", temporary.display()));
    fs::write(&temporary, format!("{value:#}\n")).map_err(failed)?;
    fs::rename(&temporary, data.join("demo.json")).map_err(failed)
}

fn greet(args: &Demo, sip: SocketAddr, http: SocketAddr, lines: &[DemoLine]) {
    let mut text = vec![
        format!("linka takes calls: SIP on {sip} (UDP)."),
        format!(
            "Health and figures: http://{http}/healthz, http://{http}/metrics. The console comes later; there is no sign-in yet."
        ),
        format!(
            "Data: {}. Reports lie there as plain WAV files until the vault exists.",
            args.data.display()
        ),
        String::new(),
        "Dial one of these:".to_owned(),
    ];
    for line in lines {
        text.push(format!("  {}   {}: {}", line.sip_uri, line.organisation, heard(line.state)));
    }
    let data = data_option(&args.data);
    if let Some(open) = lines.iter().find(|line| line.state == "on") {
        text.extend(examples(&open.sip_uri, &open.number, &data));
    }
    text.push("Ctrl-C stops linka.".to_owned());
    output::line(text.join("\n"));
}

fn heard(state: &str) -> &'static str {
    match state {
        "on" => "answers; hear it through and leave a report",
        "off" => "switched off; your phone says unavailable (480)",
        "no_credit" => "on, but without credit; sounds the same as switched off",
        "top_up_credit" => "waits for credit",
        _ => "is not registered yet",
    }
}

fn data_option(data: &Path) -> String {
    if data == Path::new("data/demo") {
        String::new()
    } else {
        format!(" --data {}", data.display())
    }
}

/// What to type, word for word.
fn examples(uri: &str, number: &str, data: &str) -> Vec<String> {
    let script = "talk; quiet 2; key 2; talk; quiet 1; key 1; talk; quiet 1; key 1; \
                  talk; quiet 1; key 1; talk 60; quiet 2; say prompts/en/info_how.ogg; key #; \
                  talk; quiet 1; key 1; talk; quiet 1; key 1; quiet 3 90; key #; quiet 3 60; hangup";
    vec![
        String::new(),
        "With any SIP phone (Linphone, baresip, a desk phone with --lan), or with linka's own:"
            .to_owned(),
        format!("  cargo run --release -- call {uri}"),
        "      type keys and Enter; add --record heard.wav to hear afterwards what the line said"
            .to_owned(),
        "A whole call by itself, in English, written to heard.wav:".to_owned(),
        format!("  cargo run --release -- call {uri} --record heard.wav --script '{script}'"),
        "Then look at what was left, and what it cost:".to_owned(),
        format!("  cargo run --release -- reports{data}"),
        format!("  cargo run --release -- calls{data}"),
        "Switch the line off and on, grant credit:".to_owned(),
        format!("  cargo run --release -- lines off {number}{data}"),
        format!(
            "  cargo run --release -- credit grant --org 'Bez kreditu s.r.o.' --amount 50{data}"
        ),
        String::new(),
    ]
}
