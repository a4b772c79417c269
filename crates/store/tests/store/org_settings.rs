//! What is set for an organisation: its zone and its overdraft.

use linka_metering::plan::Zone;
use linka_model::{LineKind, Micros};
use linka_store::{OrgListing, StoreError};

use crate::common::{NOW, ORG, Place, card, entry, on_both};
use crate::fees::{LANDLINES, TOLL_FREE, line};

on_both!(
    an_organisation_begins_with_ten_minutes_of_overdraft_at_the_dearest_price_in_force,
    the_zone_is_set_until_a_line_is_active,
);

async fn an_organisation_begins_with_ten_minutes_of_overdraft_at_the_dearest_price_in_force(
    place: Place,
) {
    let store = place.open().await;
    let czk = "CZK".parse().expect("CZK");
    store.create_org(ORG, "Obec", czk).await.expect("founded");
    assert_eq!(store.set_first_overdraft(ORG, NOW).await.expect("set"), Micros::ZERO);
    let later = TOLL_FREE.replace("2.40", "9.90").replace("2026-01-01", "2027-01-01");
    for yaml in [LANDLINES, TOLL_FREE, &later] {
        store.load_card(&card(yaml)).await.expect("loaded");
    }
    // 2.40 · 10; a landline makes 6.00, and the price of 2027 is not in force.
    let limit = Micros(24_000_000);
    assert_eq!(store.set_first_overdraft(ORG, NOW).await.expect("set"), limit);
    let listed = store.org_listing().await.expect("listed");
    let expected = OrgListing {
        name: "Obec".to_owned(),
        currency: "CZK".to_owned(),
        balance_micro: 0,
        mode: "prepaid".to_owned(),
        zone: "Europe/Prague".to_owned(),
        overdraft_micro: 24_000_000,
    };
    assert_eq!(listed, [expected]);
}

async fn the_zone_is_set_until_a_line_is_active(place: Place) {
    let store = place.open().await;
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    store.load_card(&card(LANDLINES)).await.expect("loaded");
    let zone = |name| Zone::named(name).expect("a zone");
    store.set_zone(ORG, &zone("America/Los_Angeles")).await.expect("set");
    store.grant(entry(1), ORG, Micros(1), "start", NOW).await.expect("granted");
    line(&store, 2, LineKind::Landline).await;
    let refused = store.set_zone(ORG, &zone("Europe/Prague")).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    store.set_zone(ORG, &zone("America/Los_Angeles")).await.expect("as it stands");
    let fees = store.fees().await.expect("listed");
    // 2026-11-23, 21:35 in Los Angeles (UTC−8): the period ends on 23 December at midnight there,
    // 2026-12-23T08:00:00Z, 29 days and 2:24:25 h after NOW.
    let end = NOW + 29 * 86_400_000 + (2 * 3600 + 24 * 60 + 25) * 1000;
    assert_eq!((fees[0].period_end_ms, fees[0].zone.as_str()), (Some(end), "America/Los_Angeles"));
}
