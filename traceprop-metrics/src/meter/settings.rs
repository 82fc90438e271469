//! What all meters let a user set.

use traceprop_core::call::Labels;

use super::MeterError;
use super::spec::prometheus_label;
use crate::bounds;
use crate::guard::{Limits, names_an_id};

/// The bounds that the conventions advise for durations, in seconds.
const DURATIONS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// The settings of a meter, before they are checked.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) buckets: Vec<f64>,
    /// The same for all calls.
    pub(super) fixed: Vec<(String, String)>,
    /// Looked up among each call's [`Labels`].
    pub(super) own: Vec<&'static str>,
    /// Of a `prometheus` registry's metrics.
    pub(super) limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            buckets: DURATIONS.to_vec(),
            fixed: Vec::new(),
            own: Vec::new(),
            limits: Limits::new(),
        }
    }
}

impl Settings {
    /// Checks what the user set against the labels `standard` that one of the metrics has anyway.
    pub(super) fn check(&self, standard: &[&'static str]) -> Result<(), MeterError> {
        if self.own.len() > Labels::MAX {
            return Err(MeterError::TooManyLabels(self.own.len()));
        }
        check_buckets(&self.buckets)?;
        let fixed = self.fixed.iter().map(|(name, _)| &**name);
        let users = fixed.chain(self.own.iter().copied()).map(prometheus_label);
        let mut known: Vec<String> = standard.iter().map(|key| prometheus_label(key)).collect();
        for name in users {
            check_name(&name)?;
            if known.contains(&name) {
                return Err(MeterError::DuplicateLabel(name));
            }
            known.push(name);
        }
        Ok(())
    }
}

/// Bounds that the user gave, which cannot mean `prometheus`'s own by being none.
pub(super) fn check_buckets(buckets: &[f64]) -> Result<(), MeterError> {
    if buckets.is_empty() {
        return Err(MeterError::Buckets("a histogram needs a bucket".to_owned()));
    }
    match bounds::check(buckets.to_vec()) {
        Ok(_) => Ok(()),
        Err(prometheus::Error::Msg(why)) => Err(MeterError::Buckets(why)),
        Err(other) => Err(other.into()),
    }
}

fn check_name(name: &str) -> Result<(), MeterError> {
    let mut bytes = name.bytes();
    let begins = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !begins || name.starts_with("__") || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(MeterError::LabelName(name.to_owned()));
    }
    if matches!(name, "le" | "quantile") || names_an_id(name) {
        return Err(MeterError::ReservedLabel(name.to_owned()));
    }
    Ok(())
}

/// Gives a meter the setters of its [`Settings`], which are in the named field.
macro_rules! setters {
    ($field:ident) => {
        /// Sets the upper bounds of the durations' buckets, in seconds, ascending; +Inf is implied.
        ///
        /// Default: those that the conventions advise, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
        /// 0.5, 0.75, 1, 2.5, 5, 7.5 and 10.
        pub fn buckets(mut self, bounds: impl Into<Vec<f64>>) -> Self {
            self.$field.buckets = bounds.into();
            self
        }

        /// Adds a label that all series of all metrics share. Default: none.
        ///
        /// What is true of the whole process is better on the target, by the server's configuration
        /// or as `target_info`.
        pub fn fixed_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.$field.fixed.push((name.into(), value.into()));
            self
        }

        /// Sets how many values a label may have and how many series each metric. Default:
        /// [`Limits::new`](crate::Limits::new).
        ///
        /// What is over a limit is counted in a series whose label is `_overflow`, and in
        /// [`OverflowCounter`](crate::OverflowCounter), with the call's span as exemplar. They are for
        /// `prometheus` metrics: an OpenTelemetry SDK has a limit of its own, for each stream.
        pub fn limits(mut self, limits: crate::Limits) -> Self {
            self.$field.limits = limits;
            self
        }

        /// Adds a label that calls are given one by one, with
        /// [`CurrentCall::set_label`](traceprop_core::call::CurrentCall::set_label) or a setting of the
        /// adapter; it is empty where they are not. Default: none, at most
        /// [`Labels::MAX`](traceprop_core::call::Labels::MAX).
        ///
        /// All metrics have it but the gauges, which are moved before a call can be labelled. A dot in
        /// the name becomes `_` in Prometheus.
        pub fn label(mut self, name: &'static str) -> Self {
            self.$field.own.push(name);
            self
        }
    };
}
pub(super) use setters;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_table() {
        #[rustfmt::skip]
        let table = [
            // own label     what is wrong with it, if anything
            ("plan",         None),
            ("tenant.plan",  None),
            ("_plan9",       None),
            ("9plan",        Some(r#""9plan" cannot be the name of a label"#)),
            ("plän",         Some(r#""plän" cannot be the name of a label"#)),
            ("__name__",     Some(r#""__name__" cannot be the name of a label"#)),
            ("",             Some(r#""" cannot be the name of a label"#)),
            ("trace_id",     Some(r#"no metric may have a label named "trace_id""#)),
            ("le",           Some(r#"no metric may have a label named "le""#)),
            ("http.route",   Some(r#"there are two labels named "http_route""#)),
            ("region",       Some(r#"there are two labels named "region""#)),
        ];
        for (name, want) in table {
            let settings = Settings {
                own: vec![name],
                fixed: vec![("region".to_owned(), "eu".to_owned())],
                ..Settings::default()
            };
            let got = settings.check(&["http.route"]).err();
            assert_eq!(
                got.map(|error| error.to_string()).as_deref(),
                want,
                "{name}"
            );
        }
    }

    #[test]
    fn there_is_room_for_eight_labels() {
        const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        for (count, fits) in [(8, true), (9, false)] {
            let settings = Settings {
                own: NAMES[..count].to_vec(),
                ..Settings::default()
            };
            assert_eq!(settings.check(&[]).is_ok(), fits, "{count}");
        }
    }

    #[test]
    fn buckets_must_be_there_and_ascend() {
        for (buckets, right) in [
            (vec![1.0], true),
            (vec![], false),
            (vec![2.0, 1.0], false),
            (vec![f64::NAN], false),
        ] {
            let settings = Settings {
                buckets: buckets.clone(),
                ..Settings::default()
            };
            assert_eq!(settings.check(&[]).is_ok(), right, "{buckets:?}");
        }
    }
}
