//! Calls without a database: an engine on ports that live in memory, called by the small telephone.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linka_audio::{Prompt, tone};
use linka_engine::media::{Clip, PoolConfig};
use linka_engine::ports::{
    Admission, AdmitCall, BoxFuture, CallLedger, CloseCall, LineDirectory, LineEntry, PinnedRate,
    Ports, ReportFacts, ReportSink, ReportWriter, SinkError, Unavailable, Voice,
};
use linka_engine::{Engine, EngineConfig, Phone, PhoneEvent, clock};
use linka_ivr::{Limits, Script, Utterance, Waits};
use linka_metering::{Posting, PostingResult, Rate};
use linka_model::{CallId, CaseCode, EndReason, Lang, LineId, Micros, OriginClass, PromptKey};
use linka_sip::{Net, Origin, Trunk};

const OPEN: &str = "+420200000001";
const CLOSED: &str = "+420200000002";

/// Directory, ledger and sink in memory.
struct House {
    line: LineId,
    channels: u32,
    closed: Mutex<Vec<CloseCall>>,
    admitted: Mutex<u32>,
}

impl LineDirectory for House {
    fn find<'a>(
        &'a self,
        called: &'a str,
        _: OriginClass,
    ) -> BoxFuture<'a, Result<Option<LineEntry>, Unavailable>> {
        let known = called == OPEN || called == CLOSED;
        let entry = known.then(|| LineEntry {
            line: self.line,
            name: "Line".into(),
            org: clock::new_org(),
            open: called == OPEN,
            channels: self.channels,
            rate: Some(PinnedRate { version: uuid::Uuid::nil(), rate: per_minute() }),
            script: Arc::new(script()),
            voice: Arc::new(Beeps),
        });
        Box::pin(async move { Ok(entry) })
    }
}

fn per_minute() -> Rate {
    Rate::new(Micros(1_000_000), (60, 60), Micros::ZERO, Micros::ZERO).unwrap()
}

fn script() -> Script {
    Script {
        languages: vec![Lang::CS],
        categories: Vec::new(),
        units: Vec::new(),
        has_transcriber: false,
        code_first: false,
        next_steps: PromptKey::NextSteps,
        limits: Limits::default(),
        waits: Waits::default(),
    }
}

struct Beeps;

impl Voice for Beeps {
    fn clips(&self, _: &Utterance, _: &CaseCode) -> Vec<Clip> {
        vec![Clip::Prompt(Arc::new(Prompt::encode(&tone(700.0, 100, -20.0))))]
    }

    fn pack_version(&self, _: Lang) -> String {
        "1".into()
    }
}

impl CallLedger for House {
    fn admit(&self, _: AdmitCall, _: Posting) -> BoxFuture<'_, Admission> {
        *self.admitted.lock().unwrap() += 1;
        Box::pin(async { Admission::Admitted })
    }

    fn post(&self, postings: Vec<Posting>) -> BoxFuture<'_, Vec<PostingResult>> {
        Box::pin(async move { vec![PostingResult::Done; postings.len()] })
    }

    fn heartbeat(&self, _: Vec<(CallId, u64)>) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async { Ok(()) })
    }

    fn close(&self, close: CloseCall) -> BoxFuture<'_, Result<(), Unavailable>> {
        self.closed.lock().unwrap().push(close);
        Box::pin(async { Ok(()) })
    }
}

impl ReportSink for House {
    fn open(&self, _: ReportFacts, _: CaseCode) -> Result<Box<dyn ReportWriter>, SinkError> {
        Err(SinkError("no report is expected".into()))
    }
}

