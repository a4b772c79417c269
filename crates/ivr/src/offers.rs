//! Which keys each prompt offers. No prompt may offer a key that does nothing (decision 24); this
//! table is what that is tested against.

use linka_model::PromptKey;

use crate::{Key, Utterance};

impl Utterance {
    /// The keys that a caller is told to press.
    pub fn keys_offered(&self) -> Vec<Key> {
        match self {
            Self::Prompt { key, .. } | Self::Code { key, .. } => keys_offered(*key).to_vec(),
            Self::Filled { key, key_digit, .. } => {
                keys_offered(*key).iter().copied().chain(*key_digit).collect()
            }
            Self::Silence(_) | Self::Tone | Self::ShortTone | Self::PlayBack => Vec::new(),
        }
    }
}

/// The keys that stand in a prompt's text; those in a `{key}` slot are not among them.
const fn keys_offered(prompt: PromptKey) -> &'static [Key] {
    use Key::{D0, D1, D2, D3, D4, D5, D9, Hash, Star};
    use PromptKey as P;
    match prompt {
        P::MainNew | P::CodeIntro | P::CodeIntroShort | P::CreditSoon | P::StillConnecting => &[D1],
        P::MainReturn => &[D2],
        P::MainPerson => &[D3],
        P::MainInfo | P::InfoHint => &[D4],
        P::MainLanguage | P::OptionMore => &[D9],
        P::OptionUnsure => &[D0],
        P::HintRepeat => &[Star],
        P::ConsentAsk | P::ConsentShort | P::MessageMenu => &[D1, D2, D3],
        P::ConsentTwoAsk | P::ConsentTwoShort => &[D1, D3],
        P::CodeMenu | P::RecordInstr | P::RecordPaused => &[D1, Hash],
        P::RecordStillThere | P::RecordShort | P::CorrectionInstr => &[Hash],
        P::ReviewMenu | P::TranscriptMenu => &[D1, D2, D3, D4],
        P::TranscriptOffer | P::RendezvousOffer | P::LiveConsent => &[D1, D2],
        P::InboxMenu => &[D1, D2, D3, D4, D5],
        P::ReturningHint => &[D2, D3, D4],
        P::Welcome
        | P::WelcomeNeutral
        | P::LangOption
        | P::Notice
        | P::CategoryIntro
        | P::UnitIntro
        | P::Option
        | P::Chosen
        | P::ConsentNone
        | P::CodeIs
        | P::CodeAgain
        | P::RecordWarning
        | P::RecordEmpty
        | P::Sent
        | P::NextSteps
        | P::NextStepsCz
        | P::Farewell
        | P::EnterCode
        | P::CodeMistyped
        | P::CodeUnknown
        | P::InboxCount
        | P::InboxNone
        | P::StatusReceived
        | P::StatusOpen
        | P::StatusClosed
        | P::Connecting
        | P::NoOne
        | P::InterpreterJoining
        | P::Invalid
        | P::NoInput
        | P::SkipAhead
        | P::SystemError
        | P::NotSaved
        | P::LineClosed
        | P::AllBusy
        | P::SilenceBye
        | P::NoticeShort
        | P::StayHint
        | P::InfoHow
        | P::InfoChannels
        | P::LimitPart
        | P::LimitTotal
        | P::LimitCall
        | P::CreditMinute
        | P::CreditSeconds => &[],
    }
}
