//! Payments, and books that do not add up.

use super::{Text, Words};

pub(super) const RECEIVED: Words = Words {
    czech: Text {
        title: "Platbu jsme přijali",
        body: &["Děkujeme. Platba je připsána jako kredit a linky ji mohou čerpat."],
        action: "Přehled kreditu",
    },
    english: Text {
        title: "We received your payment",
        body: &["Thank you. The payment is now credit that your lines can use."],
        action: "Overview of credit",
    },
};

pub(super) const PARTLY: Words = Words {
    czech: Text {
        title: "Přišla jen část platby",
        body: &[
            "Přijatou částku jsme připsali jako kredit. Do objednané částky ještě něco chybí.",
            "Zbytek můžete poslat na stejný účet stejným způsobem, nebo ho nechat být.",
        ],
        action: "Přehled kreditu",
    },
    english: Text {
        title: "Part of your payment arrived",
        body: &[
            "What arrived is now credit. It is less than you ordered.",
            "You can send the rest to the same account under the same reference, or leave it.",
        ],
        action: "Overview of credit",
    },
};

pub(super) const AWAITED: Words = Words {
    czech: Text {
        title: "Objednávka kreditu čeká na platbu",
        body: &[
            "Kredit připíšeme, jakmile platba dorazí na účet. Uveďte prosím přesně níže \
             uvedený symbol nebo referenci: podle nich platbu poznáme.",
            "Zálohovou fakturu s QR kódem najdete pod odkazem.",
        ],
        action: "Otevřít objednávku",
    },
    english: Text {
        title: "Your credit waits for its payment",
        body: &[
            "Credit is booked when the payment arrives. Please give the reference exactly: by it we \
             recognise the payment.",
            "The link leads to the proforma invoice with its QR code.",
        ],
        action: "Open the order",
    },
};

pub(super) const BOOKS: Words = Words {
    czech: Text {
        title: "Účetní knihy nesouhlasí",
        body: &[
            "Pravidelná kontrola knih našla rozdíl. Hovory běží dál a nic nebylo opraveno.",
            "Spusťte „linka ledger audit“ a opravte rozdíl novým zápisem, nikdy přepsáním.",
        ],
        action: "Otevřít knihy",
    },
    english: Text {
        title: "The books do not add up",
        body: &[
            "The regular audit found a difference. Calls go on and nothing was corrected.",
            "Run “linka ledger audit” and mend the difference by a new entry, never by a change.",
        ],
        action: "Open the books",
    },
};
