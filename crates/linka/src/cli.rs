//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use linka_model::{Currency, Micros, OriginClass};
use uuid::Uuid;

use crate::config::{LogLevel, PortRange};

mod bank;
mod fees;
mod mails;
mod orders;
mod papers;
mod refunds;

pub(crate) use bank::{Bank, BankAction, UnmatchedAction};
pub(crate) use fees::{Fees, FeesAction};
pub(crate) use mails::{Books, Contacts, ContactsAction, Jobs, JobsAction, Mails, MailsAction};
pub(crate) use orders::{Numbers, NumbersAction, Orders, OrdersAction, Orgs, OrgsAction, Place};
pub(crate) use papers::{PartnerStatement, Statements};
pub(crate) use refunds::{CreditRefunds, RefundsAction};

/// A telephone reporting line that an organisation runs itself: callers dial a number, are led
/// through it in their language, leave a spoken report and get a case code, without giving a name
/// or a number.
#[derive(Parser)]
#[command(name = "linka", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start a complete line on this machine, with example organisations, to try it out
    Demo(Demo),
    /// Run a node from a configuration file
    Serve(ConfigFile),
    /// Check a configuration file and everything that it names, without running anything
    Check(Check),
    /// Call a line with a small telephone: hear, press keys, speak
    Call(Call),
    /// Buy, grant, refund and take back credit
    Credit(Credit),
    /// State what a month did to the credit of an organisation: calls, fees, top-ups, balances
    Statements(Statements),
    /// Prove that the books add up
    Ledger(Ledger),
    /// List what lines pay by the month and what they owe; take what is due
    Fees(Fees),
    /// Found organisations, list them with their credit
    Orgs(Orgs),
    /// Order lines; assign numbers to orders, or reject them
    Orders(Orders),
    /// Check numbers; keep the pool that lines get theirs from
    Numbers(Numbers),
    /// Read bank statements, and settle what they bring
    Bank(Bank),
    /// Partners, who buy credit for others and pay by the month
    Partners(Partners),
    /// List lines; switch a line on or off; let the number of one go that was not paid for
    Lines(Lines),
    /// Say who gets the mails of an organisation
    Contacts(Contacts),
    /// List mails; send one again, or give it up
    Mails(Mails),
    /// Do by hand what a node does by itself now and then
    Jobs(Jobs),
    /// List the reports that callers left
    Reports(Listing),
    /// List calls with what they cost
    Calls(Listing),
    /// Check rate cards, print the price list, explain the price of a call
    Rates(Rates),
    /// Look for what keeps this machine from running linka well
    Doctor(Doctor),
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Folder for database and reports
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    pub(crate) data: PathBuf,
    /// Where SIP is heard (UDP) [default: 127.0.0.1:5060, with --lan 0.0.0.0:5060]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) sip: Option<SocketAddr>,
    /// Where /healthz and /metrics are served
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) http: SocketAddr,
    /// Ports for sound
    #[arg(long, value_name = "LOW-HIGH", default_value = "10000-10999")]
    pub(crate) rtp_ports: PortRange,
    /// Folder with the prompt packs
    #[arg(long, value_name = "DIR", default_value = "prompts")]
    pub(crate) prompts: PathBuf,
    /// Answer on the local network too, for a desk phone
    #[arg(long)]
    pub(crate) lan: bool,
    /// Begin with an empty data folder
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Use the portable media socket instead of the kernel's own
    #[arg(long, hide = true)]
    pub(crate) portable_sockets: bool,
    /// How much is logged
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = LogLevel::Warn)]
    pub(crate) log: LogLevel,
}

