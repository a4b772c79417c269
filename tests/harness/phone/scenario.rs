//! What sipp does, step by step, as the XML that it reads.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The INVITE of a scenario. Everything of it can be a canary.
#[derive(Clone, Debug, Default)]
pub struct Invite {
    /// Who calls, in From and Contact.
    pub caller: Caller,
    /// More header fields, each a whole line such as `P-Asserted-Identity: <tel:+420…>`.
    pub headers: Vec<String>,
}

/// How a caller names itself.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The display name, without quotes; empty for none.
    pub name: String,
    /// The user part of the address, such as `+420…`.
    pub user: String,
}

impl Default for Caller {
    fn default() -> Self {
        Self { name: String::new(), user: "anonymous".to_owned() }
    }
}

/// How an answered call ends.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// The caller hangs up so long after the answer.
    HangUp(Duration),
    /// The line hangs up; waiting longer than this is a failure.
    Await(Duration),
}

/// A row of steps. A step that does not happen as it stands fails the call.
#[derive(Clone, Debug)]
pub struct Scenario {
    caller: Caller,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// A message; `retransmit` for requests over UDP until they are answered.
    Send {
        text: String,
        retransmit: bool,
    },
    Receive(Awaited),
    Play(PathBuf),
    Pause(Duration),
}

#[derive(Clone, Debug)]
enum Awaited {
    /// May come or not.
    Provisional(u16),
    Response(u16),
    Request {
        method: &'static str,
        limit: Duration,
    },
}

impl Scenario {
    /// A call that must get this final answer, which is acknowledged. Nothing but 100, 180 and 183
    /// may come before.
    #[must_use]
    pub fn refused(invite: &Invite, status: u16) -> Self {
        let start = Self::invited(invite);
        start.provisionals().receive(Awaited::Response(status)).acknowledge_refusal()
    }

    /// A call that must be answered. The caller's media, if any, begins with the answer.
    #[must_use]
    pub fn call(invite: &Invite, media: Option<&Path>, ending: Ending) -> Self {
        let answered = Self::invited(invite).provisionals().receive(Awaited::Response(200));
        let acknowledged = in_dialog("ACK", 1, &invite.caller);
        let answered = answered.send(&acknowledged, false).play(media);
        match ending {
            Ending::HangUp(after) => answered
                .pause(after)
                .send(&in_dialog("BYE", 2, &invite.caller), true)
                .receive(Awaited::Response(200)),
            Ending::Await(limit) => answered
                .receive(Awaited::Request { method: "BYE", limit })
                .send(&respond("200 OK", ""), false),
        }
    }

    /// A call that is answered but never acknowledged: the line must resend the 200 and give up
    /// with BYE after 32 s (RFC 3261, section 13.3.1.4).
    #[must_use]
    pub fn without_ack(invite: &Invite) -> Self {
        Self::invited(invite)
            .provisionals()
            .receive(Awaited::Response(200))
            .receive(Awaited::Request { method: "BYE", limit: Duration::from_secs(40) })
            .send(&respond("200 OK", ""), false)
    }

    /// A call that is given up on this provisional answer (100, 180 or 183), before any final one:
    /// CANCEL gets 200, the INVITE 487 (RFC 3261, section 9.2).
    #[must_use]
    pub fn cancelled(invite: &Invite, on: u16) -> Self {
        let ringing = Self::invited(invite).receive(Awaited::Response(on));
        let cancel = ringing.like_the_first("CANCEL", CALLED);
        ringing
            .send(&cancel, true)
            .provisionals()
            .receive(Awaited::Response(200))
            .receive(Awaited::Response(487))
            .acknowledge_refusal()
    }

    /// A question outside of any call that must get this answer, such as OPTIONS or a method that
    /// does not exist.
    #[must_use]
    pub fn request(method: &str, status: u16) -> Self {
        let caller = Caller::default();
        let text = request(method, "[branch]", CALLED, "", &caller);
        Self::of(caller).send(&text, true).receive(Awaited::Response(status))
    }

