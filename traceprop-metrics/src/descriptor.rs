//! A family's name, help and labels.

use prometheus::core::{Desc, Describer, Opts};
use prometheus::proto::LabelPair;
use prometheus::{Error, Result};

use crate::guard::names_an_id;
use crate::key::Value;

/// What all series of a family share.
#[derive(Debug)]
pub(crate) struct Descriptor {
    desc: Desc,
    /// Sorted by name, as `prometheus` sorts them.
    labels: Vec<Label>,
}

#[derive(Debug)]
enum Label {
    /// The value is the series' own, at this place of its values.
    Variable {
        name: String,
        place: usize,
    },
    Constant {
        name: String,
        value: String,
    },
}

impl Label {
    fn name(&self) -> &str {
        match self {
            Self::Variable { name, .. } | Self::Constant { name, .. } => name,
        }
    }
}

impl Descriptor {
    /// `reserved` is the label that the exposition adds by itself, such as a bucket's `le`.
    pub(crate) fn new(opts: &Opts, names: &[&str], reserved: Option<&str>) -> Result<Self> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let desc = opts.clone().variable_labels(names).describe()?;
        let variable = desc.variable_labels.iter().cloned();
        let mut labels: Vec<Label> = variable
            .enumerate()
            .map(|(place, name)| Label::Variable { name, place })
            .collect();
        labels.extend(desc.const_label_pairs.iter().map(|pair| Label::Constant {
            name: pair.name().to_owned(),
            value: pair.value().to_owned(),
        }));
        labels.sort_by(|a, b| a.name().cmp(b.name()));
        if labels
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.name() == b.name()))
        {
            return Err(Error::Msg(format!(
                "a label of {:?} is both constant and variable",
                desc.fq_name
            )));
        }
        if let Some(label) = labels.iter().find(|label| names_an_id(label.name())) {
            return Err(Error::Msg(format!(
                "{:?} may have no label named {:?}: each trace would be a series of its own; traces \
                 are linked by exemplars",
                desc.fq_name,
                label.name()
            )));
        }
        if let Some(reserved) =
            reserved.filter(|name| labels.iter().any(|label| label.name() == *name))
        {
            return Err(Error::Msg(format!(
                "{:?} may have no label named {reserved:?}",
                desc.fq_name
            )));
        }
        Ok(Self { desc, labels })
    }

    pub(crate) fn desc(&self) -> &Desc {
        &self.desc
    }

    pub(crate) fn name(&self) -> &str {
        &self.desc.fq_name
    }

    pub(crate) fn help(&self) -> &str {
        &self.desc.help
    }

    /// The number of values that name one series.
    pub(crate) fn arity(&self) -> usize {
        self.desc.variable_labels.len()
    }

    /// The names of the labels whose values name a series, in the order in which they were declared.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.desc.variable_labels.iter().map(String::as_str)
    }

    /// Every label of the series named by `values`, sorted by name.
    pub(crate) fn labels<'a>(
        &'a self,
        values: &'a [Value],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.labels.iter().map(|label| match label {
            Label::Variable { name, place } => {
                (&**name, values.get(*place).map_or("", AsRef::as_ref))
            }
            Label::Constant { name, value } => (&**name, &**value),
        })
    }

    pub(crate) fn label_pairs(&self, values: &[Value]) -> Vec<LabelPair> {
        self.labels(values)
            .map(|(name, value)| {
                let mut pair = LabelPair::default();
                pair.set_name(name.to_owned());
                pair.set_value(value.to_owned());
                pair
            })
            .collect()
    }
}