#[derive(Args)]
pub(crate) struct ConfigFile {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "config/linka.yaml")]
    pub(crate) config: PathBuf,
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) file: ConfigFile,
    /// Fail on warnings too: prices that look like a slip, no trunk
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Args)]
pub(crate) struct Call {
    /// Whom to call, for example sip:+420200000001@127.0.0.1:5060
    #[arg(value_name = "SIP-URI")]
    pub(crate) target: String,
    /// What to do, step by step. Steps are separated by `;`
    ///
    /// talk [MAX]         wait until the line speaks (at most MAX seconds, 30);
    /// quiet SECS [MAX]   wait until the line has been silent for SECS (at most MAX, 60);
    /// key KEYS           press keys, for example `key 1` or `key 12#`;
    /// say FILE           play a sound file (WAV, FLAC, Ogg, MP3) and wait until it is over;
    /// wait SECS          do nothing for a while;
    /// hangup             hang up.
    /// Without a script, keys that you type (and Enter) are pressed; `q` hangs up.
    #[arg(long, value_name = "STEPS", verbatim_doc_comment)]
    pub(crate) script: Option<String>,
    /// Write what the line says to a WAV file
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Ports for sound
    #[arg(long, value_name = "LOW-HIGH", default_value = "30000-30999")]
    pub(crate) rtp_ports: PortRange,
    /// Hang up after so many seconds, at most a day
    #[arg(long, value_name = "SECS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) limit: u64,
    /// Print events as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Credit {
    #[command(subcommand)]
    pub(crate) action: CreditAction,
}

#[derive(Subcommand)]
pub(crate) enum CreditAction {
    /// Grant credit
    Grant {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// How much, in the currency of its account, for example 12.50
        #[arg(long, value_name = "AMOUNT")]
        amount: Micros,
        /// Why; stands in the books
        #[arg(long, value_name = "TEXT", default_value = "granted by the operator")]
        reason: String,
        #[command(flatten)]
        data: Data,
    },
    /// Take credit back that no running call has reserved
    Withdraw {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// How much, for example 12.50
        #[arg(
            long,
            value_name = "AMOUNT",
            conflicts_with = "all",
            required_unless_present = "all"
        )]
        amount: Option<Micros>,
        /// All that is available
        #[arg(long)]
        all: bool,
        /// Why; stands in the books
        #[arg(long, value_name = "TEXT", default_value = "withdrawn by the operator")]
        reason: String,
        #[command(flatten)]
        data: Data,
    },
    /// Order credit that is paid by bank transfer, by card or by a partner
    Buy(CreditBuy),
    /// List what was ordered, and how it stands
    Purchases(Listing),
    /// Pay unused credit back to the payments that it came from, the oldest first
    Refund(CreditRefund),
    /// List refunds that are not done; say that one is sent, or will never be
    Refunds(CreditRefunds),
    /// Ask the card provider how things stand, as the node does every hour
    Reconcile(CreditReconcile),
    /// Set a monthly cap instead of payments, for who runs its own line
    Budget(CreditBudget),
}

#[derive(Args)]
pub(crate) struct CreditBuy {
    /// The organisation's name
    #[arg(long, value_name = "NAME")]
    pub(crate) org: String,
    /// How much, in the currency of its account, for example 1000
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) amount: Micros,
    /// How it is paid
    #[arg(long, value_enum)]
    pub(crate) method: Method,
    /// The partner who pays
    #[arg(long, value_name = "NAME", required_if_eq("method", "partner"))]
    pub(crate) partner: Option<String>,
    #[command(flatten)]
    pub(crate) customer: Customer,
    /// The language of the invoice
    #[arg(long, value_name = "LANG", default_value = "en", value_parser = ["cs", "en"])]
    pub(crate) language: String,
    /// Where the invoice is written [default: proforma-SYMBOL.pdf]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// By bank transfer, on a proforma invoice
    Invoice,
    /// By card, on a page of the card provider
    Card,
    /// On a partner's account, at once
    Partner,
}

/// Who stands on an invoice as its payer.
#[derive(Args)]
pub(crate) struct Customer {
    /// The payer's name on an invoice [default: the organisation's name]
    #[arg(long = "payer", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The payer's address on an invoice, once a line
    #[arg(long, value_name = "LINE")]
    pub(crate) address: Vec<String>,
    /// The payer's number in the register of companies
    #[arg(long, value_name = "NUMBER")]
    pub(crate) company_id: Option<String>,
    /// The payer's VAT number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) vat_id: Option<String>,
}

