//! Credit by card against a provider that is a process of its own: it signs what it tells, and tells
//! it twice, late, out of order, altered or not at all.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use harness::clock::wait_for;
use harness::http::{Answer, fetch, post};
use harness::server::{Configuration, Server};
use harness::{Context, Failure, Result};
use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = "sk_test_trial";
const SECRET: &str = "whsec_trial";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// How long the provider may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// The provider, beside a node that knows it.
struct Trial {
    server: Server,
    provider: SocketAddr,
    child: Child,
    /// The provider ends when this does.
    _input: ChildStdin,
    _folder: TempDir,
}

impl Drop for Trial {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("money").join(file)
}

impl Trial {
    /// The provider has to know where webhooks go and the node where the provider is: a port is
    /// chosen for the webhooks first.
    fn begin() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (key, secret) = (folder.path().join("key"), folder.path().join("secret"));
        fs::write(&key, format!("{KEY}\n"))?;
        fs::write(&secret, SECRET)?;
        let http = SocketAddr::from(([127, 0, 0, 1], harness::ports::free_port()?));
        let out = folder.path().join("provider.out");
        let mut child = Command::new("python3")
            .arg(here("card_provider.py"))
            .args([KEY, SECRET, &format!("http://{http}/webhooks/card")])
            .stdin(Stdio::piped())
            .stdout(fs::File::create(&out)?)
            .spawn()
            .because(|| "python3")?;
        let input = child.stdin.take().because(|| "no input")?;
        let provider = wait_for("the provider to listen", START_LIMIT, || {
            Ok(fs::read_to_string(&out)?.trim().parse::<SocketAddr>().ok())
        })?;
        let payments = format!(
            "payments:\n  card:\n    api: http://{provider}\n    \
             return_url: https://linka.example/credit\n    key_file: {}\n    \
             webhook_secret_file: {}\n",
            key.display(),
            secret.display()
        );
        let organisations = include_str!("organisations.yaml");
        let configuration = Configuration::of(organisations).sections(&payments);
        let server = Server::serve_at(&configuration, http)?;
        Ok(Self { server, provider, child, _input: input, _folder: folder })
    }

    /// Orders credit; gives back the purchase and its pay page.
    fn buy(&self, org: &str, amount: &str) -> Result<(String, String)> {
        let arguments = ["credit", "buy", "--org", org, "--amount", amount, "--method", "card"];
        let said = self.said(&arguments)?;
        let after = |mark: &str| {
            let (_, rest) = said.split_once(mark).because(|| said.clone())?;
            let end = rest.find([':', '\n']).unwrap_or(rest.len());
            Ok::<_, Failure>(rest.get(..end).unwrap_or_default().to_owned())
        };
        let page = said.rsplit('/').next().unwrap_or_default().trim().to_owned();
        Ok((after("purchase ")?, page))
    }

    fn said(&self, arguments: &[&str]) -> Result<String> {
        let output = self.server.configured(arguments)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("linka {}: {complaint}", arguments.join(" "))))
    }

    /// Does something on a pay page, as a customer does.
    fn pay(&self, page: &str, outcome: &str) -> Result<()> {
        let body = format!("outcome={outcome}");
        let answer = post(self.provider, &format!("/pay/{page}"), &[FORM], body.as_bytes())?;
        if answer.status == 200 { Ok(()) } else { Err(Failure::new(answer.body)) }
    }

    /// Tells the provider what goes wrong next.
    fn control(&self, what: &str, form: &str) -> Result<Value> {
        let answer = post(self.provider, &format!("/control/{what}"), &[FORM], form.as_bytes())?;
        if answer.status != 200 {
            return Err(Failure::new(format!("{what}: {}", answer.body)));
        }
        serde_json::from_str(&answer.body).because(|| format!("{what}: {}", answer.body))
    }

    fn payment(&self, page: &str) -> Result<String> {
        let session = self.control("session", &format!("session={page}"))?;
        Ok(session["payment_intent"].as_str().unwrap_or_default().to_owned())
    }

    fn deliver(&self, form: &str) -> Result<Vec<u64>> {
        let told = self.control("deliver", form)?;
        let statuses = told["statuses"].as_array().because(|| format!("{told}"))?;
        Ok(statuses.iter().filter_map(Value::as_u64).collect())
    }

    fn webhook(&self, header: &str, body: &str) -> Result<Answer> {
        post(self.server.http(), "/webhooks/card", &[("Stripe-Signature", header)], body.as_bytes())
    }

    /// What an organisation can spend, in hundredths.
    fn available(&self, org: &str) -> Result<i64> {
        let rows = self.server.json(&["lines"])?;
        let row = rows.as_array().into_iter().flatten().find(|row| row["organisation"] == org);
        let micros = row.and_then(|row| row["balance_micro"].as_i64());
        Ok(micros.because(|| format!("{rows}"))? / 10_000)
    }

    fn state(&self, purchase: &str) -> Result<String> {
        let rows = self.server.json(&["credit", "purchases"])?;
        let row = rows.as_array().into_iter().flatten().find(|row| row["id"] == purchase);
        let row = row.because(|| format!("{rows}"))?;
        Ok(row["state"].as_str().unwrap_or_default().to_owned())
    }

    fn books_are_sound(&self) -> Result<()> {
        let output = self.server.linka(&["doctor"])?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("the books are in order"), "{said}");
        Ok(())
    }
}

