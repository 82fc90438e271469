//! Propagators that a program adds to the names that `OTEL_PROPAGATORS` may list.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry::propagation::TextMapPropagator;

use super::NONE;
use super::carrier::trim;

/// A propagator as a composite holds it.
pub(super) type Boxed = Box<dyn TextMapPropagator + Send + Sync>;

/// Makes a propagator each time its name is asked for.
#[derive(Clone)]
pub(super) struct Make(Arc<dyn Fn() -> Boxed + Send + Sync>);

impl Make {
    pub(super) fn make(&self) -> Boxed {
        (self.0)()
    }
}

impl From<fn() -> Boxed> for Make {
    fn from(make: fn() -> Boxed) -> Self {
        Self(Arc::new(make))
    }
}

/// In the order of registration, names in lower case, each once. Read when a list of names is, never
/// when a header is.
static REGISTERED: RwLock<Vec<(String, Make)>> = RwLock::new(Vec::new());

/// Makes a propagator known by a name, to [`from_env`](super::from_env) and
/// [`from_names`](super::from_names).
///
/// Register at the start of the program: what was made of a list before does not change, and the
/// adapters read `OTEL_PROPAGATORS` at their first call. A name that is registered again stands for
/// the new propagator, and one of the built-in names for this one instead: that gives them settings.
/// The case of the name does not matter.
///
/// The specification has two names for others to provide: `xray` and `ottrace`.
///
/// # Errors
///
/// Fails for a name that no list can hold: an empty one, one with a comma or with space or tab at an
/// end, and `none`.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use traceprop_core::propagation::{BaggagePropagator, PassThrough, from_names, register};
///
/// // Stands for a propagator of another crate.
/// register("xray", || PassThrough::of(["x-amzn-trace-id"]))?;
/// register("baggage", || BaggagePropagator::new().max_members(16))?;
///
/// let propagator = from_names("xray,baggage")?;
/// let fields: Vec<_> = propagator.fields().collect();
/// assert_eq!(fields, ["x-amzn-trace-id", "baggage"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn register<P>(
    name: &str,
    make: impl Fn() -> P + Send + Sync + 'static,
) -> Result<(), InvalidName>
where
    P: TextMapPropagator + Send + Sync + 'static,
{
    let name = name.to_ascii_lowercase();
    if name.is_empty() || name.contains(',') || trim(&name) != name || name == NONE {
        return Err(InvalidName(()));
    }
    let make = Make(Arc::new(move || Box::new(make())));
    // Nothing of the user's runs under the lock, so a poisoned one holds a whole list.
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    match registered.iter_mut().find(|known| known.0 == name) {
        Some(known) => known.1 = make,
        None => registered.push((name, make)),
    }
    Ok(())
}

/// What is registered under a name, in any case.
pub(super) fn find(name: &str) -> Option<(String, Make)> {
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    let found = registered
        .iter()
        .find(|known| known.0.eq_ignore_ascii_case(name));
    found.cloned()
}

/// A name that cannot stand in a list of propagators.
///
/// ```
/// use traceprop_core::propagation::{PassThrough, register};
///
/// assert!(register("a,b", PassThrough::new).is_err());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidName(());

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a propagator's name is not empty, not `{NONE}`, and has no comma or space around it"
        )
    }
}

impl std::error::Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::super::{PassThrough, from_names};
    use super::*;

    fn fields(names: &str) -> Vec<String> {
        let propagator = from_names(names).unwrap();
        propagator.fields().map(str::to_owned).collect()
    }

    #[test]
    fn a_registered_name_is_known_and_can_be_replaced() {
        assert!(from_names("mine").is_err());
        register("Mine", || PassThrough::of(["x-one"])).unwrap();
        assert_eq!(fields("b3, MINE ,mine"), ["b3", "x-one"]);
        register("mINE", || PassThrough::of(["x-two"])).unwrap();
        assert_eq!(fields("mine"), ["x-two"]);
    }

    #[test]
    fn some_names_cannot_be_listed() {
        for name in ["", "a,b", " a", "a\t", "none", "NONE"] {
            assert!(register(name, PassThrough::new).is_err(), "{name:?}");
        }
    }
}