    /// The other side of a call: rings, answers, plays its media and waits for BYE at most `limit`.
    #[must_use]
    pub fn answering(media: Option<&Path>, limit: Duration) -> Self {
        let contact = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n";
        let ok = format!("{contact}Content-Type: application/sdp\n");
        Self::of(Caller::default())
            .receive(Awaited::Request { method: "INVITE", limit })
            .send(&respond_with_tag("180 Ringing", contact, ""), false)
            .send(&respond_with_tag("200 OK", &ok, SESSION), true)
            .receive(Awaited::Request { method: "ACK", limit })
            .play(media)
            .receive(Awaited::Request { method: "BYE", limit })
            .send(&respond("200 OK", ""), false)
    }

    /// The same steps with a text replaced in every message that is sent: for the fields that an
    /// [`Invite`] does not hold, such as lines of SDP.
    #[must_use]
    pub fn altered(mut self, old: &str, new: &str) -> Self {
        for step in &mut self.steps {
            if let Step::Send { text, .. } = step {
                *text = text.replace(old, new);
            }
        }
        self
    }

    /// The XML.
    #[must_use]
    pub fn xml(&self) -> String {
        let mut xml =
            String::from("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario>\n");
        for step in &self.steps {
            xml.push_str(&step.xml());
        }
        xml.push_str("</scenario>\n");
        xml
    }

    fn invited(invite: &Invite) -> Self {
        let mut fields: String = invite.headers.iter().map(|line| format!("{line}\n")).collect();
        fields.push_str("Content-Type: application/sdp\n");
        let text = request("INVITE", "[branch]", CALLED, &fields, &invite.caller) + SESSION;
        Self::of(invite.caller.clone()).send(&text, true)
    }

    fn of(caller: Caller) -> Self {
        Self { caller, steps: Vec::new() }
    }

    fn provisionals(self) -> Self {
        [100, 180, 183]
            .into_iter()
            .fold(self, |scenario, status| scenario.receive(Awaited::Provisional(status)))
    }

    /// ACK of a refusal belongs to the INVITE's transaction: it has its branch (RFC 3261, section
    /// 17.1.1.3).
    fn acknowledge_refusal(self) -> Self {
        let text = self.like_the_first("ACK", &format!("{CALLED}[peer_tag_param]"));
        self.send(&text, false)
    }

    /// A request with the branch of the first message. sipp counts branches by steps.
    fn like_the_first(&self, method: &str, to: &str) -> String {
        let branch = format!("[branch-{}]", self.steps.len());
        request(method, &branch, to, "", &self.caller)
    }

    fn send(mut self, text: &str, retransmit: bool) -> Self {
        let text = text.to_owned();
        self.steps.push(Step::Send { text, retransmit });
        self
    }

    fn receive(mut self, awaited: Awaited) -> Self {
        self.steps.push(Step::Receive(awaited));
        self
    }

    fn play(mut self, media: Option<&Path>) -> Self {
        self.steps.extend(media.map(|file| Step::Play(file.to_owned())));
        self
    }

    fn pause(mut self, time: Duration) -> Self {
        self.steps.push(Step::Pause(time));
        self
    }
}

impl Step {
    fn xml(&self) -> String {
        match self {
            Self::Send { text, retransmit } => {
                let retransmission = if *retransmit { " retrans=\"500\"" } else { "" };
                format!("<send{retransmission}><![CDATA[\n\n{text}\n]]></send>\n")
            }
            Self::Receive(awaited) => awaited.xml(),
            Self::Play(file) => {
                let file = file.display();
                format!("<nop><action><exec play_pcap_audio=\"{file}\"/></action></nop>\n")
            }
            Self::Pause(time) => format!("<pause milliseconds=\"{}\"/>\n", time.as_millis()),
        }
    }
}

impl Awaited {
    fn xml(&self) -> String {
        match self {
            Self::Provisional(status) => {
                format!("<recv response=\"{status}\" optional=\"true\"/>\n")
            }
            Self::Response(status) => format!("<recv response=\"{status}\" rrs=\"true\"/>\n"),
            Self::Request { method, limit } => {
                let limit = limit.as_millis();
                format!("<recv request=\"{method}\" timeout=\"{limit}\" rrs=\"true\"/>\n")
            }
        }
    }
}

/// What the caller can hear and say: A-law, µ-law, keys.
const SESSION: &str = "
v=0
o=caller 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
";

/// The number that is called.
const CALLED: &str = "<sip:[field0]@[remote_ip]:[remote_port]>";

