//! Mails from the books to a reader: as files where there is no server, and through a mail server
//! that is not ours. They are read by a parser that is not ours either, Python's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::clock::wait_for;
use harness::mail_server::MailServer;
use harness::server::{Server, linka_command};
use harness::{Context, Result};
use serde_json::Value;

/// The node sends every 15 s or so; its first round comes within a minute.
const SENT_LIMIT: Duration = Duration::from_secs(90);

const PARSER: &str = "
import sys, json, email, email.policy
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
head = {name.lower(): str(value) for name, value in mail.items()}
defects = [str(defect) for part in mail.walk() for defect in part.defects]
print(json.dumps({'type': mail.get_content_type(), 'head': head, 'parts': parts, 'defects': defects}))
";

/// Reads a mail as its receiver's program does.
fn read(mail: &[u8]) -> Result<Value> {
    use std::io::Write;
    let mut command = Command::new("python3");
    command.args(["-c", PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().because(|| "starting python3")?;
    child.stdin.take().because(|| "no input")?.write_all(mail)?;
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).because(|| "python3 reads no mail")
}

/// The demo, whose organisation with credit has these contacts and no credit any more. Gives back its
/// name too.
fn out_of_credit(contacts: &[(&str, &str)]) -> Result<(Server, String)> {
    let server = Server::start()?;
    let lines = server.json(&["lines"])?;
    let paid = lines
        .as_array()
        .because(|| "no lines")?
        .iter()
        .find(|line| line["balance_micro"].as_i64() > Some(0));
    let org =
        paid.because(|| "no line has credit")?["organisation"].as_str().because(|| "no name")?;
    // What the making of the demo had to tell is not looked at here.
    for mail in server.json(&["mails", "list"])?.as_array().because(|| "no list")? {
        server.operate(&["mails", "drop", mail["id"].as_str().because(|| "no id")?])?;
    }
    for (address, language) in contacts {
        server.operate(&["contacts", "add", "--org", org, address, "--language", language])?;
    }
    server.operate(&["credit", "withdraw", "--org", org, "--all"])?;
    Ok((server, org.to_owned()))
}

/// What every mail of these tests must be, whichever way it came.
fn sound(mail: &Value, org: &str, (language, title): (&str, &str)) {
    assert_eq!(mail["defects"], serde_json::json!([]), "{mail}");
    assert_eq!(mail["type"], "multipart/alternative");
    assert_eq!(mail["head"]["content-language"], language);
    assert_eq!(mail["head"]["auto-submitted"], "auto-generated");
    for part in ["text/plain", "text/html"] {
        let text = mail["parts"][part].as_str().unwrap_or_default();
        assert!(text.contains(org) && text.contains(title), "{part}: {text}");
    }
    assert_eq!(mail["head"]["subject"], format!("{title}: {org}"));
    // To the hour: what it tells of is a call that could not be paid.
    let date = mail["head"]["date"].as_str().unwrap_or_default();
    assert!(date.contains(":00:00 "), "{date}");
}

const CZECH: (&str, &str) = ("cs", "Kredit je vyčerpán");
const ENGLISH: (&str, &str) = ("en", "Credit is used up");

#[test]
fn without_a_server_a_running_node_writes_mails_as_files_for_their_owner_alone() -> Result<()> {
    let (server, org) = out_of_credit(&[("sprava@obec.example", "cs")])?;
    server.operate(&["jobs", "run", "credit"])?;
    let folder = server.data().join("mails");
    let files = || -> Result<Option<PathBuf>> {
        if !folder.is_dir() {
            return Ok(None);
        }
        let paths: std::io::Result<Vec<_>> = fs::read_dir(&folder)?.collect();
        let is_mail = |path: &PathBuf| path.extension().is_some_and(|end| end == "eml");
        Ok(paths?.into_iter().map(|entry| entry.path()).find(is_mail))
    };
    let file = wait_for("a mail", SENT_LIMIT, files)?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    let mail = read(&fs::read(&file)?)?;
    sound(&mail, &org, CZECH);
    assert_eq!(mail["head"]["to"], "sprava@obec.example");
    // A second look finds the same shortage, and nothing new to tell.
    server.operate(&["jobs", "run", "credit"])?;
    let mails = server.json(&["mails", "list"])?;
    // The other organisation of the demo has no credit and no contact.
    let addressed =
        mails.as_array().because(|| "no list")?.iter().filter(|m| !m["address"].is_null());
    assert_eq!(addressed.count(), 1, "{mails}");
    Ok(())
}

/// A node's configuration that leads to a mail server.
struct Operator<'a> {
    server: &'a Server,
    file: PathBuf,
}

impl<'a> Operator<'a> {
    fn of(server: &'a Server, mail: &str) -> Result<Self> {
        let file = server.folder().join("mail.yaml");
        fs::write(&file, format!("data: \"{}\"\n{mail}", server.data().display()))?;
        Ok(Self { server, file })
    }

    /// Runs the job that sends mails, once.
    fn send(&self) -> Result<String> {
        let mut command = linka_command()?;
        command.args(["jobs", "run", "mails", "--config"]).arg(&self.file);
        let output = command.output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    }

    /// What doctor says of the mail server.
    fn doctor(&self) -> Result<String> {
        let mut command = linka_command()?;
        command.args(["doctor", "--data"]).arg(self.server.data());
        let output = command.arg("--config").arg(&self.file).output()?;
        let text = String::from_utf8(output.stdout)?;
        let line = text.lines().find(|line| line.contains("mail server"));
        Ok(line.because(|| text.clone())?.to_owned())
    }