#[derive(Args)]
pub(crate) struct CreditRefund {
    /// The organisation's name
    #[arg(long, value_name = "NAME")]
    pub(crate) org: String,
    /// How much [default: all that is paid and unused]
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) amount: Option<Micros>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
}

#[derive(Args)]
pub(crate) struct CreditReconcile {
    /// One purchase, as `linka credit purchases` names it [default: all that are not settled]
    #[arg(long, value_name = "PURCHASE")]
    pub(crate) purchase: Option<Uuid>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
}

#[derive(Args)]
pub(crate) struct CreditBudget {
    /// The organisation's name
    #[arg(long, value_name = "NAME")]
    pub(crate) org: String,
    /// How much it may spend a month; a change holds from the next month on
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) cap: Micros,
    /// Where its months begin
    #[arg(long, value_name = "ZONE", default_value = "Europe/Prague")]
    pub(crate) zone: String,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Args)]
pub(crate) struct Partners {
    #[command(subcommand)]
    pub(crate) action: PartnersAction,
}

#[derive(Subcommand)]
pub(crate) enum PartnersAction {
    /// Write a partner down
    Add {
        /// Its name
        #[arg(long, value_name = "NAME")]
        name: String,
        /// In which currency it pays
        #[arg(long, value_name = "CODE")]
        currency: Currency,
        /// How much it may owe
        #[arg(long, value_name = "AMOUNT")]
        limit: Micros,
        /// Where its months begin
        #[arg(long, value_name = "ZONE", default_value = "Europe/Prague")]
        zone: String,
        #[command(flatten)]
        data: Data,
    },
    /// List partners with what they owe
    List(Listing),
    /// State what a partner bought and paid in a month, and what it owes
    Statement(PartnerStatement),
    /// Note that a partner has paid
    Paid {
        /// Its name
        #[arg(long, value_name = "NAME")]
        name: String,
        /// How much
        #[arg(long, value_name = "AMOUNT")]
        amount: Micros,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    pub(crate) action: LedgerAction,
}

#[derive(Subcommand)]
pub(crate) enum LedgerAction {
    /// Recompute every balance, call and price from the entries, and name each row that differs
    Audit {
        #[command(flatten)]
        data: Data,
        /// As one JSON object, with every amount in micro-units
        #[arg(long)]
        json: bool,
    },
}

// `--data` before `on` or `off` would be one that they do not hear.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Lines {
    #[command(subcommand)]
    pub(crate) action: Option<LinesAction>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Subcommand)]
pub(crate) enum LinesAction {
    /// Switch a line on: the next call is answered
    On {
        /// Its number, for example +420200000001
        #[arg(value_name = "NUMBER")]
        number: String,
        #[command(flatten)]
        data: Data,
    },
    /// Switch a line off: the next call is refused, running calls finish
    Off {
        /// Its number, for example +420200000001
        #[arg(value_name = "NUMBER")]
        number: String,
        #[command(flatten)]
        data: Data,
    },
    /// Confirm that the number of a line may go whose fees were not paid for so long
    ///
    /// It goes 14 days after the line began to wait for its release, or at once if that is over. Until
    /// then a top-up that covers the fee still brings the line back.
    Release {
        /// Its number, for example +420200000001
        #[arg(value_name = "NUMBER")]
        number: String,
        /// The number again: what is released cannot be had back
        #[arg(long, value_name = "NUMBER")]
        confirm: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args)]
pub(crate) struct Listing {
    #[command(flatten)]
    pub(crate) data: Data,
    /// As one JSON array instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Data {
    #[command(flatten)]
    pub(crate) data: Books,
}

#[derive(Args)]
pub(crate) struct Rates {
    #[command(subcommand)]
    pub(crate) action: RatesAction,
}

