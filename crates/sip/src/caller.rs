//! What may be known of a caller: a class, and whether the number was withheld (rule W16, decision
//! 17). The number itself lives only inside of [`class`].

use crate::config::{CallerNumber, Classifier, Origin, Trunk};
use crate::number;
use crate::wire::text::{list, parameters, split_once, trim};
use crate::wire::{Message, Name, Request, Uri};

/// The class of a caller, and whether the number was withheld.
pub(crate) fn class(request: &Request<'_>, trunk: &Trunk, classify: &Classifier) -> (Origin, bool) {
    if withheld(request) {
        return (Origin::Unknown, true);
    }
    if trunk.trust_cpc && is_payphone(request.message) {
        return (Origin::Payphone, false);
    }
    let asserted = request.message.all(Name::PAssertedIdentity).flat_map(list);
    let from = request.message.first(Name::From);
    let number = asserted
        .chain(from)
        .find_map(|value| number::e164_of_address(value, &trunk.country_code).ok());
    let country = &trunk.country_code;
    (number.map_or(Origin::Unknown, |number| classify(&CallerNumber::new(&number), country)), false)
}

/// Privacy asks for it (RFC 3323, RFC 3325), or From says so.
fn withheld(request: &Request<'_>) -> bool {
    let asked = request.message.all(Name::Privacy).any(|value| {
        value.split(|byte| matches!(byte, b';' | b',')).map(trim).any(|token| {
            ["id", "user", "header"].iter().any(|word| token.eq_ignore_ascii_case(word.as_bytes()))
        })
    });
    asked || Uri::parse(request.common.from.uri).is_some_and(|uri| is_anonymous(&uri))
}

fn is_anonymous(uri: &Uri<'_>) -> bool {
    let user = split_once(uri.user, b';').0;
    user.eq_ignore_ascii_case(b"anonymous") || uri.host().eq_ignore_ascii_case(b"anonymous.invalid")
}

/// `cpc=payphone` or an `isup-oli` of 27, 29 or 70, in the carrier's own header or in From.
fn is_payphone(message: &Message<'_>) -> bool {
    let asserted = message.all(Name::PAssertedIdentity).flat_map(list);
    asserted.chain(message.first(Name::From)).any(|value| {
        let flat: Vec<u8> = value
            .iter()
            .map(|&byte| if matches!(byte, b'<' | b'>' | b'@' | b'"') { b';' } else { byte })
            .collect();
        parameters(&flat).any(|(name, value)| {
            let value = value.unwrap_or_default();
            (name.eq_ignore_ascii_case(b"cpc") && value.eq_ignore_ascii_case(b"payphone"))
                || (name.eq_ignore_ascii_case(b"isup-oli")
                    && matches!(value, b"27" | b"29" | b"70"))
        })
    })
}
