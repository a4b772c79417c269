//! Nothing that a telephone tells of its caller is left behind: not in the data folder, not in the
//! figures, not in the most talkative log.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::canary::{Canary, Hit, Searcher};
use harness::g711::Law;
use harness::http;
use harness::pcap::Speech;
use harness::phone::{Caller, CallerIdentity, Ending, Invite, Scenario};
use harness::server::{LineState, Server};
use harness::voice::say;
use harness::{Context, Result};

const LIMIT: Duration = Duration::from_secs(80);
/// The numbers of the caller, of who stands in its identity fields, and of who diverted the call.
const NUMBERS: [(&str, &str); 5] = [
    ("From", "+420777654321"),
    ("P-Asserted-Identity", "+420728394051"),
    ("Remote-Party-ID", "+420739405162"),
    ("Diversion", "+420601738495"),
    ("History-Info", "+420606849573"),
];
/// Header fields with `?` for a word that stands nowhere else; the words are the canaries.
const FIELDS: [&str; 26] = [
    "P-Asserted-Identity: \"?\" <sip:+420728394051@?.example>",
    "P-Preferred-Identity: \"?\" <sip:?@?.example>",
    "Remote-Party-ID: \"?\" <sip:+420739405162@?.example>;party=calling;privacy=off",
    "Diversion: \"?\" <sip:+420601738495@?.example>;reason=unconditional",
    "History-Info: <sip:+420606849573@?.example>;index=1",
    "User-to-User: ?;encoding=hex",
    "Subject: ?",
    "Identity: ?;info=<https://?.example/cert>;alg=ES256;ppt=shaken",
    "Geolocation: <cid:?@?.example>",
    "Geolocation-Routing: ?",
    "P-Charging-Vector: icid-value=\"?\";icid-generated-at=?.example;orig-ioi=?",
    "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=?",
    "P-Visited-Network-ID: ?",
    "P-Called-Party-ID: <sip:?@?.example>",
    "Referred-By: <sip:?@?.example>",
    "Reply-To: \"?\" <sip:?@?.example>",
    "Call-Info: <https://?.example/photo.jpg>;purpose=icon",
    "User-Agent: ?",
    "Organization: ?",
    "Session-ID: ?",
    "In-Reply-To: ?@?.example",
    "Alert-Info: <https://?.example/ring>",
    "Privacy: none;?",
    "X-Caller-Name: ?",
    "X-Imsi: ?",
    "Authorization: Digest username=\"?\", realm=\"?\", nonce=\"?\", uri=\"sip:?\", response=\"?\"",
];
/// What the scenario says of itself, and the same with words in it: the fields without which there
/// is no call.
const ALTERED: [(&str, &str); 11] = [
    ("Contact: <sip:+420777654321@", "Contact: \"?\" <sip:?@"),
    // sipp knows its calls by what stands behind the slashes.
    ("Call-ID: [call_id]", "Call-ID: ?///[call_id]"),
    (";tag=[pid]T", ";tag=?[pid]T"),
    (";branch=[branch];rport", ";branch=[branch];rport;x=?"),
    ("@[local_ip]:[local_port]>;tag=", "@?.example;x=?>;tag="),
    ("o=caller 1 1 IN", "o=? 1 1 IN"),
    ("s=-\n", "s=?\ni=?\nu=https://?.example/\ne=?@?.example (?)\np=+420?\n"),
    ("t=0 0\n", "t=0 0\nk=clear:?\na=tool:?\na=cname:?\n"),
    ("a=rtpmap:8 PCMA/8000\n", "i=?\na=label:?\na=rtpmap:8 PCMA/8000\n"),
    (
        "a=ptime:20\n",
        "a=ptime:20\na=ssrc:1128418380 cname:?\na=candidate:? 1 UDP 1 192.0.2.7 9 typ host\n",
    ),
    ("a=fmtp:101 0-15\n", "a=fmtp:101 0-15\na=ice-ufrag:?\na=ice-pwd:?\na=x-?:?\n"),
];

/// Makes words that stand nowhere else, and remembers them.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// The text with a new word for each `?`.
    fn fill(&mut self, text: &str) -> String {
        let mut parts = text.split('?');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let word = format!("kanarek{:03}q", self.0.len());
            filled.push_str(&word);
            filled.push_str(part);
            self.0.push(word);
        }
        filled
    }
}

/// What the caller says and presses. A key a second, each cuts what is being said: past the
/// greeting, Czech, past the hint, the first category, past its name, the first unit, past its
/// name, consent, to the tone; then a report, send, and through the code to the end.
fn report(folder: &Path) -> Result<PathBuf> {
    let mut speech = Speech::new(Law::A).silence(2.0);
    for key in ["#", "1", "#", "1", "#", "1", "#", "1", "5"] {
        speech = speech.digits(key).silence(1.0);
    }
    let spoken = "Faktury za březen byly dodatečně změněny. Viděl jsem to na vlastní oči.";
    speech = speech.speech(&say(spoken, "cs")?).silence(0.5);
    for key in ["#", "1", "1", "#", "#", "#", "#"] {
        speech = speech.digits(key).silence(1.5);
    }
    let file = folder.join("report.pcap");
    speech.silence(5.0).write(&file)?;
    Ok(file)
}

