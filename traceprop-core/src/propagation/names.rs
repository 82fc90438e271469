//! Propagators by their names: [`from_env`] and [`from_names`].

use std::env;
use std::fmt;

use super::carrier::trim;
use super::registry::{self, Make};
use super::{CompositePropagator, DEFAULT, FORMATS, NONE};
use crate::warn::warn;

const SETTING: &str = "OTEL_PROPAGATORS";

/// The propagators that the environment variable `OTEL_PROPAGATORS` lists.
///
/// [`from_names`] has the rules for the list. This never fails: a name that is not known is skipped,
/// with a warning (a `tracing` event, if the crate's feature `call` is on), and where no propagator
/// is left, or the variable is not set, it is `tracecontext,baggage`. See OpenTelemetry's
/// [environment variables].
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
///
/// let propagator = traceprop_core::propagation::from_env();
/// if std::env::var_os("OTEL_PROPAGATORS").is_none() {
///     let fields: Vec<_> = propagator.fields().collect();
///     assert_eq!(fields, ["traceparent", "tracestate", "baggage"]);
/// }
/// ```
///
/// [environment variables]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
#[must_use]
pub fn from_env() -> CompositePropagator {
    let value = env::var_os(SETTING).unwrap_or_default();
    // What is no text cannot be a name; it is skipped like any other that is not known.
    from_setting(&value.to_string_lossy(), warn)
}

/// The propagators that `names` lists, separated by commas.
///
/// `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, and what was given to
/// [`register`](super::register), in the order given; one that is there twice counts once. Space and
/// tab around a name, empty items, and the case do not matter. No name at all stands for
/// `tracecontext,baggage`; `none` stands for no propagator, whatever is beside it.
///
/// # Errors
///
/// Returns the first name that is not known.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use traceprop_core::propagation::from_names;
///
/// let propagator = from_names("tracecontext")?;
/// let fields: Vec<_> = propagator.fields().collect();
/// assert_eq!(fields, ["traceparent", "tracestate"]);
///
/// let error = from_names("tracecontext,tarcecontext").unwrap_err();
/// assert_eq!(error.name(), "tarcecontext");
/// # Ok::<(), traceprop_core::propagation::UnknownPropagator>(())
/// ```
pub fn from_names(names: &str) -> Result<CompositePropagator, UnknownPropagator> {
    let list = List::read(names);
    match list.unknown.into_iter().next() {
        Some(unknown) => Err(unknown),
        None if list.none => Ok(CompositePropagator::default()),
        None => Ok(compose(&list.formats)),
    }
}

/// A name in a list of propagators that stands for none of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownPropagator {
    name: String,
    position: usize,
}

impl UnknownPropagator {
    /// The name, as it was written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The item of the list that it is, counted from 1.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for UnknownPropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, position } = self;
        write!(f, "item {position}, {name:?}, is no propagator; known are ")?;
        for (known, _) in FORMATS {
            write!(f, "{known}, ")?;
        }
        write!(f, "{NONE}, and what was registered")
    }
}

impl std::error::Error for UnknownPropagator {}

/// What a list of names says.
#[derive(Default)]
struct List {
    formats: Vec<(String, Make)>,
    none: bool,
    unknown: Vec<UnknownPropagator>,
}

impl List {
    fn read(names: &str) -> Self {
        let mut list = Self::default();
        for (index, item) in names.split(',').enumerate() {
            let name = trim(item);
            if let Some(format) = find(name) {
                if list.formats.iter().all(|listed| listed.0 != format.0) {
                    list.formats.push(format);
                }
            } else if name.eq_ignore_ascii_case(NONE) {
                list.none = true;
            } else if !name.is_empty() {
                list.unknown.push(UnknownPropagator {
                    name: name.to_owned(),
                    position: index + 1,
                });
            }
        }
        list
    }
}

/// What is registered under a name, else the format that has it; with the name in lower case.
fn find(name: &str) -> Option<(String, Make)> {
    let built_in = || {
        let (name, make) = FORMATS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(((*name).to_owned(), Make::from(*make)))
    };
    registry::find(name).or_else(built_in)
}

