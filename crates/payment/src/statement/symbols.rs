//! Where payments carry their variable symbol. Banks disagree, so every known place is looked at, and
//! two places that contradict each other give none.

use crate::Rf;
use crate::variable_symbol::number;

/// Digits of a reference of ours after its `RF`: two check digits and the ten of the symbol.
const RF_DIGITS: usize = 12;

/// The symbol in the structured fields of a payment, and the reference in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    pub(super) variable_symbol: Option<u64>,
    pub(super) reference: Option<String>,
}

/// Looks at the end-to-end identification, the structured references and the tagged parts of a text.
///
/// A text without `VS` before its digits, and without a whole `RF…` whose check digits agree, says
/// nothing here: those digits are only a suggestion. Zero is no symbol.
pub(super) fn find<'a>(
    end_to_end: Option<&str>,
    references: impl Iterator<Item = &'a str>,
    texts: impl Iterator<Item = &'a str>,
) -> Symbols {
    let mut reference = None;
    let mut found: Vec<u64> = end_to_end.and_then(in_field).into_iter().collect();
    for field in references {
        found.extend(in_field(field));
        if reference.is_none() && !is_tagged(field, "VS") {
            reference = Some(field.to_owned()).filter(|_| !is_symbol_of_another_kind(field));
        }
    }
    // A text is asked only when the fields are silent.
    if found.is_empty() {
        found.extend(texts.filter_map(|text| tagged(text).or_else(|| creditor_reference(text))));
    }
    found.dedup();
    let variable_symbol = if let [only] = *found { Some(only) } else { None };
    Symbols { variable_symbol, reference }
}

/// A field that holds one reference: `/VS123/SS…/KS…`, `VS:123`, `RF…`, or the digits alone.
fn in_field(field: &str) -> Option<u64> {
    let rf = field.parse::<Rf>().ok().and_then(|rf| rf.number());
    tagged(field).or(rf).or_else(|| symbol_number(field))
}

/// The number of a reference of ours (`RF`, two check digits, ten digits) in a text, with blanks
/// between its groups or without.
fn creditor_reference(text: &str) -> Option<u64> {
    let upper = text.to_ascii_uppercase();
    upper.match_indices("RF").find_map(|(place, _)| {
        let before = upper.get(..place)?.chars().next_back();
        let digits = upper.get(place + 2..)?.chars().filter(|c| *c != ' ').take(RF_DIGITS);
        let reference: Rf = format!("RF{}", digits.collect::<String>()).parse().ok()?;
        let begins = !before.is_some_and(char::is_alphanumeric);
        reference.number().filter(|_| begins)
    })
}

fn symbol_number(text: &str) -> Option<u64> {
    number(text).filter(|number| *number > 0)
}

/// The digits after `VS`, with `:`, `/`, `.` or blanks between, where `VS` begins a word.
fn tagged(text: &str) -> Option<u64> {
    let upper = text.to_ascii_uppercase();
    let mut places = upper.match_indices("VS");
    places.find_map(|(place, _)| {
        let before = upper.get(..place)?.chars().next_back();
        let after = upper.get(place + 2..)?.trim_start_matches([':', '/', '.', ' ']);
        let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
        let begins = !before.is_some_and(char::is_alphanumeric);
        if begins { symbol_number(digits) } else { None }
    })
}

fn is_tagged(field: &str, tag: &str) -> bool {
    field
        .trim_start_matches('/')
        .get(..tag.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(tag))
}

/// Constant and specific symbols, which name no order.
fn is_symbol_of_another_kind(field: &str) -> bool {
    is_tagged(field, "KS:") || is_tagged(field, "SS:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(end_to_end: &str, references: &[&str], texts: &[&str]) -> Option<u64> {
        let found = find(Some(end_to_end), references.iter().copied(), texts.iter().copied());
        found.variable_symbol
    }

    #[test]
    fn every_known_place_gives_the_number() {
        for end_to_end in ["/VS0000000195/SS/KS0308", "/VS/195/SS/1/KS/308", "VS195", "195"] {
            assert_eq!(symbol(end_to_end, &[], &[]), Some(195), "{end_to_end}");
        }
        for reference in ["VS:195", "vs: 0195", "RF740000000195", "195"] {
            assert_eq!(symbol("NOTPROVIDED", &[reference], &[]), Some(195), "{reference}");
        }
        assert_eq!(symbol("NOTPROVIDED", &["KS:0308", "VS:195", "SS:7"], &[]), Some(195));
        assert_eq!(symbol("NOTPROVIDED", &[], &["Platba VS 195 dekujeme"]), Some(195));
    }

    #[test]
    fn digits_without_a_tag_in_a_text_say_nothing() {
        assert_eq!(symbol("NOTPROVIDED", &[], &["faktura 195", "CVS195", "VS abc"]), None);
    }

    #[test]
    fn a_reference_of_ours_in_a_text_is_as_good_as_in_a_field() {
        for text in ["RF740000000195", "Kredit RF74 0000 0001 95 dekujeme", "ref:rf740000000195,"] {
            assert_eq!(symbol("NOTPROVIDED", &[], &[text]), Some(195), "{text}");
        }
        // A wrong check digit, one digit too few, and letters before it.
        for text in ["RF750000000195", "RF74000000019", "XRF740000000195"] {
            assert_eq!(symbol("NOTPROVIDED", &[], &[text]), None, "{text}");
        }
    }

    #[test]
    fn zero_is_no_symbol_and_leaves_the_text_to_speak() {
        assert_eq!(symbol("/VS0000000000/SS/KS", &[], &["VS 195"]), Some(195));
    }

    #[test]
    fn two_places_that_disagree_give_none() {
        assert_eq!(symbol("/VS195/SS/KS", &["VS:0195"], &[]), Some(195));
        assert_eq!(symbol("/VS195/SS/KS", &["VS:292"], &[]), None);
    }

    #[test]
    fn an_empty_symbol_is_none() {
        assert_eq!(symbol("/VS/SS/KS", &[], &[]), None);
        assert_eq!(symbol("/VS/SS123/KS", &[], &[]), None);
    }

    #[test]
    fn a_reference_of_another_form_is_kept_for_people() {
        let found = find(None, ["KS:0308", "RF18539007547034"].into_iter(), [].into_iter());
        assert_eq!(found.reference.as_deref(), Some("RF18539007547034"));
        assert_eq!(found.variable_symbol, None);
    }
}
