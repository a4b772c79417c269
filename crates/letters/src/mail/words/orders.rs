//! From the order of a line to its number.

use super::{Text, Words};

pub(super) const RECEIVED: Words = Words {
    czech: Text {
        title: "Objednávku linky jsme přijali",
        body: &[
            "Vyřizujeme objednávku telefonní linky. Jakmile bude číslo zaregistrováno, napíšeme vám.",
            "Do té doby je linka v přehledu označena „Objednávka se zpracovává“ a nejde otevřít.",
        ],
        action: "Přehled linek",
    },
    english: Text {
        title: "We received your order of a line",
        body: &[
            "Your telephone line is being ordered. We will write again when its number is registered.",
            "Until then the overview shows “Processing order”, and the line cannot be opened.",
        ],
        action: "Overview of lines",
    },
};

pub(super) const REGISTERED: Words = Words {
    czech: Text {
        title: "Vaše linka má číslo",
        body: &[
            "Má-li organizace kredit, je otevřeno i nastavení linky: jazyky, kategorie, pracoviště \
             a texty. Jinak se otevře po prvním dobití.",
            "Na linku se lze dovolat, teprve až ji zapnete.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "Your line has its number",
        body: &[
            "If your organisation has credit, the settings of the line are open too: languages, \
             categories, units and texts. If not, they open after the first top-up.",
            "Callers reach the line once you switch it on.",
        ],
        action: "Top up credit",
    },
};

pub(super) const REJECTED: Words = Words {
    czech: Text {
        title: "Objednávku linky nelze vyřídit",
        body: &[
            "Objednávku jsme zamítli. Nic vám nebylo účtováno.",
            "Pokud důvod odstraníte, objednejte linku znovu.",
        ],
        action: "Přehled linek",
    },
    english: Text {
        title: "Your order of a line was rejected",
        body: &[
            "We could not fulfil the order. You were not charged.",
            "Once the reason is mended, you can order the line again.",
        ],
        action: "Overview of lines",
    },
};
