//! Numbers written by hand, after the countries' plans: right ones and wrong ones of each.

use super::*;

const LANDLINE: Option<LineKind> = Some(LineKind::Landline);
const TOLL_FREE: Option<LineKind> = Some(LineKind::TollFree);
const WRONG: Option<LineKind> = None;

/// Of which country, which number, and what callers pay for it.
const NUMBERS: [(&str, &str, Option<LineKind>); 50] = [
    // Nine digits everywhere: 2 to 5 fixed, 800 toll-free, 6 and 7 mobile, 910 internet, 84 shared, 90 dear.
    ("CZ", "+420222123456", LANDLINE),
    ("CZ", "+420200000001", LANDLINE),
    ("CZ", "+420541123456", LANDLINE),
    ("CZ", "+420800123456", TOLL_FREE),
    ("CZ", "+420602123456", WRONG),
    ("CZ", "+420910123456", WRONG),
    ("CZ", "+420841123456", WRONG),
    ("CZ", "+420900123456", WRONG),
    ("CZ", "+42022212345", WRONG),
    ("CZ", "+4202221234567", WRONG),
    // Nine digits: 2 Bratislava, 3 to 5 elsewhere, 800 toll-free, 9 mobile, 850 shared.
    ("SK", "+421220863456", LANDLINE),
    ("SK", "+421257881111", LANDLINE),
    ("SK", "+421415112233", LANDLINE),
    ("SK", "+421556223344", LANDLINE),
    ("SK", "+421800123456", TOLL_FREE),
    ("SK", "+421902123456", WRONG),
    ("SK", "+421850123456", WRONG),
    ("SK", "+42180012345", WRONG),
    ("SK", "+421100123456", WRONG),
    ("SK", "+4212208634567", WRONG),
    // Area codes of two to five digits; 800 and seven; 15 to 17 mobile, 137 and 900 dear, 180 shared.
    ("DE", "+493012345678", LANDLINE),
    ("DE", "+498912345678", LANDLINE),
    ("DE", "+4936511234567", LANDLINE),
    ("DE", "+498001234567", TOLL_FREE),
    ("DE", "+49800123456", WRONG),
    ("DE", "+4980012345678", WRONG),
    ("DE", "+4915112345678", WRONG),
    ("DE", "+491805123456", WRONG),
    ("DE", "+499001234567", WRONG),
    ("DE", "+49301", WRONG),
    // Nine digits: 12 to 95 by area, 800 toll-free, 50 to 88 mobile among them, 801 shared, 70 dear.
    ("PL", "+48221234567", LANDLINE),
    ("PL", "+48123456789", LANDLINE),
    ("PL", "+48587654321", LANDLINE),
    ("PL", "+48800123456", TOLL_FREE),
    ("PL", "+48801123456", WRONG),
    ("PL", "+48501123456", WRONG),
    ("PL", "+48701123456", WRONG),
    ("PL", "+4822123456", WRONG),
    ("PL", "+482212345678", WRONG),
    ("PL", "+48390000000", WRONG),
    // 1 Vienna, four digits elsewhere; 800 toll-free; 66 to 69 mobile, 720 internet, 810 shared, 900 dear.
    ("AT", "+4315123456", LANDLINE),
    ("AT", "+43316123456", LANDLINE),
    ("AT", "+43662123456", LANDLINE),
    ("AT", "+43800123456", TOLL_FREE),
    ("AT", "+436641234567", WRONG),
    ("AT", "+43720123456", WRONG),
    ("AT", "+43810123456", WRONG),
    ("AT", "+43900123456", WRONG),
    ("AT", "+4380012", WRONG),
    ("AT", "+431", WRONG),
];

#[test]
fn numbers_of_five_countries_are_told_apart() {
    let mut wrong = Vec::new();
    for (country, text, expected) in NUMBERS {
        let read = Number::read(text);
        let found = read.as_ref().ok().map(|number| (number.country.as_str(), number.kind));
        if found != expected.map(|kind| (country, kind)) {
            wrong.push(format!("{country} {text}: {read:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_are_written_as_at_home_and_as_abroad() {
    for (text, international, national) in [
        ("+420 800 123 456", "+420 800 123 456", "800 123 456"),
        ("+420222123456", "+420 222 123 456", "222 123 456"),
        ("+421800123456", "+421 800 123 456", "0800 123 456"),
        ("+48221234567", "+48 22 123 45 67", "22 123 45 67"),
        ("+498001234567", "+49 800 1234567", "0800 1234567"),
        ("+4315123456", "+43 1 5123456", "01 5123456"),
    ] {
        let number = Number::read(text).unwrap();
        assert_eq!(
            (number.international.as_str(), number.national.as_str()),
            (international, national)
        );
    }
}

#[test]
fn what_is_wrong_with_a_number_is_said() {
    for (text, words) in [
        ("0800 123 456", "write + and 4 to 15 digits"),
        ("+442071234567", "of another country"),
        ("+420602123456", "a mobile number of CZ"),
        ("+42022212345", "no number of CZ"),
        ("+421850123456", "a shared cost number of SK"),
    ] {
        let message = Number::read(text).unwrap_err().to_string();
        assert!(message.contains(words), "{text}: {message}");
    }
}

#[test]
fn a_number_of_another_country_or_kind_is_refused() {
    let country = |code: &str| Country::try_from(code.to_owned()).unwrap();
    let read = || Number::read("+420800123456").unwrap();
    assert!(read().must_be(&country("CZ"), LineKind::TollFree).is_ok());
    let message = read().must_be(&country("SK"), LineKind::TollFree).unwrap_err().to_string();
    assert_eq!(message, "+420800123456 is a number of CZ, not of SK");
    let message = read().must_be(&country("CZ"), LineKind::Landline).unwrap_err().to_string();
    assert_eq!(message, "+420800123456 is a toll_free number, not a landline one");
}
