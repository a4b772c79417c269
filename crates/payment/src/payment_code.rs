//! The text of a payment code, from which a banking application fills in a transfer: SPAYD for
//! Czech koruna and other currencies, EPC069-12 for euro. The QR code itself is drawn elsewhere.

use linka_model::{Currency, Micros};

use crate::{Bic, Date, Iban, VariableSymbol};

/// What is to be paid, to whom and by when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentRequest {
    /// The account that is to receive the money.
    pub account: Iban,
    /// Its bank; both forms do without.
    pub bank: Option<Bic>,
    /// The account's holder, 1 to 70 characters. Only the form for euro carries it.
    pub beneficiary: String,
    /// How much: a whole number of hundredths, more than nothing.
    pub amount: Micros,
    /// In which currency; it decides the form.
    pub currency: Currency,
    /// Names the order.
    pub symbol: VariableSymbol,
    /// The last day to pay. The form for euro has no place for it.
    pub due: Option<Date>,
    /// A sentence for people, may be empty.
    pub message: String,
    /// Asks for an instant payment, where the form can.
    pub instant: bool,
}

/// The text of a code, and how it has to be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaymentCode {
    /// What the code encodes; the level of error correction is M in both forms.
    pub text: String,
    /// Greatest version (size) of the QR code that readers must accept.
    pub version_max: Option<u8>,
}

/// Why there is no payment code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The amount has more places or digits than the form holds, or is nothing.
    #[error("{amount} {currency} fits no payment code: use 0.01 to {most}, in whole hundredths")]
    Amount {
        /// What was asked.
        amount: Micros,
        /// Its currency.
        currency: Currency,
        /// The greatest amount of the form.
        most: &'static str,
    },
    /// A text is too long, or is missing.
    #[error("the {what} of a payment code has {length} characters: use {least} to {most}")]
    Length {
        /// Which text.
        what: &'static str,
        /// Its characters.
        length: usize,
        /// The least.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A text holds a line break or another control character.
    #[error("the {0} of a payment code holds a line break or a control character: take it out")]
    Control(&'static str),
}

/// The code for a request: EPC069-12 for euro, SPAYD for every other currency.
pub fn payment_code(request: &PaymentRequest) -> Result<PaymentCode, CodeError> {
    if request.currency.as_str() == "EUR" {
        Ok(PaymentCode { text: epc(request)?, version_max: Some(13) })
    } else {
        Ok(PaymentCode { text: spayd(request)?, version_max: None })
    }
}

/// `SPD*1.0*…`, as the Czech Banking Association's standard has it.
fn spayd(request: &PaymentRequest) -> Result<String, CodeError> {
    // AM has at most ten characters.
    let amount = hundredths(request, 999_999_999, "9999999.99")?;
    text("message", &request.message, 0, 60)?;
    let bank = request.bank.as_ref().map(|bank| format!("+{}", bank.as_str())).unwrap_or_default();
    let mut code = format!(
        "SPD*1.0*ACC:{}{bank}*AM:{}.{:02}*CC:{}",
        request.account.as_str(),
        amount / 100,
        amount % 100,
        request.currency,
    );
    if let Some(due) = request.due {
        code.push_str(&format!("*DT:{}", due.compact()));
    }
    if request.instant {
        code.push_str("*PT:IP");
    }
    code.push_str(&format!("*X-VS:{}", request.symbol));
    if !request.message.is_empty() {
        code.push_str(&format!("*MSG:{}", escaped(&request.message)));
    }
    Ok(code)
}

/// A value without the star that would end it. What lies outside of ASCII is escaped too, so that no
/// reader has to guess an encoding.
fn escaped(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'*' | b'%' | 0x80.. => text.push_str(&format!("%{byte:02X}")),
            plain => text.push(char::from(plain)),
        }
        text
    })
}

/// Twelve lines in UTF-8, version 002; none after the last one that says something.
fn epc(request: &PaymentRequest) -> Result<String, CodeError> {
    let amount = hundredths(request, 99_999_999_999, "999999999.99")?;
    text("beneficiary", &request.beneficiary, 1, 70)?;
    text("message", &request.message, 0, 70)?;
    let bank = request.bank.as_ref().map(Bic::as_str).unwrap_or_default();
    let places = if amount % 100 == 0 { String::new() } else { format!(".{:02}", amount % 100) };
    let amount = format!("EUR{}{places}", amount / 100);
    let (purpose, free_text) = ("", "");
    let reference = request.symbol.rf();
    let lines = [
        "BCD",
        "002",
        "1",
        "SCT",
        bank,
        &request.beneficiary,
        request.account.as_str(),
        &amount,
        purpose,
        reference.as_str(),
        // A code has a reference or a free text, not both.
        free_text,
        &request.message,
    ];
    Ok(lines.join("\n").trim_end_matches('\n').to_owned())
}

/// The amount in hundredths, up to the most that the form holds.
fn hundredths(request: &PaymentRequest, most: i64, shown: &'static str) -> Result<i64, CodeError> {
    let PaymentRequest { amount, currency, .. } = *request;
    let whole = amount.0 % 10_000 == 0 && (1..=most).contains(&(amount.0 / 10_000));
    whole.then_some(amount.0 / 10_000).ok_or(CodeError::Amount { amount, currency, most: shown })
}

