//! The words on a statement.

use linka_model::OriginClass;

use super::MovementKind;
use crate::Language;

pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) issuer: &'static str,
    pub(super) organisation: &'static str,
    pub(super) company_id: &'static str,
    pub(super) vat_id: &'static str,
    pub(super) issued: &'static str,
    pub(super) opening: &'static str,
    pub(super) calls: &'static str,
    pub(super) fees: &'static str,
    pub(super) top_ups: &'static str,
    pub(super) refunds: &'static str,
    pub(super) corrections: &'static str,
    pub(super) rounding: &'static str,
    pub(super) closing: &'static str,
    pub(super) call_head: [&'static str; 6],
    pub(super) movements: &'static str,
    pub(super) movement_head: [&'static str; 4],
    pub(super) sum: &'static str,
    pub(super) note: &'static str,
    pub(super) folded_note: &'static str,
    pub(super) unfinished: &'static str,
    pub(super) page: &'static str,
    origins: [&'static str; 5],
    kinds: [&'static str; 4],
}

const CZECH: Words = Words {
    title: "Výpis kreditu",
    issuer: "Vystavil",
    organisation: "Organizace",
    company_id: "IČO",
    vat_id: "DIČ",
    issued: "Vystaveno",
    opening: "Počáteční zůstatek",
    calls: "Hovory",
    fees: "Měsíční poplatky",
    top_ups: "Dobití kreditu",
    refunds: "Vrácený kredit",
    corrections: "Opravy",
    rounding: "Zaokrouhlení položek",
    closing: "Konečný zůstatek",
    call_head: ["Začátek", "Linka", "Původ", "Ceník", "Sekundy", "Cena"],
    movements: "Poplatky, dobití a opravy",
    movement_head: ["Den", "Druh", "Popis", "Změna"],
    sum: "Celkem",
    note: "Začátky hovorů jsou zaokrouhleny na hodiny. O volajících výpis nic neobsahuje.",
    folded_note: "Po 90 dnech zůstávají z hovorů jen měsíční součty. O volajících výpis nic neobsahuje.",
    unfinished: "neúplný: měsíc nebo jeho hovory ještě trvají",
    page: "Strana",
    origins: ["pevná síť", "mobilní síť", "automat", "zahraničí", "neznámý"],
    kinds: ["Poplatek", "Dobití", "Vrácení", "Oprava"],
};

const ENGLISH: Words = Words {
    title: "Statement of credit",
    issuer: "Issuer",
    organisation: "Organisation",
    company_id: "Company ID",
    vat_id: "VAT ID",
    issued: "Issued",
    opening: "Balance brought forward",
    calls: "Calls",
    fees: "Monthly fees",
    top_ups: "Top-ups",
    refunds: "Refunds",
    corrections: "Corrections",
    rounding: "Rounding of the lines",
    closing: "Balance carried forward",
    call_head: ["Begun", "Line", "Origin", "Rate card", "Seconds", "Price"],
    movements: "Fees, top-ups and corrections",
    movement_head: ["Day", "Kind", "Description", "Change"],
    sum: "Sum",
    note: "Beginnings of calls are rounded to the hour. The statement says nothing of callers.",
    folded_note: "After 90 days calls are kept as monthly sums. The statement says nothing of callers.",
    unfinished: "unfinished: the month, or calls of it, still go on",
    page: "Page",
    origins: ["fixed", "mobile", "payphone", "abroad", "unknown"],
    kinds: ["Fee", "Top-up", "Refund", "Correction"],
};

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Czech => &CZECH,
            Language::English => &ENGLISH,
        }
    }

    pub(super) const fn origin(&self, origin: OriginClass) -> &'static str {
        let [fixed, mobile, payphone, abroad, unknown] = self.origins;
        match origin {
            OriginClass::Fixed => fixed,
            OriginClass::Mobile => mobile,
            OriginClass::Payphone => payphone,
            OriginClass::Abroad => abroad,
            OriginClass::Unknown => unknown,
        }
    }

    pub(super) const fn kind(&self, kind: MovementKind) -> &'static str {
        let [fee, top_up, refund, correction] = self.kinds;
        match kind {
            MovementKind::Fee => fee,
            MovementKind::TopUp => top_up,
            MovementKind::Refund => refund,
            MovementKind::Correction => correction,
        }
    }
}
