//! What is sold. Buyers name the items, and they name whatever they like: the limit is what keeps their
//! names from filling the memory of this service, and of Prometheus.

use prometheus::{Opts, Registry};
use traceprop_metrics::{ExemplarCounterVec, Limits};

use crate::error::Result;

/// How many items are told apart; the rest are counted as `_overflow`.
const ITEMS: usize = 20;

#[derive(Clone, Debug)]
pub(super) struct Sales(ExemplarCounterVec);

impl Sales {
    pub(super) fn register(registry: &Registry) -> Result<Self> {
        let opts = Opts::new(
            "shop_ordered_items_total",
            "Items of orders that were paid.",
        );
        let items = ExemplarCounterVec::new(opts, &["item"])?
            .limits(&Limits::new().values_of("item", ITEMS));
        registry.register(Box::new(items.clone()))?;
        Ok(Self(items))
    }

    /// Counts an order, whose trace becomes the exemplar.
    pub(super) fn count(&self, item: &str, quantity: u32) {
        self.0
            .with_label_values(&[item])
            .inc_by(f64::from(quantity));
    }
}