/// What becomes of a purchase of 100, and what is left of it in the end.
const FATES: [(&str, &str); 9] = [
    ("paid", "credited"),
    ("later", "credited"),
    ("failed", "failed"),
    ("lapsed", "expired"),
    ("refunded 30", "partly_refunded"),
    ("refunded", "refunded"),
    ("disputed", "disputed"),
    ("won", "credited"),
    ("lost", "refunded"),
];

impl Trial {
    fn live_through(&self, fate: &str) -> Result<String> {
        let (purchase, page) = self.buy("Alfa", "100")?;
        let outcome = match fate {
            "later" => "later",
            "failed" => "fail",
            "lapsed" => "expire",
            _ => "pay",
        };
        self.pay(&page, outcome)?;
        let payment = self.payment(&page)?;
        match fate {
            "refunded 30" => {
                self.control("refund", &format!("payment={payment}&amount=3000"))?;
            }
            "refunded" => {
                self.control("refund", &format!("payment={payment}&amount=2500"))?;
                self.control("refund", &format!("payment={payment}&amount=7500"))?;
            }
            "disputed" | "won" | "lost" => {
                let dispute =
                    self.control("dispute", &format!("payment={payment}&amount=10000"))?;
                let dispute = dispute["id"].as_str().unwrap_or_default();
                if fate != "disputed" {
                    self.control("close", &format!("dispute={dispute}&outcome={fate}"))?;
                }
            }
            _ => {}
        }
        Ok(purchase)
    }
}