/// The first request of a call or one of its transaction, with `fields` before its length.
fn request(method: &str, branch: &str, to: &str, fields: &str, caller: &Caller) -> String {
    let Caller { user, .. } = caller;
    format!(
        "{method} sip:[field0]@[remote_ip]:[remote_port] SIP/2.0\n\
         Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch};rport\n\
         From: {}\n\
         To: {to}\n\
         Call-ID: [call_id]\n\
         CSeq: 1 {method}\n\
         Contact: <sip:{user}@[local_ip]:[local_port];transport=[transport]>\n\
         Max-Forwards: 70\n\
         {fields}Content-Length: [len]\n",
        caller.from()
    )
}

/// A request inside the dialog that the 200 made.
fn in_dialog(method: &str, sequence: u32, caller: &Caller) -> String {
    format!(
        "{method} [next_url] SIP/2.0\n\
         Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport\n\
         From: {}\n\
         To: {CALLED}[peer_tag_param]\n\
         Call-ID: [call_id]\n\
         [routes]\n\
         CSeq: {sequence} {method}\n\
         Max-Forwards: 70\n\
         Content-Length: 0\n",
        caller.from()
    )
}

impl Caller {
    /// The value of From, with its tag.
    fn from(&self) -> String {
        let Self { name, user } = self;
        let name = if name.is_empty() { String::new() } else { format!("\"{name}\" ") };
        format!("{name}<sip:{user}@[local_ip]:[local_port]>;tag=[pid]T[call_number]")
    }
}

fn respond(status: &str, fields: &str) -> String {
    format!(
        "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n\
         [last_CSeq:]\n{fields}Content-Length: 0\n"
    )
}

fn respond_with_tag(status: &str, fields: &str, body: &str) -> String {
    format!(
        "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]T[call_number]\n\
         [last_Call-ID:]\n[last_CSeq:]\n[last_Record-Route:]\n{fields}Content-Length: [len]\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary() -> Invite {
        Invite {
            caller: Caller { name: "Jana".to_owned(), user: "+420777123456".to_owned() },
            headers: vec!["P-Asserted-Identity: <tel:+420777123456>".to_owned()],
        }
    }

    #[test]
    fn the_callers_identity_is_in_every_request_of_the_call() {
        let after = Ending::HangUp(Duration::from_millis(1_500));
        let xml = Scenario::call(&canary(), None, after).xml();
        let from = "From: \"Jana\" <sip:+420777123456@[local_ip]:[local_port]>;tag=";
        assert_eq!(xml.matches(from).count(), 3); // INVITE, ACK, BYE
        assert_eq!(xml.matches("P-Asserted-Identity: <tel:+420777123456>\n").count(), 1);
        assert!(xml.contains("<pause milliseconds=\"1500\"/>"));
    }

    #[test]
    fn a_refusal_is_acknowledged_with_the_branch_of_the_invite() {
        // Steps: INVITE, three optional provisionals, the 480, and the ACK as the sixth.
        let xml = Scenario::refused(&canary(), 480).xml();
        assert!(xml.contains("<recv response=\"480\" rrs=\"true\"/>"));
        assert!(xml.contains("branch=[branch-5];rport"), "{xml}");
    }

    #[test]
    fn cancel_has_the_branch_of_the_invite_and_no_tag_of_the_other_side() {
        // INVITE, 100, CANCEL as the third.
        let xml = Scenario::cancelled(&Invite::default(), 100).xml();
        let cancel = xml.split("CANCEL sip:").nth(1).unwrap();
        assert!(cancel.contains("branch=[branch-2];rport"), "{xml}");
        assert!(cancel.contains("To: <sip:[field0]@[remote_ip]:[remote_port]>\nCall-ID"), "{xml}");
    }

    #[test]
    fn lines_of_the_session_can_be_altered() {
        let after = Ending::HangUp(Duration::from_millis(1_500));
        let xml = Scenario::call(&canary(), None, after).altered("s=-\n", "s=Jana\n").xml();
        assert_eq!((xml.matches("s=Jana\n").count(), xml.matches("s=-\n").count()), (1, 0));
    }

    #[test]
    fn a_call_without_media_plays_none() {
        let limit = Ending::Await(Duration::from_secs(3));
        assert!(!Scenario::call(&canary(), None, limit).xml().contains("play_pcap_audio"));
        let played = Scenario::call(&canary(), Some(Path::new("/a/b.pcap")), limit).xml();
        assert!(played.contains("play_pcap_audio=\"/a/b.pcap\""));
    }
}