/// One propagator of these formats, or of the default ones for none.
fn compose(formats: &[(String, Make)]) -> CompositePropagator {
    let default;
    let formats = if formats.is_empty() {
        default = List::read(DEFAULT).formats;
        &default
    } else {
        formats
    };
    CompositePropagator::new(formats.iter().map(|(_, make)| make.make()).collect())
}

/// What `value` asks for; what is odd about it is said and stepped over.
fn from_setting(value: &str, warn: impl Fn(fmt::Arguments<'_>)) -> CompositePropagator {
    let list = List::read(value);
    for unknown in &list.unknown {
        warn(format_args!("{SETTING}: {unknown}; it is skipped"));
    }
    if !list.none {
        return compose(&list.formats);
    }
    if !list.formats.is_empty() {
        warn(format_args!(
            "{SETTING}: `{NONE}` is not alone; nothing is propagated"
        ));
    }
    CompositePropagator::default()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use opentelemetry::propagation::TextMapPropagator;

    use super::*;

    const BOTH: &[&str] = &["traceparent", "tracestate", "baggage"];
    #[rustfmt::skip]
    const B3: &[&str] = &["b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"];

    #[test]
    fn the_setting_never_fails() {
        #[rustfmt::skip]
        let table: [(&str, &str, &[&str], &[&str]); 16] = [
            // what it shows           setting                       fields             warned about
            ("not set",                "",                           BOTH,              &[]),
            ("blank",                  " \t, ,",                     BOTH,              &[]),
            ("one",                    "tracecontext",               &BOTH[..2],        &[]),
            ("the other",              "baggage",                    &BOTH[2..],        &[]),
            ("order",                  "baggage,tracecontext",       &["baggage", "traceparent", "tracestate"], &[]),
            ("space and case",         " TraceContext ,\tBAGGAGE",   BOTH,              &[]),
            ("b3 and b3multi",         "b3,b3multi",                 B3,                &[]),
            ("not registered",         "ottrace,jaeger",             &["uber-trace-id"], &["item 1, \"ottrace\""]),
            ("twice",                  "baggage,baggage",            &BOTH[2..],        &[]),
            ("none",                   "none",                       &[],               &[]),
            ("none, any case",         " None ",                     &[],               &[]),
            ("none beside another",    "none,baggage",               &[],               &["`none`"]),
            ("unknown beside known",   "baggage,x",                  &BOTH[2..],        &["item 2, \"x\""]),
            ("unknown alone",          "x",                          BOTH,              &["item 1, \"x\""]),
            ("each is warned about",   "x,,y",                       BOTH,              &["\"x\"", "item 3, \"y\""]),
            ("no-break space",         "\u{a0}baggage",              BOTH,              &["\"\\u{a0}baggage\""]),
        ];
        for (name, setting, fields, parts) in table {
            let warnings = RefCell::new(Vec::new());
            let propagator =
                from_setting(setting, |text| warnings.borrow_mut().push(text.to_string()));
            let got: Vec<_> = propagator.fields().collect();
            assert_eq!(got, fields, "{name}");
            let warnings = warnings.into_inner();
            assert_eq!(warnings.len(), parts.len(), "{name}: {warnings:?}");
            for (warning, part) in warnings.iter().zip(parts) {
                assert!(
                    warning.starts_with("OTEL_PROPAGATORS: "),
                    "{name}: {warning}"
                );
                assert!(warning.contains(part), "{name}: {warning}");
            }
        }
    }

    #[test]
    fn a_program_is_told_of_an_unknown_name() {
        let error = from_names("baggage, x ,y").unwrap_err();
        assert_eq!((error.name(), error.position()), ("x", 2));
        assert_eq!(
            error.to_string(),
            "item 2, \"x\", is no propagator; known are tracecontext, baggage, b3, b3multi, jaeger, none, \
             and what was registered"
        );
        assert!(from_names("none,x").is_err());
        assert_eq!(from_names("none,baggage").unwrap().fields().count(), 0);
        assert_eq!(from_names("").unwrap().fields().count(), 3);
    }
}
