//! Origin classes as the product names them.

use linka_model::OriginClass;
use linka_sip::Origin;

/// The product's name of what `sip` says; nothing else of the caller leaves `sip`.
pub const fn origin_class(origin: Origin) -> OriginClass {
    match origin {
        Origin::Fixed => OriginClass::Fixed,
        Origin::Mobile => OriginClass::Mobile,
        Origin::Payphone => OriginClass::Payphone,
        Origin::Abroad => OriginClass::Abroad,
        Origin::Unknown => OriginClass::Unknown,
    }
}
