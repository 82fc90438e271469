//! `error.type` of what fails without a status: by the types and kinds of errors, never by their text.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::{hyper, reqwest};

/// What stands where nothing better is known.
const OTHER: &str = "_OTHER";

/// How many causes of an error are looked at.
const DEPTH: usize = 16;

type Boxed = Box<dyn Error + Send + Sync>;

/// What one error in a chain of causes says.
#[cfg_attr(
    not(feature = "reqwest"),
    allow(dead_code, reason = "optional crates say these")
)]
pub(crate) enum Word {
    /// This is it.
    Final(&'static str),
    /// A cause may say more; if none does, this is it.
    Unless(&'static str),
    /// It happened while connecting, and a cause may say more.
    Connecting,
    Nothing,
}

/// The names that a user gives to errors of types that are not known here.
#[derive(Clone, Default)]
pub(crate) struct Names(Vec<Arc<Name>>);

type Name = dyn Fn(Seen<'_>) -> Option<&'static str> + Send + Sync;

/// An error as a value of its type, or as one of the causes.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Value(&'a dyn Any),
    Cause(&'a (dyn Error + 'static)),
}

impl Names {
    /// The user names none.
    pub(crate) const NONE: Self = Self(Vec::new());

    pub(crate) fn push<E: Error + 'static>(
        &mut self,
        name: impl Fn(&E) -> &'static str + Send + Sync + 'static,
    ) {
        self.0.push(Arc::new(move |seen| {
            let error = match seen {
                Seen::Value(value) => value.downcast_ref::<E>(),
                Seen::Cause(cause) => cause.downcast_ref::<E>(),
            };
            error.map(&name)
        }));
    }

    fn find(&self, seen: Seen<'_>) -> Option<&'static str> {
        self.0.iter().find_map(|name| name(seen))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({})", self.0.len())
    }
}

/// The name of `error`: what the user calls it, else what kind it is, else its type.
pub(crate) fn error_type<E: 'static>(error: &E, names: &Names) -> Cow<'static, str> {
    if let Some(name) = names.find(Seen::Value(error)) {
        return Cow::Borrowed(name);
    }
    match as_error(error) {
        Some(chain) => {
            let name = of_chain(chain, names);
            // A box says nothing about what is in it; other types are a name.
            let by_type = || match (error as &dyn Any).is::<Boxed>() {
                true => OTHER,
                false => std::any::type_name::<E>(),
            };
            Cow::Borrowed(name.unwrap_or_else(by_type))
        }
        None => Cow::Borrowed(std::any::type_name::<E>()),
    }
}

/// The name of an error, by the first of its causes that has one.
pub(crate) fn of_chain(error: &(dyn Error + 'static), names: &Names) -> Option<&'static str> {
    let mut connecting = false;
    let mut unless = None;
    let mut next = Some(error);
    for _ in 0..DEPTH {
        let Some(error) = next else { break };
        if let Some(name) = names.find(Seen::Cause(error)) {
            return Some(name);
        }
        match word(error, connecting) {
            Word::Final(name) => return Some(name),
            Word::Unless(name) => unless = Some(name),
            Word::Connecting => connecting = true,
            Word::Nothing => {}
        }
        next = cause(error);
    }
    if connecting {
        Some("connection")
    } else {
        unless
    }
}

fn word(error: &(dyn Error + 'static), connecting: bool) -> Word {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return of_io(io, connecting);
    }
    match hyper::word(error) {
        Word::Nothing => reqwest::word(error),
        word => word,
    }
}

/// What the operating system says, and what is said through its type.
fn of_io(error: &io::Error, connecting: bool) -> Word {
    use io::ErrorKind as Kind;
    Word::Final(match error.kind() {
        Kind::TimedOut => "timeout",
        Kind::ConnectionRefused => "connection_refused",
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => "connection_reset",
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => "unreachable",
        Kind::UnexpectedEof => "connection_closed",
        // What a handshake got was none: TLS libraries put their errors in here.
        Kind::InvalidData if connecting => "tls",
        // Name resolution is the one step whose errors are neither a kind nor a code of the system's.
        _ if connecting && error.get_ref().is_some() && error.raw_os_error().is_none() => {
            return of_resolver(error);
        }
        _ => return Word::Nothing,
    })
}

/// The resolver's own error has no kind that can be named; one that is made by hand has.
fn of_resolver(error: &io::Error) -> Word {
    let nameless = io::Error::from_raw_os_error(i32::MAX).kind();
    if error.kind() == nameless {
        Word::Final("dns")
    } else {
        Word::Nothing
    }
}

/// The cause of `error`, with what an `io::Error` holds as its cause.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(inner) = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        return Some(inner);
    }
    reqwest::inner(error).or_else(|| error.source())
}

/// The errors of clients that are known by type; there is no way to ask any value whether it is one.
fn as_error<E: 'static>(error: &E) -> Option<&(dyn Error + 'static)> {
    let value: &dyn Any = error;
    if let Some(boxed) = value.downcast_ref::<Boxed>() {
        return Some(&**boxed);
    }
    if let Some(error) = value.downcast_ref::<io::Error>() {
        return Some(error);
    }
    hyper::as_error(value).or_else(|| reqwest::as_error(value))
}
