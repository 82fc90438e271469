//! What this process is, on its metrics as on its spans.

use std::collections::BTreeMap;

use opentelemetry::{Key, Value};
use prometheus::proto::LabelPair;

/// The attributes of the service, written as the labels of `target_info`.
///
/// Give it what the service's traces bear, so that a dashboard leads from one to the other: join on
/// `job` and `instance` with `... * on (job, instance) group_left (service_version) target_info`. Names
/// are spelt as the [specification] has them: `service.name` is the label `service_name`, and values of
/// keys that become one name are joined with `;`. An empty value is left out: it is the same as none.
///
/// The resource of an SDK goes in as it is: that of `traceprop_core::Telemetry`, which has put it together
/// from the code and the environment, with `TargetInfo::from_attributes(telemetry.resource().iter())`.
/// Where no resource is at hand, give both the same values.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_metrics::opentelemetry::KeyValue;
/// use traceprop_metrics::{OpenMetricsEncoder, TargetInfo};
///
/// let target = TargetInfo::new("checkout").version("1.4.2").environment("production");
/// let encoder = OpenMetricsEncoder::builder().target(target.clone()).build()?;
/// let body = encoder.encode(&Registry::new())?;
/// let labels = r#"deployment_environment_name="production",service_name="checkout",service_version="1.4.2""#;
/// assert!(body.contains(&format!("# TYPE target info\n# HELP target Target metadata\ntarget_info{{{labels}}} 1.0\n")));
///
/// // The same, from what the spans' resource was made of.
/// let resource = [
///     KeyValue::new("service.name", "checkout"),
///     KeyValue::new("service.version", "1.4.2"),
///     KeyValue::new("deployment.environment.name", "production"),
/// ];
/// let same = TargetInfo::from_attributes(resource.iter().map(|pair| (&pair.key, &pair.value)));
/// assert_eq!(same, target);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes
#[derive(Clone, Debug, PartialEq)]
pub struct TargetInfo {
    /// By attribute key, so that it is the same whatever the order.
    attributes: BTreeMap<String, String>,
}

impl TargetInfo {
    pub(crate) const NAME: &str = "target_info";
    pub(crate) const HELP: &str = "Target metadata";

    /// A target with this `service.name`.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            attributes: BTreeMap::new(),
        }
        .attribute("service.name", service)
    }

    /// A target with these attributes, of which the last of a key counts.
    #[must_use]
    pub fn from_attributes<'a>(attributes: impl IntoIterator<Item = (&'a Key, &'a Value)>) -> Self {
        let pair = |(key, value): (&Key, &Value)| (key.to_string(), value.to_string());
        Self {
            attributes: attributes.into_iter().map(pair).collect(),
        }
    }

    /// Sets `service.version`.
    #[must_use]
    pub fn version(self, version: impl Into<String>) -> Self {
        self.attribute("service.version", version)
    }

    /// Sets `deployment.environment.name`, `production` for example.
    #[must_use]
    pub fn environment(self, environment: impl Into<String>) -> Self {
        self.attribute("deployment.environment.name", environment)
    }

    /// Sets any attribute, in place of an earlier one of that key.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Labels with valid names, each once, sorted.
    pub(crate) fn label_pairs(&self) -> Vec<LabelPair> {
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in &self.attributes {
            if value.is_empty() || key.is_empty() {
                continue;
            }
            let joined = labels.entry(label_name(key)).or_default();
            if !joined.is_empty() {
                joined.push(';');
            }
            joined.push_str(value);
        }
        let pair = |(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name(name);
            pair.set_value(value);
            pair
        };
        labels.into_iter().map(pair).collect()
    }
}

/// What is outside a label's alphabet becomes `_`, several in a row one; what may not start a name, or
/// starts those that Prometheus keeps for itself, is put behind `key`.
fn label_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for char in key.chars() {
        if char.is_ascii_alphanumeric() {
            name.push(char);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    match name.as_bytes().first() {
        Some(digit) if digit.is_ascii_digit() => format!("key_{name}"),
        Some(b'_') => format!("key{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_name_table() {
        for (key, want) in [
            ("service.name", "service_name"),
            ("k8s.pod-name", "k8s_pod_name"),
            ("a..b__c", "a_b_c"),
            ("1st", "key_1st"),
            ("__name__", "key_name_"),
            ("é\n\"", "key_"),
        ] {
            assert_eq!(label_name(key), want, "{key}");
        }
    }

    #[test]
    fn keys_of_one_name_are_joined_and_empty_values_left_out() {
        let target = TargetInfo::new("a")
            .attribute("x.y", "1")
            .attribute("x_y", "2")
            .attribute("x-y", "0")
            .version("")
            .environment("old")
            .environment("new");
        let labels = target.label_pairs();
        let labels: Vec<_> = labels
            .iter()
            .map(|pair| (pair.name(), pair.value()))
            .collect();
        assert_eq!(
            labels,
            [
                ("deployment_environment_name", "new"),
                ("service_name", "a"),
                ("x_y", "0;1;2")
            ]
        );
    }
}