#[test]
fn purchases_are_credited_once_whatever_is_repeated_reordered_delayed_or_lost() -> Result<()> {
    let trial = Trial::begin()?;
    let mut purchases = Vec::new();
    for round in 0..4 {
        for (fate, end) in FATES {
            purchases.push((trial.live_through(fate)?, fate, end));
        }
        // What was answered otherwise than 2xx is sent again in the next rounds; a fifth is lost.
        trial.deliver(&format!("seed={round}&drop=0.2"))?;
    }
    for seed in 10..13 {
        trial.deliver(&format!("seed={seed}"))?;
    }
    // Lost webhooks are found by asking, in one go for what is open, by name for the rest.
    trial.said(&["credit", "reconcile"])?;
    for (purchase, ..) in &purchases {
        trial.said(&["credit", "reconcile", "--purchase", purchase])?;
    }
    for (purchase, fate, end) in &purchases {
        assert_eq!((trial.state(purchase)?.as_str(), *fate), (*end, *fate));
    }
    // Each round leaves: paid 100, later 100, refunded 30: 70, won 100. The rest leaves nothing:
    // 4 · 370 = 1480. The toll-free line's month took 250 of it.
    assert_eq!(trial.available("Alfa")?, 123_000);
    // Everything is told once more, in another order.
    trial.control("again", "")?;
    let statuses = trial.deliver("seed=99")?;
    assert!(statuses.len() > 36 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(trial.available("Alfa")?, 123_000);
    trial.books_are_sound()
}

#[test]
fn a_payment_of_another_amount_or_currency_is_refused_and_alarmed() -> Result<()> {
    let trial = Trial::begin()?;
    for (seed, alter, told) in [
        (1, "amount_total:1000000", "was ordered at 100.00 and paid at 10000.00"),
        (2, "currency:eur", "was ordered in CZK, the provider says EUR"),
    ] {
        let (purchase, page) = trial.buy("Alfa", "100")?;
        trial.pay(&page, "pay")?;
        let statuses = trial.deliver(&format!("seed={seed}&alter={alter}"))?;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        assert_eq!(trial.state(&purchase)?, "pending");
        assert!(trial.server.log().contains(told), "{}", trial.server.log());
    }
    assert_eq!(trial.available("Alfa")?, 0);
    // The provider's own books are right: asked, it is believed.
    trial.said(&["credit", "reconcile"])?;
    assert_eq!(trial.available("Alfa")?, 20_000);
    trial.books_are_sound()
}

#[test]
fn webhooks_that_nobody_signed_are_old_or_too_long_are_refused_and_unknown_ones_passed()
-> Result<()> {
    let trial = Trial::begin()?;
    let (purchase, page) = trial.buy("Alfa", "100")?;
    trial.pay(&page, "pay")?;
    let session = trial.control("session", &format!("session={page}"))?;
    let body = format!(
        r#"{{"id":"evt_x","livemode":false,"type":"checkout.session.completed","data":{{"object":{session}}}}}"#
    );
    let sign = |more: &str| -> Result<String> {
        let signed = trial.control("sign", &format!("{more}&body={}", encoded(&body)))?;
        Ok(signed["header"].as_str().unwrap_or_default().to_owned())
    };
    let good = sign("")?;
    for header in ["", "t=1,v1=00", &sign("secret=whsec_other")?, &sign("age=400")?] {
        assert_eq!(trial.webhook(header, &body)?.status, 400, "{header}");
    }
    assert_eq!(trial.webhook(&good, &format!("{body} "))?.status, 400);
    let long = " ".repeat(256 * 1024 + 1);
    assert_eq!(trial.webhook(&good, &long)?.status, 413);
    assert_eq!(trial.state(&purchase)?, "pending");
    // What is about something else is taken and passed over.
    trial.control("tell", "kind=customer.created")?;
    assert!(trial.deliver("seed=1")?.iter().all(|status| *status == 200));
    assert_eq!(trial.state(&purchase)?, "credited");
    assert_eq!(trial.webhook(&good, &body)?.status, 200);
    assert_eq!(trial.available("Alfa")?, 10_000);
    assert!(!trial.server.log().contains(SECRET) && !trial.server.log().contains(KEY));
    trial.books_are_sound()
}

#[test]
fn unused_credit_goes_back_to_the_card_once_though_answers_are_lost() -> Result<()> {
    let trial = Trial::begin()?;
    for amount in ["100", "50"] {
        let (_, page) = trial.buy("Alfa", amount)?;
        trial.pay(&page, "pay")?;
    }
    trial.deliver("seed=1")?;
    // The provider is away: the credit is held, and nothing is lost.
    trial.control("away", "requests=1")?;
    let refused = trial.said(&["credit", "refund", "--org", "Alfa", "--amount", "120"]);
    assert!(refused.is_err_and(|error| error.to_string().contains("cannot answer now")));
    assert_eq!(trial.available("Alfa")?, 3_000);
    trial.said(&["credit", "reconcile"])?;
    trial.deliver("seed=2")?;
    trial.said(&["credit", "reconcile"])?;
    assert_eq!(trial.available("Alfa")?, 3_000);
    let rows = trial.server.json(&["credit", "purchases"])?;
    let returned: Vec<&str> =
        rows.as_array().into_iter().flatten().filter_map(|row| row["returned"].as_str()).collect();
    // The newest first: 120 = all 100 of the older one and 20 of the other.
    assert_eq!(returned, ["20.00", "100.00"]);
    trial.books_are_sound()
}

#[test]
fn a_refund_that_fails_at_the_bank_gives_its_credit_back() -> Result<()> {
    let trial = Trial::begin()?;
    let (purchase, page) = trial.buy("Alfa", "100")?;
    trial.pay(&page, "pay")?;
    trial.deliver("seed=1")?;
    trial.said(&["credit", "refund", "--org", "Alfa", "--amount", "30"])?;
    let open = trial.server.json(&["credit", "refunds"])?;
    assert_eq!(open[0]["amount"], "30.00", "{open}");
    trial.deliver("seed=2")?;
    assert_eq!(trial.state(&purchase)?, "partly_refunded");
    let payment = trial.payment(&page)?;
    trial.control("fail", &format!("payment={payment}"))?;
    let statuses = trial.deliver("seed=3")?;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    // The webhook names what failed; how much is left of it is asked for.
    assert_eq!(trial.available("Alfa")?, 7_000);
    trial.said(&["credit", "reconcile"])?;
    assert_eq!((trial.available("Alfa")?, trial.state(&purchase)?.as_str()), (10_000, "credited"));
    // All of it goes once more, though 30 of it went before.
    trial.said(&["credit", "refund", "--org", "Alfa"])?;
    trial.deliver("seed=4")?;
    trial.said(&["credit", "reconcile"])?;
    assert_eq!((trial.available("Alfa")?, trial.state(&purchase)?.as_str()), (0, "refunded"));
    let open = trial.server.json(&["credit", "refunds"])?;
    assert_eq!(open, serde_json::json!([]));
    trial.books_are_sound()
}

#[test]
fn the_official_sdk_speaks_with_the_provider_and_judges_webhooks_as_we_do() -> Result<()> {
    let trial = Trial::begin()?;
    let body = r#"{"id":"evt_1","object":"event","livemode":false,"type":"customer.created","data":{"object":{"id":"cus_1","object":"customer"}}}"#;
    let sign = |more: &str| -> Result<String> {
        let signed = trial.control("sign", &format!("{more}&body={}", encoded(body)))?;
        Ok(signed["header"].as_str().unwrap_or_default().to_owned())
    };
    let good = sign("")?;
    let headers = [
        good.clone(),
        sign("secret=whsec_other")?,
        sign("age=290")?,
        sign("age=400")?,
        good.replace("v1=", "v0="),
        good.replace("t=", "t=1"),
        format!("{good},v1={}", "0".repeat(64)),
        String::new(),
    ];
    let cases: Vec<Value> = headers
        .iter()
        .map(|header| serde_json::json!({ "header": header, "body": body }))
        .collect();
    let verdicts = official_verdicts(trial.provider, &Value::Array(cases))?;
    assert_eq!(verdicts.len(), headers.len());
    let accepted = verdicts.iter().filter(|verdict| !verdict.is_null()).count();
    assert_eq!(accepted, 3, "{verdicts:?}");
    for (header, verdict) in headers.iter().zip(verdicts) {
        let ours = trial.webhook(header, body)?.status == 200;
        assert_eq!(ours, !verdict.is_null(), "{header}");
    }
    Ok(())
}

/// What the SDK makes of webhooks, after it has opened and found a pay page of its own.
fn official_verdicts(provider: SocketAddr, cases: &Value) -> Result<Vec<Value>> {
    let mut child = Command::new("python3")
        .arg("-S")
        .arg(here("official_sdk.py"))
        .args([&provider.to_string(), KEY, SECRET])
        .env("PYTHONPATH", official_sdk()?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .because(|| "python3")?;
    let mut input = child.stdin.take().because(|| "no input")?;
    input.write_all(cases.to_string().as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).because(|| complaint)
}

/// Where the SDK lies: `cargo xtask test` puts it into the target folder.
fn official_sdk() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("xtask/card-sdk");
    if folder.join("stripe/__init__.py").is_file() {
        return Ok(folder);
    }
    let list = "crates/payment/tests/webhook/requirements.txt";
    Err(Failure::new(format!(
        "the card provider's SDK is not in {0}: `cargo xtask test money_card` installs it, or \
         `pip3 install --no-deps --require-hashes --target {0} -r {list}`",
        folder.display()
    )))
}

/// As a form has it.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[test]
fn the_pay_page_shows_what_is_paid() -> Result<()> {
    let trial = Trial::begin()?;
    let (_, page) = trial.buy("Alfa", "12.50")?;
    let answer = fetch(trial.provider, &format!("/pay/{page}"))?;
    assert!(answer.body.contains("12.50 CZK"), "{}", answer.body);
    Ok(())
}
