//! The messages that sipp has sent and received, out of its message file.

/// One SIP message on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Whether sipp sent it; otherwise it came from the line.
    pub sent: bool,
    /// The message as it stood on the wire.
    pub text: String,
    /// When, in seconds of the day by sipp's clock; 0 where it does not say.
    pub at_s: f64,
}

/// sipp's line before each message, before the time.
const RULE: &str = "----------------------------------------------- ";

impl Message {
    /// All messages in the order of the file.
    #[must_use]
    pub fn parse_all(trace: &str) -> Vec<Self> {
        trace.split(RULE).skip(1).filter_map(Self::parse).collect()
    }

    /// `2026-… \nUDP message received [254] bytes :\n\nSIP/2.0 …`
    fn parse(section: &str) -> Option<Self> {
        let (time, rest) = section.split_once('\n')?;
        let (about, rest) = rest.split_once("\n\n")?;
        let digits = about.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let length: usize =
            digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
        let text = rest.get(..length).unwrap_or(rest).to_owned();
        let at_s = seconds_of_day(time).unwrap_or(0.0);
        Some(Self { sent: about.contains(" sent "), text, at_s })
    }

    /// The status of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        let (method, rest) = self.text.split_once(' ')?;
        rest.lines().next()?.ends_with("SIP/2.0").then_some(method)
    }

    /// The first header field of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.text.lines().skip(1).take_while(|line| !line.is_empty());
        let mut pairs = fields.filter_map(|line| line.split_once(':'));
        pairs.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The message with stars where two calls must differ: Via, From, To, Call-ID and CSeq. What is
    /// left of two answers can be compared byte by byte.
    #[must_use]
    pub fn skeleton(&self) -> String {
        self.text.split_inclusive('\n').map(skeleton_line).collect()
    }
}

/// Of `2026-11-24 15:03:19.250000`, whatever separates and follows: 54199.25.
fn seconds_of_day(time: &str) -> Option<f64> {
    let clock = time.split_whitespace().find(|word| word.matches(':').count() == 2)?;
    let clock = clock.rsplit('T').next()?;
    let parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    parts.collect::<Option<Vec<f64>>>().map(|p| p.iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

fn skeleton_line(line: &str) -> String {
    let Some((name, value)) = line.split_once(':') else { return line.to_owned() };
    let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    match name {
        "Via" | "Call-ID" | "CSeq" => format!("{name}: *{end}"),
        "From" | "To" if value.contains(";tag=") => format!("{name}: *;tag=*{end}"),
        "From" | "To" => format!("{name}: *{end}"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(to_tag: &str, call: &str, reason: &str) -> String {
        format!(
            "SIP/2.0 480 {reason}\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch={call}\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>{to_tag}\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n\
             Content-Length: 0\r\n\r\n"
        )
    }

    fn trace(text: &str) -> String {
        format!(
            "{RULE}2026-01-01 00:00:00.000001\nUDP message received [{}] bytes :\n\n{text}\n",
            text.len()
        )
    }

    #[test]
    fn messages_are_cut_out_to_the_byte() {
        let (first, second) = (answer(";tag=x", "1", "No"), "BYE sip:a@b SIP/2.0\r\nA: b\r\n\r\n");
        let sent = trace(second).replace("received [29] bytes :", "sent (29 bytes):");
        let messages = Message::parse_all(&(trace(&first) + &sent));
        assert_eq!(messages.len(), 2);
        assert_eq!((messages[0].sent, messages[0].status()), (false, Some(480)));
        assert_eq!(messages[0].text, first);
        assert_eq!((messages[1].sent, messages[1].method()), (true, Some("BYE")));
        assert_eq!(messages[1].text, second);
        assert_eq!(messages[0].header("call-id"), Some("1"));
    }

    #[test]
    fn equal_answers_have_equal_skeletons() {
        let one = |text: String| Message { sent: false, text, at_s: 0.0 }.skeleton();
        assert_eq!(one(answer(";tag=x", "1", "No")), one(answer(";tag=y", "2", "No")));
        assert_ne!(one(answer(";tag=x", "1", "No")), one(answer(";tag=y", "2", "Not now")));
        assert_ne!(one(answer(";tag=x", "1", "No")), one(answer("", "2", "No")));
    }
}
