//! The file of a rate card: strict YAML, and remarks that point at the place.

use std::borrow::Cow;

use linka_model::{Currency, LineKind, Micros, OriginClass};
use serde::Deserialize;
use serde_yaml::localizer::Localizer;
use serde_yaml::{Error, Location, Spanned, UserMessageFormatter};

use crate::card::{CardId, Country, RateCard, Rates};
use crate::remark::{CardError, Remark, Warning};
use crate::{Rate, calendar};

/// A price above this, for a minute or for a call as such, is likely a slip of the decimal point: 100 currency units.
const LIKELY_MAX: Micros = Micros(100_000_000);

/// A card with the places in its file that others' remarks may point at.
pub(crate) struct Placed<'a> {
    pub(crate) card: RateCard,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) source: Source<'a>,
    pub(crate) id: Location,
    pub(crate) country: Location,
    pub(crate) kind: Location,
    pub(crate) currency: Location,
    pub(crate) valid_from: Location,
    /// Where the price a minute of each class stands.
    pub(crate) prices: Vec<(OriginClass, Location)>,
}

/// Reads one card. What YAML or a value makes unreadable is one error; slips in the list of prices
/// are told all at once.
pub(crate) fn parse<'a>(source: Source<'a>) -> Result<Placed<'a>, Vec<CardError>> {
    let options = serde_yaml::options! {
        strict_booleans: true,
        // A number without quotes is no amount.
        no_schema: true,
        with_snippet: false,
    };
    let raw: RawCard = serde_yaml::from_str_with_options(source.yaml, options)
        .map_err(|error| vec![CardError(source.remark(error.location(), message(&error)))])?;
    let rates = raw.rates(source)?;
    let warnings = raw.rates.value.iter().filter_map(|entry| raw.warning(entry, source)).collect();
    Ok(raw.place(rates, warnings, source))
}

/// The text that is read, and its name for people.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The whole text, or that of one card with the lines before it left empty.
    pub(crate) yaml: &'a str,
    pub(crate) file: &'a str,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCard {
    id: Spanned<CardId>,
    currency: Spanned<Currency>,
    country: Spanned<Country>,
    kind: Spanned<LineKind>,
    valid_from: Spanned<Instant>,
    monthly: Amount,
    rates: Spanned<Vec<RawRate>>,
}

/// One entry of `rates`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    origin: Spanned<RawOrigin>,
    per_minute: Spanned<Amount>,
    first: Seconds,
    step: Seconds,
    #[serde(default)]
    setup: Amount,
    #[serde(default)]
    minimum: Amount,
}

/// Whom an entry is for.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawOrigin {
    /// Every class that has no entry of its own.
    Default,
    Fixed,
    Mobile,
    Payphone,
    Abroad,
    Unknown,
}

/// An amount of a price: a decimal string, not negative, with a ceiling.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(try_from = "String")]
struct Amount(Micros);

impl TryFrom<String> for Amount {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let amount: Micros = text.parse().map_err(|error| format!("{error}"))?;
        if (Micros::ZERO..=Rate::AMOUNT_MAX).contains(&amount) {
            Ok(Self(amount))
        } else {
            Err(format!("an amount of a price lies between 0 and 100000, not at {amount}"))
        }
    }
}

/// An increment.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
struct Seconds(u32);

impl TryFrom<u32> for Seconds {
    type Error = String;

    fn try_from(seconds: u32) -> Result<Self, String> {
        if (1..=Rate::INCREMENT_MAX).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(format!("an increment is 1 to 3600 seconds, not {seconds}"))
        }
    }
}

/// An instant in UTC.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Instant(i64);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        calendar::parse_utc(&text).map(Self).ok_or_else(|| {
            format!("`{text}` is not an instant: write 2026-01-31 or 2026-01-31T09:30:00Z (UTC)")
        })
    }
}

impl RawOrigin {
    const fn of(class: OriginClass) -> Self {
        match class {
            OriginClass::Fixed => Self::Fixed,
            OriginClass::Mobile => Self::Mobile,
            OriginClass::Payphone => Self::Payphone,
            OriginClass::Abroad => Self::Abroad,
            OriginClass::Unknown => Self::Unknown,
        }
    }
}

