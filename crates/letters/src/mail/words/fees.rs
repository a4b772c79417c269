//! A monthly fee that is owed, and what follows.

use super::{Text, Words};

pub(super) const DUE: Words = Words {
    czech: Text {
        title: "Na měsíční poplatek chybí kredit",
        body: &[
            "Měsíční poplatek nešlo strhnout z kreditu. Linka zůstává v provozu, dokud stačí kredit \
             na hovory.",
            "Dobijte alespoň tolik, aby kredit poplatek pokryl; strhne se hned po dobití.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "No credit for the monthly fee",
        body: &[
            "The monthly fee could not be taken from credit. The line stays open while credit pays \
             for calls.",
            "Top up until credit covers the fee; it is taken right after the top-up.",
        ],
        action: "Top up credit",
    },
};

pub(super) const STILL_DUE: Words = Words {
    czech: Text {
        title: "Měsíční poplatek je stále nezaplacen",
        body: &[
            "Poplatek je tři dny po splatnosti. Linka je zatím v provozu.",
            "Pokud ho kredit nepokryje, linku v uvedený den pozastavíme. Číslo vám zůstane.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "The monthly fee is still unpaid",
        body: &[
            "The fee is three days overdue. The line is still open.",
            "Unless credit covers it, the line is suspended on the day below. You keep the number.",
        ],
        action: "Top up credit",
    },
};

pub(super) const LAST_DAY: Words = Words {
    czech: Text {
        title: "Zítra linku pozastavíme",
        body: &[
            "Měsíční poplatek je šest dní po splatnosti. Zítra linka přestane přijímat hovory.",
            "Dobití, které poplatek pokryje, tomu zabrání.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "The line is suspended tomorrow",
        body: &[
            "The monthly fee is six days overdue. From tomorrow the line takes no calls.",
            "A top-up that covers the fee prevents that.",
        ],
        action: "Top up credit",
    },
};

pub(super) const PAID: Words = Words {
    czech: Text {
        title: "Měsíční poplatek je zaplacen",
        body: &[
            "Poplatek, který linka dlužila, jsme strhli z kreditu. Linka je ve stejném stavu jako \
             předtím: byla-li zapnutá, přijímá hovory, dokud stačí kredit.",
        ],
        action: "Přehled linek",
    },
    english: Text {
        title: "The monthly fee is paid",
        body: &[
            "The fee that the line owed was taken from the credit. The line is as it was before: if \
             it was switched on, it takes calls as long as credit lasts.",
        ],
        action: "Overview of lines",
    },
};

pub(super) const SUSPENDED: Words = Words {
    czech: Text {
        title: "Linka je pozastavena",
        body: &[
            "Měsíční poplatek zůstal nezaplacen a linka teď nepřijímá hovory. Číslo vám držíme a \
             dlužíte jediný poplatek, další nepřibývají.",
            "Přijatá oznámení zůstávají přístupná. Dobití, které poplatek pokryje, linku obnoví.",
        ],
        action: "Dobít kredit",
    },
    english: Text {
        title: "The line is suspended",
        body: &[
            "The monthly fee was not paid and the line takes no calls now. We keep the number for \
             you; one fee is owed, and no more are added.",
            "Reports stay open to you. A top-up that covers the fee brings the line back.",
        ],
        action: "Top up credit",
    },
};

pub(super) const RELEASE_PENDING: Words = Words {
    czech: Text {
        title: "Číslo linky má být uvolněno",
        body: &[
            "Linka je dlouho pozastavena. Číslo nezanikne samo: uvolnění musí potvrdit správce vaší \
             organizace nebo provozovatel.",
            "Odstraňte číslo z plakátů dříve, než ho dostane někdo jiný. Dobití, které poplatek \
             pokryje, linku vrátí.",
        ],
        action: "Rozhodnout o čísle",
    },
    english: Text {
        title: "The line's number is to be released",
        body: &[
            "The line has been suspended for long. A number never goes by itself: an administrator \
             of yours or the operator has to confirm it.",
            "Take the number off posters before somebody else gets it. A top-up that covers the fee \
             brings the line back.",
        ],
        action: "Decide about the number",
    },
};

pub(super) const RELEASED: Words = Words {
    czech: Text {
        title: "Číslo linky bylo uvolněno",
        body: &[
            "Linka skončila a její číslo už vám nepatří. Odstraňte ho ze všech plakátů a stránek: \
             časem ho může dostat někdo jiný.",
            "Přijatá oznámení zůstávají přístupná po dobu, kterou určuje zákon.",
        ],
        action: "Přehled linek",
    },
    english: Text {
        title: "The line's number was released",
        body: &[
            "The line has ended and its number is no longer yours. Take it off every poster and \
             page: in time somebody else may get it.",
            "Reports stay open to you for as long as the law says.",
        ],
        action: "Overview of lines",
    },
};