fn text(what: &'static str, value: &str, least: usize, most: usize) -> Result<(), CodeError> {
    let length = value.chars().count();
    if value.chars().any(char::is_control) {
        Err(CodeError::Control(what))
    } else if (least..=most).contains(&length) {
        Ok(())
    } else {
        Err(CodeError::Length { what, length, least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The account of the example of EPC codes that many readers are tried with.
    fn euro() -> PaymentRequest {
        PaymentRequest {
            account: "DE33100205000001194700".parse().unwrap(),
            bank: None,
            beneficiary: "Wikimedia Foerdergesellschaft".to_owned(),
            amount: Micros(20_000_000),
            currency: "EUR".parse().unwrap(),
            symbol: VariableSymbol::new(12_345_678).unwrap(),
            due: None,
            message: "Spende fuer Wikipedia".to_owned(),
            instant: false,
        }
    }

    fn koruna() -> PaymentRequest {
        PaymentRequest {
            account: "CZ6508000000192000145399".parse().unwrap(),
            bank: Some("GIBACZPX".parse().unwrap()),
            amount: Micros(799_500_000),
            currency: "CZK".parse().unwrap(),
            due: Some("2022-10-01".parse().unwrap()),
            message: "LINKA KREDIT".to_owned(),
            ..euro()
        }
    }

    fn text_of(request: &PaymentRequest) -> String {
        payment_code(request).unwrap().text
    }

    #[test]
    fn a_payment_in_koruna_names_account_amount_day_symbol_and_message() {
        let expected = "SPD*1.0*ACC:CZ6508000000192000145399+GIBACZPX*AM:799.50*CC:CZK*DT:20221001\
                        *X-VS:1234567889*MSG:LINKA KREDIT";
        assert_eq!(text_of(&koruna()), expected);
        assert_eq!(payment_code(&koruna()).unwrap().version_max, None);
    }

    #[test]
    fn what_may_be_left_out_is_left_out() {
        let bare = PaymentRequest { bank: None, due: None, message: String::new(), ..koruna() };
        let expected = "SPD*1.0*ACC:CZ6508000000192000145399*AM:799.50*CC:CZK*X-VS:1234567889";
        assert_eq!(text_of(&bare), expected);
    }

    #[test]
    fn an_instant_payment_is_asked_for() {
        let instant = PaymentRequest { instant: true, ..koruna() };
        assert!(text_of(&instant).contains("*DT:20221001*PT:IP*X-VS:"));
    }

    #[test]
    fn stars_percents_and_letters_beyond_ascii_are_escaped() {
        // `ř` is C5 99 in UTF-8.
        let message = "50 % * př".to_owned();
        let code = text_of(&PaymentRequest { message, ..koruna() });
        assert!(code.ends_with("*MSG:50 %25 %2A p%C5%99"), "{code}");
    }

    #[test]
    fn a_payment_in_euro_has_its_lines_in_order() {
        let expected = "BCD\n002\n1\nSCT\n\nWikimedia Foerdergesellschaft\nDE33100205000001194700\n\
                        EUR20\n\nRF741234567889\n\nSpende fuer Wikipedia";
        assert_eq!(text_of(&euro()), expected);
        assert_eq!(payment_code(&euro()).unwrap().version_max, Some(13));
    }

    #[test]
    fn empty_lines_at_the_end_are_left_out_and_the_bank_is_named() {
        let bank = Some("BFSWDE33BER".parse().unwrap());
        let amount = Micros(123_400_000);
        let code = text_of(&PaymentRequest { bank, amount, message: String::new(), ..euro() });
        let expected = "BCD\n002\n1\nSCT\nBFSWDE33BER\nWikimedia Foerdergesellschaft\n\
                        DE33100205000001194700\nEUR123.40\n\nRF741234567889";
        assert_eq!(code, expected);
    }

    #[test]
    fn the_greatest_amounts_fit_and_one_more_does_not() {
        for (request, most) in [(koruna(), 9_999_999_990_000), (euro(), 999_999_999_990_000)] {
            let with = |micros| PaymentRequest { amount: Micros(micros), ..request.clone() };
            assert!(payment_code(&with(most)).is_ok());
            assert!(payment_code(&with(10_000)).is_ok());
            for wrong in [most + 10_000, 0, -10_000, 15_000] {
                let refused = payment_code(&with(wrong));
                assert!(matches!(refused, Err(CodeError::Amount { .. })), "{wrong}");
            }
        }
    }

    #[test]
    fn texts_beyond_the_form_are_refused_with_their_length() {
        let long = |length| "x".repeat(length);
        assert!(payment_code(&PaymentRequest { message: long(60), ..koruna() }).is_ok());
        let error = payment_code(&PaymentRequest { message: long(61), ..koruna() }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the message of a payment code has 61 characters: use 0 to 60"
        );
        assert!(payment_code(&PaymentRequest { message: long(70), ..euro() }).is_ok());
        for request in [
            PaymentRequest { message: long(71), ..euro() },
            PaymentRequest { beneficiary: long(71), ..euro() },
            PaymentRequest { beneficiary: String::new(), ..euro() },
        ] {
            assert!(matches!(payment_code(&request), Err(CodeError::Length { .. })));
        }
    }

    #[test]
    fn a_line_break_cannot_smuggle_in_another_line() {
        let beneficiary = "A\nDE00".to_owned();
        let refused = payment_code(&PaymentRequest { beneficiary, ..euro() });
        assert_eq!(refused, Err(CodeError::Control("beneficiary")));
    }
}
