//! Label values by name, in the order in which the labels were declared.

use std::collections::HashMap;
use std::hash::BuildHasher;

use prometheus::core::Desc;
use prometheus::{Error, Result};

/// The values of `labels` in the order of `desc`.
///
/// # Errors
///
/// `InconsistentCardinality` if there are not as many as labels, an `Msg` if a label is missing.
pub(crate) fn values<'a, V: AsRef<str>, S: BuildHasher>(
    desc: &Desc,
    labels: &'a HashMap<&str, V, S>,
) -> Result<Vec<&'a str>> {
    let (expect, got) = (desc.variable_labels.len(), labels.len());
    if expect != got {
        return Err(Error::InconsistentCardinality { expect, got });
    }
    let value = |name: &String| match labels.get(&**name) {
        Some(value) => Ok(value.as_ref()),
        None => Err(Error::Msg(format!(
            "label name {name} missing in label map"
        ))),
    };
    desc.variable_labels.iter().map(value).collect()
}
