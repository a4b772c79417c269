//! `linka demo`: a complete line on this machine, to try it out.

mod folder;
mod greeting;

use std::net::SocketAddr;
use std::path::Path;

use linka_engine::EngineConfig;
use linka_model::{LineState, Micros};
use linka_store::{LineRow, Store, TermRules};
use serde::{Deserialize, Serialize};

use crate::cli::Demo;
use crate::commands::logging;
use crate::config::{self, LogFormat, Organisation, Setup, demo_trunk};
use crate::database::Database;
use crate::failure::Failure;
use crate::mails::Post;
use crate::node::{self, Data, Plan, Running};
use crate::wiring::admission;
use crate::{booking, output, provision};
use folder::DemoFolder;

/// The example organisations.
const ORGANISATIONS: &str = include_str!("../../../../config/demo.yaml");
/// The price lists that they need.
const CARDS: [(&str, &str); 2] = [
    ("cz-landline-czk.yaml", include_str!("../../../../config/ratecards/cz-landline-czk.yaml")),
    ("cz-tollfree-czk.yaml", include_str!("../../../../config/ratecards/cz-tollfree-czk.yaml")),
];
/// What the demo's paying organisation begins with: 500.00.
const CREDIT: Micros = Micros(500_000_000);
/// What the other one had once: 10.00.
const USED_UP: Micros = Micros(10_000_000);
const CALLS_MAX: u16 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisations {
    organisations: Vec<Organisation>,
}

/// Runs until it is told to stop.
pub(crate) async fn run(args: Demo) -> Result<(), Failure> {
    output::line("linka demo is starting ...");
    logging::start(args.log, LogFormat::Text);
    let sip = args.sip.unwrap_or_else(|| default_sip(args.lan));
    let folder = DemoFolder::claim(&args.data, args.fresh)?;
    let data = Data::open(&Database::embedded(), &args.data, TermRules::DEFAULT).await?;
    folder.forget_description();
    let left = data.left;
    prepare(&data.store, &folder).await?;
    let store = data.store.clone();
    let running = Running::start(plan(&args, sip)?, data).await?;
    let (sip, http) = (running.sip(), running.http());
    let dial = greeting::dialable(sip, &demo_trunk(sip, args.lan));
    let lines = describe(&store, dial).await?;
    folder.describe(&serde_json::json!({
        "sip": dial.to_string(), "http": format!("http://{http}"), "lines": lines
    }))?;
    left.sentences().iter().for_each(output::line);
    output::line(greeting::text(&args.data, (sip, dial), http, &lines));
    running.until_stopped().await?;
    output::line("linka demo has stopped.");
    Ok(())
}

fn default_sip(lan: bool) -> SocketAddr {
    SocketAddr::from(([if lan { 0 } else { 127 }, 0, 0, u8::from(!lan)], 5060))
}

fn plan(args: &Demo, sip: SocketAddr) -> Result<Plan, Failure> {
    let engine = EngineConfig {
        sip,
        advertise: None,
        rtp_ports: (args.rtp_ports.0, args.rtp_ports.1),
        trunks: vec![demo_trunk(sip, args.lan)],
        calls_max: CALLS_MAX,
        media: node::media(None, CALLS_MAX),
        portable_sockets: args.portable_sockets,
    };
    let post = Post::into_folder(&args.data, &format!("http://{}/", args.http))?;
    Ok(Plan { prompts: args.prompts.clone(), http: args.http, engine, post, card: None })
}

/// Makes the organisations once: ordered, registered, topped up, switched on. Where the first start
/// broke off, the next one goes on: every entry has the same name again, so that it stands once.
async fn prepare(store: &Store, folder: &DemoFolder) -> Result<(), Failure> {
    for (name, yaml) in CARDS {
        let (card, _) = node::read_card(yaml, name)?;
        store.load_card(&card).await?;
    }
    let parsed: Organisations = config::parse(ORGANISATIONS, Path::new("config/demo.yaml"))?;
    let [paying, broke] = &parsed.organisations[..] else { return Ok(()) };
    provision::organisations(store, &parsed.organisations).await?;
    if folder.is_prepared() {
        return Ok(());
    }
    booking::grant_once(store, &paying.name, CREDIT, "demo").await?;
    switch_on(store, paying).await?;
    // The other one had credit once, switched its line on, and has used it up.
    booking::grant_once(store, &broke.name, USED_UP, "demo").await?;
    switch_on(store, broke).await?;
    booking::withdraw_once(store, &broke.name, USED_UP, "demo").await?;
    folder.set_prepared()
}

async fn switch_on(store: &Store, organisation: &Organisation) -> Result<(), Failure> {
    if let Some(line) = organisation.lines.first() {
        provision::switch(store, line.number.as_str(), true).await?;
    }
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

async fn describe(store: &Store, dial: SocketAddr) -> Result<Vec<DemoLine>, Failure> {
    let mut lines = Vec::new();
    for row in store.lines().await? {
        let state = shown_state(store, &row).await?;
        let Some(number) = row.did.as_ref().map(|did| did.to_string()) else { continue };
        let languages = serde_json::from_value::<Setup>(row.setup).map(|setup| setup.languages);
        lines.push(DemoLine {
            sip_uri: format!("sip:{number}@{}", dial),
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