async fn start(
    channels: u32,
    calls_max: u16,
    rtp_ports: (u16, u16),
) -> (Engine, Arc<House>, SocketAddr) {
    let line = clock::new_line();
    let (closed, admitted) = (Mutex::default(), Mutex::default());
    let house = Arc::new(House { line, channels, closed, admitted });
    let mut trunk = Trunk::new("test", "420");
    let loopback: Net = "127.0.0.0/8".parse().unwrap();
    trunk.signalling.push(loopback);
    trunk.media.push(loopback);
    let config = EngineConfig {
        sip: "127.0.0.1:0".parse().unwrap(),
        advertise: None,
        rtp_ports,
        trunks: vec![trunk],
        calls_max,
        media: PoolConfig { threads: 1, legs_a_thread: 4, conferences_a_thread: 0 },
        portable_sockets: false,
    };
    let ports = Ports {
        lines: Arc::clone(&house) as Arc<dyn LineDirectory>,
        ledger: Arc::clone(&house) as Arc<dyn CallLedger>,
        reports: Arc::clone(&house) as Arc<dyn ReportSink>,
    };
    let engine = Engine::start(config, ports, Box::new(|_| Origin::Unknown)).await.unwrap();
    let sip = engine.local();
    (engine, house, sip)
}

async fn dial(number: &str, sip: SocketAddr, ports: (u16, u16)) -> Phone {
    Phone::dial(&format!("sip:{number}@{sip}"), ports).await.unwrap()
}

/// Waits for the answer or the refusal: `None` is an answer.
async fn outcome(phone: &mut Phone) -> Option<u16> {
    loop {
        match tokio::time::timeout(Duration::from_secs(10), phone.next()).await.unwrap() {
            Some(PhoneEvent::Answered) => return None,
            Some(PhoneEvent::Refused(status)) => return Some(status),
            Some(_) => {}
            None => panic!("the call ended without an answer"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_numbers_get_404_and_closed_lines_480_and_neither_reaches_the_books() {
    let (_engine, house, sip) = start(4, 4, (43_000, 43_018)).await;
    let mut stranger = dial("+420200000009", sip, (43_020, 43_030)).await;
    assert_eq!(outcome(&mut stranger).await, Some(404));
    let mut closed = dial(CLOSED, sip, (43_020, 43_030)).await;
    assert_eq!(outcome(&mut closed).await, Some(480));
    assert_eq!(*house.admitted.lock().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_more_than_a_line_has_channels_gets_486() {
    let (_engine, house, sip) = start(1, 4, (43_100, 43_118)).await;
    let mut first = dial(OPEN, sip, (43_120, 43_138)).await;
    assert_eq!(outcome(&mut first).await, None);
    let mut second = dial(OPEN, sip, (43_120, 43_138)).await;
    assert_eq!(outcome(&mut second).await, Some(486));
    assert_eq!(*house.admitted.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_more_than_the_node_takes_gets_503() {
    let (_engine, _house, sip) = start(4, 1, (43_200, 43_218)).await;
    let mut first = dial(OPEN, sip, (43_220, 43_238)).await;
    assert_eq!(outcome(&mut first).await, None);
    let mut second = dial(OPEN, sip, (43_220, 43_238)).await;
    assert_eq!(outcome(&mut second).await, Some(503));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_caller_ends_is_billed_by_started_minute_and_closed_once() {
    let (engine, house, sip) = start(4, 4, (43_300, 43_318)).await;
    let mut phone = dial(OPEN, sip, (43_320, 43_338)).await;
    assert_eq!(outcome(&mut phone).await, None);
    while let Some(event) = phone.next().await {
        if matches!(event, PhoneEvent::Heard(_)) {
            phone.hang_up().await;
        }
    }
    engine.stop(core::future::pending()).await;
    let closed = house.closed.lock().unwrap();
    let [close] = &closed[..] else { panic!("closed {} times", closed.len()) };
    assert_eq!(close.reason, EndReason::CallerHungUp);
    assert!((1..60).contains(&close.billable_s), "{} s", close.billable_s);
    // Up to 60 s at 1.00 a started minute: one post of 1.00 resolves the only hold.
    let [Posting::Post { amount, .. }] = &close.postings[..] else {
        panic!("{:?}", close.postings)
    };
    assert_eq!(*amount, Micros(1_000_000));
}
