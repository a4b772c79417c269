//! Amounts as banks write them, read digit by digit: never through a float (rule M1).

use linka_model::Micros;

/// Reads `1250`, `+1250.5`, `-.5`, `12.` and `1.25E3` exactly. `None` for what is no number, is finer
/// than a micro-unit or does not fit.
pub(crate) fn parse(text: &str) -> Option<Micros> {
    if text.len() > 64 {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let both = format!("{whole}{places}");
    if both.is_empty() || !both.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let shift = exponent.checked_add(6)?.checked_sub(i32::try_from(places.len()).ok()?)?;
    let micros = i64::try_from(scaled(&both, shift)?).ok()?;
    Some(Micros(if negative { -micros } else { micros }))
}

/// Digits times a power of ten; digits that would be cut off must be zeros.
fn scaled(digits: &str, shift: i32) -> Option<i128> {
    let number: i128 = if digits.len() > 30 { None } else { digits.parse().ok() }?;
    if number == 0 {
        return Some(0);
    }
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        number.checked_mul(power)
    } else {
        (number % power == 0).then_some(number / power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_in_every_spelling() {
        for (text, micros) in [
            ("1250", 1_250_000_000),
            ("+0.1", 100_000),
            ("-130.0", -130_000_000),
            (".5", 500_000),
            ("12.", 12_000_000),
            ("1.25E3", 1_250_000_000),
            ("1e-6", 1),
            ("0.30000000000", 300_000),
            // A float would say 9007199254.740993.
            ("9007199254.740992", 9_007_199_254_740_992),
            ("-9223372036854.775807", -i64::MAX),
        ] {
            assert_eq!(parse(text), Some(Micros(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_or_too_fine_or_too_large_is_none() {
        for text in
            ["", "-", ".", "1,5", "1.2.3", "0.0000001", "1e-7", "1e30", "9223372036854.775808"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("1e999999999"), None);
        assert_eq!(parse(&"1".repeat(65)), None);
    }
}
