//! `payments:` in `config/linka.yaml`: who sells credit, and how it can be paid.

use std::path::PathBuf;

use linka_model::Currency;
use serde::Deserialize;

use linka_payment::card::is_private;
use linka_payment::{Bic, Iban};

/// Longest time to pay an invoice, in days.
const DUE_DAYS_MAX: u16 = 90;

/// How credit is paid for. Without accounts there are no invoices, without `card` no cards.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Payments {
    /// Who sells credit; it stands on invoices.
    pub(crate) issuer: Option<Issuer>,
    /// Days until an invoice is due.
    pub(crate) due_days: DueDays,
    /// Where transfers are to come, at most one account a currency.
    pub(crate) accounts: Vec<Account>,
    /// Cards are off until this is configured.
    pub(crate) card: Option<Card>,
}

/// Days until an invoice is due, 1 to 90.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub(crate) struct DueDays(pub(crate) u16);

impl Default for DueDays {
    fn default() -> Self {
        Self(14)
    }
}

impl TryFrom<u16> for DueDays {
    type Error = String;

    fn try_from(days: u16) -> Result<Self, String> {
        let fits = (1..=DUE_DAYS_MAX).contains(&days);
        fits.then_some(Self(days))
            .ok_or_else(|| format!("an invoice is due after 1 to {DUE_DAYS_MAX} days"))
    }
}

/// The operator as the law wants it named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) address: Vec<String>,
    #[serde(default)]
    pub(crate) company_id: Option<String>,
    #[serde(default)]
    pub(crate) vat_id: Option<String>,
    /// The rate of VAT that the price of credit includes; left out by who pays no VAT.
    #[serde(default)]
    pub(crate) vat_rate: Option<Percent>,
}

/// A rate of VAT in hundredths of a per cent, written `"21"` or `"21.5"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Percent(pub(crate) u16);

impl TryFrom<String> for Percent {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no rate of VAT: write \"21\", from 0.01 to 99.99");
        let micros = text.parse::<linka_model::Micros>().map_err(|_| wrong())?.0;
        let hundredths = u16::try_from(micros / 10_000).map_err(|_| wrong())?;
        let fits = micros % 10_000 == 0 && (1..10_000).contains(&hundredths);
        fits.then_some(Self(hundredths)).ok_or_else(wrong)
    }
}

/// A bank account of the operator's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) iban: Checked<Iban>,
    #[serde(default)]
    pub(crate) bic: Option<Checked<Bic>>,
    pub(crate) currency: Currency,
}

/// A value that is refused where it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct Checked<T>(pub(crate) T);

impl<'de, T> Deserialize<'de> for Checked<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// The account at the card provider. Secrets stand in files or in the environment, never here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    /// Where the interface is, without a path.
    #[serde(default = "default_api")]
    pub(crate) api: String,
    /// The page that payers come back to.
    pub(crate) return_url: String,
    #[serde(default)]
    pub(crate) key_file: Option<PathBuf>,
    #[serde(default)]
    pub(crate) webhook_secret_file: Option<PathBuf>,
    /// The secret that is being replaced, while both sign.
    #[serde(default)]
    pub(crate) previous_webhook_secret_file: Option<PathBuf>,
}

fn default_api() -> String {
    "https://api.stripe.com".to_owned()
}

impl Payments {
    /// The account for transfers in a currency.
    pub(crate) fn account(&self, currency: Currency) -> Option<&Account> {
        self.accounts.iter().find(|account| account.currency == currency)
    }

    /// What no parser finds.
    pub(crate) fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (place, account) in self.accounts.iter().enumerate() {
            let twin = |other: &Account| other.currency == account.currency;
            if self.accounts.iter().take(place).any(twin) {
                findings.push(format!("payments: two accounts in {}", account.currency));
            }
        }
        if !self.accounts.is_empty() && self.issuer.is_none() {
            findings.push("payments: accounts need an issuer, who stands on invoices".to_owned());
        }
        if let Some(card) = &self.card {
            for (key, url) in [("api", &card.api), ("return_url", &card.return_url)] {
                if !is_private(url) {
                    findings.push(format!("payments: card.{key} `{url}` must begin with https://"));
                }
            }
            if card.api.trim_end_matches('/').matches('/').count() != 2 {
                findings.push(format!("payments: card.api `{}` must have no path", card.api));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    fn read(yaml: &str) -> Result<Payments, String> {
        parse(yaml, Path::new("linka.yaml")).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_word_nothing_is_sold() {
        let payments = read("{}").unwrap();
        assert!(payments.card.is_none() && payments.accounts.is_empty());
        assert_eq!(payments.due_days, DueDays(14));
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place() {
        for (yaml, what) in [
            ("accounts: [{iban: CZ00, currency: CZK}]", "IBAN"),
            ("due_days: 0", "1 to 90 days"),
            ("card: {return_url: 'https://a', key: sk_live_1}", "unknown field"),
            ("issuer: {name: a, address: [b], vat_rate: \"0\"}", "no rate of VAT"),
            ("issuer: {name: a, address: [b], vat_rate: \"21.005\"}", "no rate of VAT"),
        ] {
            let message = read(yaml).unwrap_err();
            assert!(message.contains(what) && message.contains("linka.yaml:1"), "{message}");
        }
    }

    #[test]
    fn two_accounts_of_a_currency_and_plain_pages_are_found() {
        let iban = "CZ6508000000192000145399";
        let yaml = format!(
            "accounts: [{{iban: {iban}, currency: CZK}}, {{iban: {iban}, currency: CZK}}]\n\
             card: {{return_url: 'http://example.org'}}"
        );
        assert_eq!(read(&yaml).unwrap().findings().len(), 3);
    }

    #[test]
    fn an_address_that_only_begins_like_this_machine_is_found() {
        for api in [
            "http://127.0.0.1.example.org",
            "http://localhost.example",
            "http://localhost@example.org",
            "https://api.example.org/v2",
        ] {
            let yaml = format!("card: {{return_url: 'https://a', api: '{api}'}}");
            assert_eq!(read(&yaml).unwrap().findings().len(), 1, "{api}");
        }
        let yaml = "card: {return_url: 'https://a', api: 'http://127.0.0.1:4242/'}";
        assert_eq!(read(yaml).unwrap().findings(), Vec::<String>::new());
    }
}