    /// The mail to an address, as it is listed.
    fn listed(&self, address: &str) -> Result<Value> {
        let mails = self.server.json(&["mails", "list"])?;
        let found =
            mails.as_array().because(|| "no list")?.iter().find(|m| m["address"] == address);
        Ok(found.because(|| format!("no mail to {address}: {mails}"))?.clone())
    }

    /// State, attempts and last error of the mail to an address.
    fn stands(&self, address: &str) -> Result<(String, i64, String)> {
        let mail = self.listed(address)?;
        let text = |key: &str| mail[key].as_str().unwrap_or_default().to_owned();
        Ok((text("state"), mail["attempts"].as_i64().unwrap_or_default(), text("last_error")))
    }

    fn retry(&self, address: &str) -> Result<()> {
        let id = self.listed(address)?["id"].as_str().because(|| "no id")?.to_owned();
        self.server.operate(&["mails", "retry", &id]).map(drop)
    }
}

fn is(state: &str, attempts: i64, error: &str) -> (String, i64, String) {
    (state.to_owned(), attempts, error.to_owned())
}

const READER: &str = "reader@obec.example";
const REFUSED: &str = "refused@obec.example";
const LATER: &str = "later@obec.example";

#[test]
fn each_address_gets_its_mail_by_itself_through_a_server_that_fails_refuses_and_puts_off()
-> Result<()> {
    let contacts = [(READER, "cs"), (REFUSED, "cs"), (LATER, "en")];
    let (mut linka, org) = out_of_credit(&contacts)?;
    linka.stop()?;
    linka.operate(&["jobs", "run", "credit"])?;
    let mut exim = MailServer::prepare(&linka.folder().join("exim"))?;
    let operator = Operator::of(&linka, &exim.section())?;

    // Nobody is there: everything waits.
    assert_eq!(operator.send()?, "mails: 0 sent, 3 not");
    for address in [READER, REFUSED, LATER] {
        let stands = operator.stands(address)?;
        assert_eq!(stands, is("waiting", 1, "the server cannot be reached"), "{address}");
    }
    // Not yet again.
    assert_eq!(operator.send()?, "there was nothing to do");

    exim.go()?;
    assert!(operator.doctor()?.contains("lets linka in"));
    for address in [READER, REFUSED, LATER] {
        operator.retry(address)?;
    }
    assert_eq!(operator.send()?, "mails: 1 sent, 2 not");
    assert_eq!(operator.stands(READER)?, is("sent", 1, ""));
    let refused = is("dead", 1, "the server answered 550 5.1.1");
    assert_eq!(operator.stands(REFUSED)?, refused);
    let dead = linka.json(&["mails", "list", "--dead"])?;
    assert_eq!(dead.as_array().map(Vec::len), Some(1), "{dead}");
    assert_eq!(dead[0]["address"], REFUSED);
    assert_eq!(operator.stands(LATER)?, is("waiting", 1, "the server answered 451 4.7.1"));

    exim.relent()?;
    operator.retry(LATER)?;
    assert_eq!(operator.send()?, "mails: 1 sent, 0 not");
    assert_eq!(operator.stands(LATER)?, is("sent", 1, ""));
    arrived(&exim, &operator, &org)
}

/// Two mails are there, each in its language, under the name that it has in the books.
fn arrived(exim: &MailServer, operator: &Operator<'_>, org: &str) -> Result<()> {
    let mails = exim.mails()?;
    assert_eq!(mails.len(), 2);
    for (address, language) in [(READER, CZECH), (LATER, ENGLISH)] {
        let read: Vec<Value> = mails.iter().map(|mail| read(mail)).collect::<Result<_>>()?;
        let mail = read.iter().find(|mail| mail["head"]["to"] == address);
        let mail = mail.because(|| format!("no mail to {address}"))?;
        sound(mail, org, language);
        let id = operator.listed(address)?["id"].as_str().because(|| "no id")?.to_owned();
        let message_id = format!("<{id}@linka.example>");
        assert_eq!(mail["head"]["message-id"], message_id);
        // What was put off bore the same name.
        let put_off = exim.log()?.contains(&format!("put off {message_id}"));
        assert_eq!(put_off, address == LATER, "{}", exim.log()?);
    }
    assert!(exim.log()?.contains("P=esmtps"), "not encrypted: {}", exim.log()?);
    Ok(())
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_gets_no_mail() -> Result<()> {
    let (mut linka, _) = out_of_credit(&[(READER, "cs")])?;
    linka.stop()?;
    linka.operate(&["jobs", "run", "credit"])?;
    let mut exim = MailServer::prepare(&linka.folder().join("exim"))?;
    exim.go()?;
    let section = exim.section();
    let (head, _) = section.split_once(", ca_file").because(|| "no ca_file")?;
    let operator = Operator::of(&linka, &format!("{head} }}\n"))?;
    assert_eq!(operator.send()?, "mails: 0 sent, 1 not");
    let why = "the server's certificate, or its TLS, is not accepted";
    assert_eq!(operator.stands(READER)?, is("waiting", 1, why));
    assert!(operator.doctor()?.contains(why));
    assert_eq!(exim.mails()?.len(), 0);
    Ok(())
}
