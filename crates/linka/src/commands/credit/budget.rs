//! `linka credit budget`: a monthly cap instead of payments (M20).

use linka_engine::clock;
use linka_metering::plan::Zone;

use crate::cli::CreditBudget;
use crate::commands::existing;
use crate::failure::Failure;
use crate::{output, provision};

/// Sets it.
pub(crate) async fn run(args: &CreditBudget) -> Result<(), Failure> {
    let zone = Zone::named(&args.zone).map_err(|error| Failure::new(error.to_string()))?;
    let store = existing(&args.data.data).await?;
    let org = provision::org(&store, &args.org).await?;
    let available = store.set_budget(org, args.cap, &zone, clock::wall_ms()).await?;
    output::line(format!(
        "{} may spend {} a month, from the first of each in {}; available: {available}",
        args.org,
        args.cap,
        zone.name()
    ));
    Ok(())
}
