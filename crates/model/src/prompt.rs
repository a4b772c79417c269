//! Names of the prompts that a pack holds.

/// Declares the closed list once: variant, name in files.
macro_rules! prompt_keys {
    ($($(#[doc = $doc:literal])* $variant:ident => $name:literal,)*) => {
        /// A prompt by its key. The key is also the name of the audio file; the pack beside it says
        /// what the text means and when it is heard.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum PromptKey {
            $($(#[doc = $doc])* #[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl PromptKey {
            /// Every key, in the order of a pack.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The key as it is written in a pack.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

prompt_keys! {
    Welcome => "welcome",
    WelcomeNeutral => "welcome_neutral",
    LangOption => "lang_option",
    Notice => "notice",
    MainNew => "main_new",
    MainReturn => "main_return",
    MainPerson => "main_person",
    MainInfo => "main_info",
    MainLanguage => "main_language",
    CategoryIntro => "category_intro",
    UnitIntro => "unit_intro",
    Option => "option",
    OptionMore => "option_more",
    OptionUnsure => "option_unsure",
    Chosen => "chosen",
    HintRepeat => "hint_repeat",
    ConsentAsk => "consent_ask",
    ConsentNone => "consent_none",
    CodeIntro => "code_intro",
    CodeIs => "code_is",
    CodeAgain => "code_again",
    CodeMenu => "code_menu",
    RecordInstr => "record_instr",
    RecordPaused => "record_paused",
    RecordStillThere => "record_still_there",
    RecordWarning => "record_warning",
    RecordEmpty => "record_empty",
    ReviewMenu => "review_menu",
    TranscriptOffer => "transcript_offer",
    TranscriptMenu => "transcript_menu",
    CorrectionInstr => "correction_instr",
    Sent => "sent",
    NextSteps => "next_steps",
    Farewell => "farewell",
    EnterCode => "enter_code",
    CodeMistyped => "code_mistyped",
    CodeUnknown => "code_unknown",
    InboxCount => "inbox_count",
    InboxNone => "inbox_none",
    StatusReceived => "status_received",
    StatusOpen => "status_open",
    StatusClosed => "status_closed",
    MessageMenu => "message_menu",
    InboxMenu => "inbox_menu",
    RendezvousOffer => "rendezvous_offer",
    Connecting => "connecting",
    StillConnecting => "still_connecting",
    NoOne => "no_one",
    LiveConsent => "live_consent",
    InterpreterJoining => "interpreter_joining",
    Invalid => "invalid",
    NoInput => "no_input",
    SkipAhead => "skip_ahead",
    SystemError => "system_error",
    LineClosed => "line_closed",
    AllBusy => "all_busy",
    SilenceBye => "silence_bye",
    ReturningHint => "returning_hint",
    NoticeShort => "notice_short",
    ConsentShort => "consent_short",
    CodeIntroShort => "code_intro_short",
    RecordShort => "record_short",
    StayHint => "stay_hint",
    /// S3, short: key 4 gives information.
    ///
    InfoHint => "info_hint",
    /// Key 4: how the line works.
    ///
    InfoHow => "info_how",
    /// Key 4 and after "no recording": the other ways to report.
    ///
    InfoChannels => "info_channels",
    /// Consent, short, while nothing can be transcribed: 1 and 3.
    ///
    ConsentTwoShort => "consent_two_short",
    /// The same, long.
    ///
    ConsentTwoAsk => "consent_two_ask",
    /// The part has reached its limit.
    ///
    LimitPart => "limit_part",
    /// The report has reached its limit.
    ///
    LimitTotal => "limit_total",
    /// The call must end soon.
    ///
    LimitCall => "limit_call",
    /// In a menu: the call will end soon; 1 records now.
    ///
    CreditSoon => "credit_soon",
    /// In a recording: one minute left.
    ///
    CreditMinute => "credit_minute",
    /// In a recording: fifteen seconds left.
    ///
    CreditSeconds => "credit_seconds",
    /// As next_steps, with the days of the Czech rule pack.
    ///
    NextStepsCz => "next_steps_cz",
    /// A fault: nothing could be handed in.
    ///
    NotSaved => "not_saved",
}

impl PromptKey {
    /// Reads [`Self::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for key in PromptKey::ALL {
            assert_eq!(PromptKey::from_name(key.as_str()), Some(*key));
        }
    }
}
