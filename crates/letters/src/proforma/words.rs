//! The words on a proforma invoice.

use crate::Language;

pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) no_tax_document: &'static str,
    pub(super) issuer: &'static str,
    pub(super) customer: &'static str,
    pub(super) company_id: &'static str,
    pub(super) vat_id: &'static str,
    pub(super) issued: &'static str,
    pub(super) due: &'static str,
    pub(super) item: &'static str,
    pub(super) rate: &'static str,
    pub(super) net: &'static str,
    pub(super) price: &'static str,
    pub(super) of_base: &'static str,
    pub(super) vat: &'static str,
    pub(super) total: &'static str,
    pub(super) payment: &'static str,
    pub(super) account: &'static str,
    pub(super) variable_symbol: &'static str,
    pub(super) creditor_reference: &'static str,
    pub(super) amount: &'static str,
    pub(super) code: &'static str,
    pub(super) not_payer: &'static str,
    pub(super) payer: &'static str,
}

const CZECH: Words = Words {
    title: "Zálohová faktura",
    no_tax_document: "Výzva k platbě, není daňovým dokladem",
    issuer: "Dodavatel",
    customer: "Odběratel",
    company_id: "IČO",
    vat_id: "DIČ",
    issued: "Vystaveno",
    due: "Splatnost",
    item: "Položka",
    rate: "Sazba DPH",
    net: "Cena bez DPH",
    price: "Cena",
    of_base: "z",
    vat: "DPH",
    total: "Celkem k úhradě",
    payment: "Platba převodem",
    account: "IBAN",
    variable_symbol: "Variabilní symbol",
    creditor_reference: "Reference příjemce",
    amount: "Částka",
    code: "Načtěte v aplikaci banky",
    not_payer: "Dodavatel není plátcem DPH.",
    payer: "Daňový doklad vystavíme po přijetí platby.",
};

const ENGLISH: Words = Words {
    title: "Proforma invoice",
    no_tax_document: "A request for payment, not a tax document",
    issuer: "Issuer",
    customer: "Customer",
    company_id: "Company ID",
    vat_id: "VAT ID",
    issued: "Issued",
    due: "Due",
    item: "Item",
    rate: "VAT rate",
    net: "Price without VAT",
    price: "Price",
    of_base: "of",
    vat: "VAT",
    total: "Total to pay",
    payment: "Payment by bank transfer",
    account: "IBAN",
    variable_symbol: "Variable symbol",
    creditor_reference: "Creditor reference",
    amount: "Amount",
    code: "Scan with your bank’s app",
    not_payer: "The issuer is not a payer of VAT.",
    payer: "The tax document follows when the payment has arrived.",
};

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Czech => &CZECH,
            Language::English => &ENGLISH,
        }
    }
}
