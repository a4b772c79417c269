//! Classes a caller's number, in memory, once an INVITE; the number goes nowhere else.

use linka_sip::{CallerNumber, Classifier, Origin};
use phonenumber::Type;

/// A classifier that sees callers from the country of the trunk that they came by. It loads its
/// tables now, which takes about 70 ms, so that the first call does not wait for them.
pub(crate) fn classifier() -> Classifier {
    let _warm = phonenumber::parse(None, "+420200000001");
    Box::new(|caller: &CallerNumber<'_>, country: &str| classify(caller.expose(), country))
}

fn classify(number: &str, country: &str) -> Origin {
    let Ok(number) = phonenumber::parse(None, number) else { return Origin::Unknown };
    if number.country().code().to_string() != country {
        return Origin::Abroad;
    }
    match number.number_type(&phonenumber::metadata::DATABASE) {
        Type::Mobile => Origin::Mobile,
        Type::FixedLine | Type::FixedLineOrMobile => Origin::Fixed,
        Type::TollFree
        | Type::PremiumRate
        | Type::SharedCost
        | Type::PersonalNumber
        | Type::Voip
        | Type::Pager
        | Type::Uan
        | Type::Emergency
        | Type::Voicemail
        | Type::ShortCode
        | Type::StandardRate
        | Type::Carrier
        | Type::NoInternational
        | Type::Unknown => Origin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn czech_numbers_are_fixed_or_mobile_and_others_are_abroad() {
        assert_eq!(classify("+420222123456", "420"), Origin::Fixed);
        assert_eq!(classify("+420602123456", "420"), Origin::Mobile);
        assert_eq!(classify("+421902123456", "420"), Origin::Abroad);
        assert_eq!(classify("nobody", "420"), Origin::Unknown);
    }

    #[test]
    fn a_german_trunk_sees_german_callers_at_home() {
        assert_eq!(classify("+493012345678", "49"), Origin::Fixed);
        assert_eq!(classify("+4915112345678", "49"), Origin::Mobile);
        assert_eq!(classify("+420222123456", "49"), Origin::Abroad);
    }
}
