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
    let engine = Engine::start(config, ports, Box::new(|_, _| Origin::Unknown)).await.unwrap();
    let sip = engine.local();
    (engine, house, sip)
}

async fn dial(number: &str, sip: SocketAddr, ports: (u16, u16)) -> Phone {
    Phone::dial(&format!("sip:{number}@{sip}"), ports).await.unwrap()
}

/// The next event, which must come before a limit that only a fault reaches.
async fn next(phone: &mut Phone) -> Option<PhoneEvent> {
    tokio::time::timeout(Duration::from_secs(30), phone.next()).await.unwrap()
}

/// Waits for the answer or the refusal: `None` is an answer.
async fn outcome(phone: &mut Phone) -> Option<u16> {
    loop {
        match next(phone).await {
            Some(PhoneEvent::Answered) => return None,
            Some(PhoneEvent::Refused(status)) => return Some(status),
            Some(_) => {}
            None => panic!("the call ended without an answer"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_numbers_get_404_and_closed_lines_480_and_neither_reaches_the_books() {
    let (_engine, house, sip) = start(4, 4, (21_000, 21_018)).await;
    let mut stranger = dial("+420200000009", sip, (21_020, 21_030)).await;
    assert_eq!(outcome(&mut stranger).await, Some(404));
    let mut closed = dial(CLOSED, sip, (21_020, 21_030)).await;
    assert_eq!(outcome(&mut closed).await, Some(480));
    assert_eq!(*house.admitted.lock().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_more_than_a_line_has_channels_gets_486() {
    let (_engine, house, sip) = start(1, 4, (21_100, 21_118)).await;
    let mut first = dial(OPEN, sip, (21_120, 21_138)).await;
    assert_eq!(outcome(&mut first).await, None);
    let mut second = dial(OPEN, sip, (21_120, 21_138)).await;
    assert_eq!(outcome(&mut second).await, Some(486));
    assert_eq!(*house.admitted.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_more_than_the_node_takes_gets_503() {
    let (_engine, _house, sip) = start(4, 1, (21_200, 21_218)).await;
    let mut first = dial(OPEN, sip, (21_220, 21_238)).await;
    assert_eq!(outcome(&mut first).await, None);
    let mut second = dial(OPEN, sip, (21_220, 21_238)).await;
    assert_eq!(outcome(&mut second).await, Some(503));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_caller_ends_is_billed_by_started_minute_and_closed_once() {
    let (engine, house, sip) = start(4, 4, (21_300, 21_318)).await;
    let mut phone = dial(OPEN, sip, (21_320, 21_338)).await;
    assert_eq!(outcome(&mut phone).await, None);
    while let Some(event) = next(&mut phone).await {
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

/// Waits for the end of a call; whether the line ended it.
async fn ended_by_line(phone: &mut Phone) -> bool {
    let mut by_line = false;
    while let Some(event) = next(phone).await {
        if let PhoneEvent::Ended { by_far_side } = event {
            by_line = by_far_side;
        }
    }
    by_line
}

fn reasons(house: &House) -> Vec<EndReason> {
    house.closed.lock().unwrap().iter().map(|close| close.reason).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_a_running_call_say_goodbye_and_a_new_one_is_refused() {
    let (engine, house, sip) = start(4, 4, (21_400, 21_418)).await;
    let mut phone = dial(OPEN, sip, (21_420, 21_438)).await;
    assert_eq!(outcome(&mut phone).await, None);
    let mut late = dial(OPEN, sip, (21_440, 21_458)).await;
    let (_, by_line, refusal) =
        tokio::join!(engine.stop(core::future::pending()), ended_by_line(&mut phone), async {
            tokio::time::sleep(Duration::ZERO).await;
            outcome(&mut late).await
        });
    assert!(by_line);
    assert!(refusal.is_none_or(|status| status == 503));
    assert!(reasons(&house).iter().all(|reason| *reason == EndReason::Shutdown));
    assert!(!reasons(&house).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_running_call_with_a_bye_at_once() {
    let (engine, house, sip) = start(4, 4, (21_500, 21_518)).await;
    let mut phone = dial(OPEN, sip, (21_520, 21_538)).await;
    assert_eq!(outcome(&mut phone).await, None);
    let (_, by_line) = tokio::join!(engine.stop(async {}), ended_by_line(&mut phone));
    assert!(by_line);
    assert_eq!(reasons(&house), [EndReason::Shutdown]);
}

/// A caller without media and without an ACK, written by hand.
struct Bare {
    socket: tokio::net::UdpSocket,
    sip: SocketAddr,
}

impl Bare {
    async fn new(sip: SocketAddr) -> Self {
        Self { socket: tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap(), sip }
    }

    async fn send(&self, method: &str, cseq: u32, to_tag: &str, body: &str) {
        let text = format!(
            "{method} sip:{OPEN}@{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bK{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:a@h>;tag=f\r\nTo: <sip:{OPEN}@h>{to_tag}\r\n\
             Call-ID: bare\r\nCSeq: {cseq} {method}\r\nContact: <sip:{us}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {len}\r\n\r\n{body}",
            sip = self.sip,
            us = self.socket.local_addr().unwrap(),
            len = body.len()
        );
        self.socket.send_to(text.as_bytes(), self.sip).await.unwrap();
    }

    /// Waits for this final answer to the request of this number.
    async fn receive(&self, status: u16, cseq: u32) -> String {
        let (start, number) = (format!("SIP/2.0 {status} "), format!("CSeq: {cseq} "));
        let mut buffer = vec![0; 65_535];
        loop {
            let received = self.socket.recv(&mut buffer);
            let len =
                tokio::time::timeout(Duration::from_secs(30), received).await.unwrap().unwrap();
            let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
            if text.starts_with(&start) && text.contains(&number) {
                return text;
            }
        }
    }

    /// Calls and never sends the ACK; returns the 200 and the line's tag in it.
    async fn call(&self, body: &str) -> (String, String) {
        self.send("INVITE", 1, "", body).await;
        let ok = self.receive(200, 1).await;
        let to = ok.lines().find(|line| line.starts_with("To:")).unwrap();
        let tag = to[to.find(";tag=").unwrap()..].to_owned();
        (ok, tag)
    }
}

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 21999 RTP/AVP 8\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_before_the_ack_has_had_the_answer_and_is_charged() {
    let (engine, house, sip) = start(4, 4, (21_600, 21_618)).await;
    let bare = Bare::new(sip).await;
    let (_, tag) = bare.call(OFFER).await;
    bare.send("BYE", 2, &tag, "").await;
    bare.receive(200, 2).await;
    engine.stop(core::future::pending()).await;
    let closed = house.closed.lock().unwrap();
    let [close] = &closed[..] else { panic!("closed {} times", closed.len()) };
    // A second begun is a second, and a minute begun costs 1.00.
    let [Posting::Post { amount, .. }] = &close.postings[..] else {
        panic!("{:?}", close.postings)
    };
    assert_eq!((close.reason, *amount), (EndReason::CallerHungUp, Micros(1_000_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn media_never_goes_to_our_own_sip_port() {
    let (_engine, _house, sip) = start(4, 4, (21_700, 21_718)).await;
    let bare = Bare::new(sip).await;
    bare.send("INVITE", 1, "", &OFFER.replace("21999", &sip.port().to_string())).await;
    bare.receive(488, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_on_hold_is_answered_though_it_names_no_address() {
    let (_engine, _house, sip) = start(4, 4, (21_800, 21_818)).await;
    let bare = Bare::new(sip).await;
    let (ok, _) = bare.call(&OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")).await;
    assert!(ok.contains("\r\na=recvonly\r\n"), "{ok}");
}