#[derive(Subcommand)]
pub(crate) enum RatesAction {
    /// Name everything that is wrong with a folder of rate cards, with line and column
    Check {
        #[command(flatten)]
        folder: CardFolder,
        /// Fail on what looks like a slip, too
        #[arg(long)]
        strict: bool,
    },
    /// Explain step by step what a call to a line costs now
    Quote {
        /// The line's number, for example +420200000001
        #[arg(long, value_name = "NUMBER")]
        line: String,
        /// How long the call lasts
        #[arg(long, value_name = "SECS")]
        seconds: u32,
        /// Where the call comes from: fixed, mobile, payphone, abroad or unknown
        #[arg(long, value_name = "CLASS", default_value = "fixed", value_parser = origin)]
        origin: OriginClass,
        #[command(flatten)]
        data: Data,
    },
    /// Print the price list
    Show {
        #[command(flatten)]
        folder: CardFolder,
        /// As a page for the browser
        #[arg(long)]
        html: bool,
    },
}

#[derive(Args)]
pub(crate) struct CardFolder {
    /// Folder with the rate cards
    #[arg(value_name = "DIR", default_value = "config/ratecards")]
    pub(crate) cards: PathBuf,
}

fn origin(name: &str) -> Result<OriginClass, String> {
    let class = OriginClass::ALL.into_iter().find(|class| class.as_str() == name);
    class.ok_or_else(|| "use fixed, mobile, payphone, abroad or unknown".to_owned())
}

#[derive(Args)]
pub(crate) struct Doctor {
    /// Folder with database and reports
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    pub(crate) data: PathBuf,
    /// The configuration file whose mail server is to be greeted
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder with the prompt packs
    #[arg(long, value_name = "DIR", default_value = "prompts")]
    pub(crate) prompts: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> String {
        let command = ["linka"].iter().chain(words);
        Cli::try_parse_from(command).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_command_and_its_words_fit_together() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_data_folder_is_never_silently_another_one() {
        let before = refused(&["lines", "--data", "a", "off", "+420200000001"]);
        assert!(before.contains("cannot be used with"), "{before}");
        let after = Cli::try_parse_from(["linka", "lines", "off", "+420200000001", "--data", "a"]);
        let Ok(Command::Lines(Lines { action: Some(LinesAction::Off { data, .. }), .. })) =
            after.map(|cli| cli.command)
        else {
            panic!("no `lines off`")
        };
        assert_eq!(data.data.data, PathBuf::from("a"));
        assert_eq!(refused(&["lines", "--data", "a", "--json"]), "");
    }

    #[test]
    fn books_are_named_by_their_folder_or_by_the_configuration_of_their_node() {
        for command in [
            ["orders", "list"].as_slice(),
            &["numbers", "free"],
            &["orgs", "list"],
            &["lines"],
            &["partners", "list"],
            &["ledger", "audit"],
            &["reports"],
            &["calls"],
            &["credit", "purchases"],
        ] {
            let with = |words: &[&str]| refused(&[command, words].concat());
            assert_eq!(with(&["--config", "node.yaml"]), "", "{command:?}");
            let both = with(&["--config", "node.yaml", "--data", "a"]);
            assert!(both.contains("cannot be used with"), "{both}");
        }
    }

    #[test]
    fn a_level_that_does_not_exist_is_refused_with_those_that_do() {
        let message = refused(&["demo", "--log", "verbose"]);
        assert!(message.contains("error, warn, info, debug, trace"), "{message}");
        assert_eq!(refused(&["demo", "--log", "trace"]), "");
    }

    #[test]
    fn a_call_lasts_at_most_a_day() {
        for wrong in ["0", "86401", "18446744073709551615"] {
            let message = refused(&["call", "sip:1@127.0.0.1", "--limit", wrong]);
            assert!(message.contains("1..=86400"), "{message}");
        }
        assert_eq!(refused(&["call", "sip:1@127.0.0.1", "--limit", "86400"]), "");
    }
}
