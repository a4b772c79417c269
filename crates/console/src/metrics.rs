//! Figures in the OpenMetrics text form.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Its name without the `linka_` prefix.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Whether it only grows.
    pub counter: bool,
    /// Its value now.
    pub value: u64,
}

#[derive(Debug)]
struct Figures(Vec<Gauge>);

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for figure in &self.0 {
            if figure.counter {
                let counter = ConstCounter::new(figure.value);
                let kind = counter.metric_type();
                counter.encode(encoder.encode_descriptor(
                    figure.name,
                    figure.help,
                    None,
                    kind,
                )?)?;
            } else {
                let gauge = ConstGauge::new(i64::try_from(figure.value).unwrap_or(i64::MAX));
                let kind = gauge.metric_type();
                gauge.encode(encoder.encode_descriptor(figure.name, figure.help, None, kind)?)?;
            }
        }
        Ok(())
    }
}

/// The whole page.
pub(crate) fn exposition(figures: &[Gauge]) -> String {
    let mut registry = Registry::with_prefix("linka");
    registry.register_collector(Box::new(Figures(figures.to_vec())));
    let mut page = String::new();
    // Writing into a String cannot fail.
    let _never = encode(&mut page, &registry);
    page
}
