//! Credit that runs low and out.

use super::{Text, Words};

pub(super) const LOW: Words = Words {
    czech: Text {
        title: "Kredit se krátí",
        body: &[
            "Kredit vaší organizace klesl pod hranici upozornění. Linky zatím fungují.",
            "Dobijte ho, aby se oznamovatelé dovolali i v příštích dnech.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "Credit is running low",
        body: &[
            "The credit of your organisation fell below the warning threshold. Lines still work.",
            "Top it up so that callers get through in the days to come.",
        ],
        action: "Top up credit",
    },
};

pub(super) const ONE_CALL: Words = Words {
    czech: Text {
        title: "Kredit nestačí na desetiminutový hovor",
        body: &[
            "Zbývající kredit už nepokryje jeden hovor dlouhý deset minut. Delší oznámení by mohlo \
             skončit dříve; co bylo nahráno, se vždy uloží.",
            "Dobijte kredit co nejdříve.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "Credit for less than one long call",
        body: &[
            "What is left no longer pays for one call of ten minutes. A longer report might end \
             early; what was recorded is always kept.",
            "Please top up soon.",
        ],
        action: "Top up credit",
    },
};

pub(super) const EXHAUSTED: Words = Words {
    czech: Text {
        title: "Kredit je vyčerpán",
        body: &[
            "Zbývající kredit nestačí na přijetí dalšího hovoru. Linky vaší organizace teď nikoho \
             nepřijmou.",
            "Volající slyší totéž, jako by byla linka vypnutá. Po dobití fungují linky hned.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "Credit is used up",
        body: &[
            "What is left does not pay for answering another call. The lines of your organisation \
             take no calls now.",
            "Callers hear the same as on a line that is switched off. Lines work again at once after \
             a top-up.",
        ],
        action: "Top up credit",
    },
};

pub(super) const REFUSED: Words = Words {
    czech: Text {
        title: "Linka odmítá hovory, chybí kredit",
        body: &[
            "Od poslední zprávy se někdo nedovolal, protože kredit nestačí na přijetí hovoru.",
            "Kdo volal, nevíme a nezjišťujeme. Po dobití fungují linky hned.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "Calls are turned away for lack of credit",
        body: &[
            "Since the last mail somebody did not get through, because credit does not pay for \
             answering a call.",
            "Who called is not known to us. Lines work again at once after a top-up.",
        ],
        action: "Top up credit",
    },
};
