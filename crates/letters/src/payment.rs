//! Where money is to be sent.

use crate::LetterError;
use crate::clean::one_line;

/// How the payer's bank tells us which order a payment belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reference {
    /// Variable symbol: up to ten digits, in Czechia and Slovakia.
    VariableSymbol(String),
    /// Creditor reference (ISO 11649): begins with `RF`.
    Creditor(String),
}

/// A bank account and what a payment to it has to carry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// Account as an IBAN (ISO 13616), with or without spaces.
    pub iban: String,
    /// The bank's code (BIC, ISO 9362).
    pub bic: Option<String>,
    /// What the payment is recognised by.
    pub reference: Reference,
}

impl Payment {
    /// In groups of four, as banks print it.
    pub(crate) fn iban(&self) -> String {
        let letters: Vec<char> = self.iban.chars().filter(|c| !c.is_whitespace()).collect();
        let groups = letters.chunks(4).map(|group| group.iter().collect::<String>());
        one_line(&groups.collect::<Vec<_>>().join(" "), 60)
    }

    pub(crate) fn check(&self) -> Result<(), LetterError> {
        let iban = self.iban.chars().filter(|c| !c.is_whitespace());
        let length = iban.clone().count();
        if !(15..=34).contains(&length) || !iban.clone().all(|c| c.is_ascii_alphanumeric()) {
            return Err(LetterError::fact(
                "payment.iban",
                "is no IBAN: two letters, two digits, and 11 to 30 letters or digits",
            ));
        }
        self.reference.check()
    }
}

impl Reference {
    /// The reference itself, with nothing around it.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::VariableSymbol(symbol) => symbol,
            Self::Creditor(reference) => reference,
        }
    }

    fn check(&self) -> Result<(), LetterError> {
        let ok = match self {
            Self::VariableSymbol(symbol) => {
                (1..=10).contains(&symbol.len()) && symbol.bytes().all(|b| b.is_ascii_digit())
            }
            Self::Creditor(reference) => {
                (5..=25).contains(&reference.len())
                    && reference.starts_with("RF")
                    && reference.bytes().all(|b| b.is_ascii_alphanumeric())
            }
        };
        let why = "is neither a variable symbol (1 to 10 digits) nor a creditor reference (RF…)";
        ok.then_some(()).ok_or_else(|| LetterError::fact("payment.reference", why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(iban: &str, reference: Reference) -> Payment {
        Payment { iban: iban.to_owned(), bic: None, reference }
    }

    #[test]
    fn an_iban_is_shown_in_groups_of_four() {
        let symbol = Reference::VariableSymbol("1234567890".to_owned());
        let shown = payment("CZ6508000000192000145399", symbol).iban();
        assert_eq!(shown, "CZ65 0800 0000 1920 0014 5399");
    }

    #[test]
    fn what_no_bank_would_take_is_refused() {
        let symbol = |digits: &str| Reference::VariableSymbol(digits.to_owned());
        let iban = "CZ65 0800 0000 1920 0014 5399";
        assert!(payment(iban, symbol("12345678")).check().is_ok());
        assert!(payment(iban, Reference::Creditor("RF18539007547034".to_owned())).check().is_ok());
        assert!(payment(iban, symbol("12345678901")).check().is_err());
        assert!(payment(iban, symbol("12a")).check().is_err());
        assert!(payment(iban, Reference::Creditor("18539007547034".to_owned())).check().is_err());
        assert!(payment("CZ65", symbol("1")).check().is_err());
    }
}