/// The call with a word in every field, and the canaries to look for.
fn marked_call(media: &Path) -> Result<(Scenario, Vec<Canary>, Words)> {
    let mut words = Words::default();
    let caller = CallerIdentity { name: words.fill("? ?"), user: NUMBERS[0].1.to_owned() };
    let headers = FIELDS.iter().map(|field| words.fill(field)).collect();
    let invite = Invite { caller, headers };
    let mut scenario = Scenario::call(&invite, Some(media), Ending::Await(LIMIT));
    for (plain, marked) in ALTERED {
        scenario = scenario.altered(plain, &words.fill(marked));
    }
    let mut canaries = Vec::new();
    for (name, number) in NUMBERS {
        canaries.push(Canary::number(name, number, "420")?);
    }
    canaries.extend(words.0.iter().map(|word| Canary::text(word, word)));
    Ok((scenario, canaries, words))
}

/// Searches everything that the line has left or shows.
fn search(server: &Server, searcher: &Searcher) -> Result<Vec<Hit>> {
    let mut hits = searcher.path(&server.data())?;
    for log in ["linka.out", "linka.err"] {
        hits.extend(searcher.path(&server.folder().join(log))?);
    }
    Ok(hits)
}

fn listing(hits: &[Hit]) -> String {
    hits.iter().map(|hit| format!("{hit}\n")).collect()
}

/// Everything was on the wire: a word that was never sent is found nowhere either.
fn assert_sent(invite: &str, words: &Words) {
    for word in words.0.iter().map(String::as_str).chain(NUMBERS.map(|(_, number)| number)) {
        assert!(invite.contains(word), "{word} was not sent in\n{invite}");
    }
}

/// What the search would find if it were there: the sender's number in base64 at the end of a copy
/// of the database, and a word in the middle of a log line.
fn assert_found_when_planted(server: &Server, searcher: &Searcher) -> Result<()> {
    let (database, log) = (server.data().join("linka.db"), server.folder().join("linka.out"));
    let planted = server.data().join("reports/planted.db");
    // printf 777654321 | base64
    fs::write(&planted, [fs::read(&database)?, b"Nzc3NjU0MzIx".to_vec()].concat())?;
    let hits = searcher.path(&server.data())?;
    let found = |hit: &Hit| hit.canary == "From" && hit.form == "base64";
    assert!(hits.iter().any(found), "{}", listing(&hits));
    fs::remove_file(planted)?;
    let log = [fs::read(log)?, b"TRACE invite from=KANAREK005Q\n".to_vec()].concat();
    let hits = searcher.bytes("the log", &log);
    assert!(hits.iter().any(|hit| hit.canary == "kanarek005q"), "{}", listing(&hits));
    Ok(())
}

#[test]
fn nothing_that_a_telephone_tells_of_its_caller_is_left_behind() -> Result<()> {
    let mut server = Server::start_with(&["--log", "trace"], &[])?;
    let demo = server.demo()?;
    let media = report(server.folder())?;
    let (scenario, mut canaries, words) = marked_call(&media)?;
    let caller = Caller::to(server.sip(), demo.line(LineState::On)?.number()?)?.within(LIMIT);
    canaries
        .push(Canary::text("address of the sound", &format!("127.0.0.1:{}", caller.media_port())));
    let searcher = Searcher::new(&canaries)?;
    let calling = caller.start(&scenario)?;
    let address = calling.address().to_string();
    let ended = calling.finish()?.as_planned()?;
    let invite = ended.messages.iter().find(|message| message.method() == Some("INVITE"));
    assert_sent(&invite.because(|| "no INVITE was sent")?.text, &words);
    let reports = server.json(&["reports"])?;
    assert_eq!(reports[0]["ended"], "reviewed", "{reports}");
    assert_eq!(reports[0]["category"], "fraud", "{reports}");
    assert!(server.log().contains("call ended"), "the log says nothing of calls: {}", server.log());
    // While it runs (the write-ahead log is there) and after its end.
    let metrics = http::fetch(server.http(), "/metrics")?;
    assert_eq!(metrics.status, 200);
    let mut hits = searcher.bytes("/metrics", metrics.body.as_bytes());
    assert!(server.data().join("linka.db-wal").is_file());
    hits.extend(search(&server, &searcher)?);
    server.stop()?;
    hits.extend(search(&server, &searcher)?);
    hits.extend(
        Searcher::new(&[Canary::text("address", &address)])?
            .bytes("the log", server.log().as_bytes()),
    );
    assert!(hits.is_empty(), "{}", listing(&hits));
    assert_found_when_planted(&server, &searcher)
}