impl RawCard {
    fn place<'a>(self, rates: Rates, warnings: Vec<Warning>, source: Source<'a>) -> Placed<'a> {
        let price = |class| Some((class, self.entry(class)?.per_minute.referenced));
        Placed {
            prices: OriginClass::ALL.into_iter().filter_map(price).collect(),
            warnings,
            source,
            id: self.id.referenced,
            country: self.country.referenced,
            kind: self.kind.referenced,
            currency: self.currency.referenced,
            valid_from: self.valid_from.referenced,
            card: RateCard {
                id: self.id.value,
                currency: self.currency.value,
                country: self.country.value,
                kind: self.kind.value,
                valid_from_ms: self.valid_from.value.0,
                monthly: self.monthly.0,
                rates,
            },
        }
    }

    /// Finds a price for every origin class, or everything that is wrong with the list.
    fn rates(&self, source: Source<'_>) -> Result<Rates, Vec<CardError>> {
        let mut errors = self.twins(source);
        let rates = OriginClass::ALL.map(|class| self.rate(class, source));
        errors.extend(rates.iter().filter_map(|rate| rate.as_ref().err().cloned()));
        match rates {
            [Ok(fixed), Ok(mobile), Ok(payphone), Ok(abroad), Ok(unknown)] if errors.is_empty() => {
                Ok(Rates { fixed, mobile, payphone, abroad, unknown })
            }
            _ => Err(errors),
        }
    }

    /// Every entry for an origin that has one already.
    fn twins(&self, source: Source<'_>) -> Vec<CardError> {
        let mut seen = Vec::new();
        let mut errors = Vec::new();
        for raw in &self.rates.value {
            if seen.contains(&raw.origin.value) {
                errors.push(source.error(&raw.origin, "this origin has an entry already"));
            }
            seen.push(raw.origin.value);
        }
        errors
    }

    /// What prices a class: its own entry, or that for all others.
    fn entry(&self, class: OriginClass) -> Option<&RawRate> {
        let entry = |origin| self.rates.value.iter().find(move |raw| raw.origin.value == origin);
        entry(RawOrigin::of(class)).or_else(|| entry(RawOrigin::Default))
    }

    fn rate(&self, class: OriginClass, source: Source<'_>) -> Result<Rate, CardError> {
        let Some(raw) = self.entry(class) else {
            let name = class.as_str();
            let message =
                format!("origin `{name}` has no price: add it, or an entry with origin `default`");
            return Err(source.error(&self.rates, &message));
        };
        let increment = (raw.first.0, raw.step.0);
        Rate::new(raw.per_minute.value.0, increment, raw.setup.0, raw.minimum.0)
            .map_err(|error| source.error(&raw.origin, &error.to_string()))
    }

    fn warning(&self, raw: &RawRate, source: Source<'_>) -> Option<Warning> {
        let per_minute = raw.per_minute.value.0;
        let message = if per_minute > LIKELY_MAX {
            "more than 100 a minute: is the decimal point in its place?"
        } else if raw.setup.0 > LIKELY_MAX || raw.minimum.0 > LIKELY_MAX {
            "more than 100 for a call: is the decimal point in its place?"
        } else if per_minute == Micros::ZERO && self.kind.value == LineKind::TollFree {
            "a toll-free line at 0 a minute: the organisation pays nothing for its calls"
        } else {
            return None;
        };
        let place = Some(raw.per_minute.referenced);
        Some(Warning(source.remark(place, message.to_owned())))
    }
}

impl Source<'_> {
    fn error<T>(self, place: &Spanned<T>, message: &str) -> CardError {
        CardError(self.remark(Some(place.referenced), message.to_owned()))
    }

    pub(crate) fn remark(self, place: Option<Location>, message: String) -> Remark {
        let count = |n: u64| usize::try_from(n).unwrap_or(0);
        let (line, column) = place.map_or((0, 0), |at| (count(at.line()), count(at.column())));
        let excerpt = line.checked_sub(1).and_then(|before| self.yaml.lines().nth(before));
        Remark {
            file: self.file.to_owned(),
            line,
            column,
            message,
            excerpt: excerpt.unwrap_or("").to_owned(),
        }
    }
}

/// The message of the YAML reader without the place, which a [`Remark`] shows itself.
fn message(error: &Error) -> String {
    struct NoPlace;
    impl Localizer for NoPlace {
        fn attach_location<'a>(&self, base: Cow<'a, str>, _: Location) -> Cow<'a, str> {
            base
        }
    }
    error.render_with_formatter(&UserMessageFormatter.with_localizer(&NoPlace))
}
