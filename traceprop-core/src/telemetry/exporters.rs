//! Which exporters there are, when the code, `OTEL_TRACES_EXPORTER` and the endpoints each have a say.

use std::str::FromStr;

use super::InitError;
use super::env::Env;
use super::otlp::{self, Target};
use crate::console::ConsoleMode;

const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// What the code says of exporters.
#[derive(Debug, Default)]
pub(super) struct OfCode {
    /// The code has an exporter of its own, which takes the place of OTLP.
    pub(super) exporter: bool,
    pub(super) endpoint: Option<String>,
    pub(super) console: Option<ConsoleMode>,
}

/// Where spans go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exporters {
    pub(super) otlp: Option<Target>,
    pub(super) console: ConsoleMode,
}

impl Exporters {
    /// For a process that makes no spans.
    pub(super) fn none() -> Self {
        Self {
            otlp: None,
            console: ConsoleMode::Off,
        }
    }

    /// For the start-up line.
    pub(super) fn describe(&self, any: bool) -> String {
        match &self.otlp {
            Some(target) => target.to_string(),
            None if any => "the code's own".to_owned(),
            None => "none".to_owned(),
        }
    }
}

/// What `OTEL_TRACES_EXPORTER` lists.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    otlp: bool,
    console: bool,
}

/// Chooses by the table in the documentation of the module.
pub(super) fn resolve(
    of_code: OfCode,
    terminal: bool,
    env: &mut Env,
) -> Result<Exporters, InitError> {
    let listed = listed(&of_code, env);
    let otlp = match listed {
        _ if of_code.exporter => None,
        Some(Listed { otlp: false, .. }) => None,
        Some(_) => otlp::resolve(of_code.endpoint, true, env)?,
        None => otlp::resolve(of_code.endpoint, false, env)?,
    };
    // Nobody said where spans go: someone who looks at a terminal sees them there.
    let default = terminal && listed.is_none() && otlp.is_none() && !of_code.exporter;
    let by_default = if default || listed.is_some_and(|listed| listed.console) {
        ConsoleMode::Waterfall
    } else {
        ConsoleMode::Off
    };
    let console = of_code.console.or_else(|| console(env));
    Ok(Exporters {
        otlp,
        console: console.unwrap_or(by_default),
    })
}

fn console(env: &mut Env) -> Option<ConsoleMode> {
    let mode = ConsoleMode::from_str(&env.text(ConsoleMode::VARIABLE)?);
    if mode.is_err() {
        env.ignored(
            ConsoleMode::VARIABLE,
            "it is none of waterfall, tree and off",
        );
    }
    mode.ok()
}

fn listed(of_code: &OfCode, env: &mut Env) -> Option<Listed> {
    let names = env.text(EXPORTER)?;
    if of_code.exporter {
        env.ignored(EXPORTER, "the code sets an exporter");
        return None;
    }
    let mut listed = Listed::default();
    let mut known = false;
    for name in names.split(',') {
        match name.trim().to_ascii_lowercase().as_str() {
            "otlp" => listed.otlp = true,
            "console" => listed.console = true,
            "none" => {}
            _ => {
                env.ignored(
                    EXPORTER,
                    "it lists an exporter other than otlp, console and none",
                );
                continue;
            }
        }
        known = true;
    }
    known.then_some(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = &'static [(&'static str, &'static str)];

    const AT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");

    #[test]
    fn without_a_word_from_the_code() {
        use ConsoleMode::{Off, Tree, Waterfall};
        #[rustfmt::skip]
        let table: [(Variables, bool, bool, ConsoleMode); 14] = [
            // variables                                        terminal  otlp   console
            (&[],                                               true,     false, Waterfall),
            (&[],                                               false,    false, Off),
            (&[AT],                                             true,     true,  Off),
            (&[AT, ("TRACEPROP_CONSOLE", "tree")],              false,    true,  Tree),
            (&[("TRACEPROP_CONSOLE", "waterfall")],             false,    false, Waterfall),
            (&[("TRACEPROP_CONSOLE", "off")],                   true,     false, Off),
            (&[("TRACEPROP_CONSOLE", "loud")],                  true,     false, Waterfall),
            (&[(EXPORTER, "otlp")],                             true,     true,  Off),
            (&[(EXPORTER, "OTLP, console"), AT],                false,    true,  Waterfall),
            (&[(EXPORTER, "console"), AT],                      false,    false, Waterfall),
            (&[(EXPORTER, "none"), AT],                         true,     false, Off),
            (&[(EXPORTER, "none"), ("TRACEPROP_CONSOLE", "tree")], true,  false, Tree),
            (&[(EXPORTER, "zipkin"), AT],                       true,     true,  Off),
            (&[(EXPORTER, "zipkin,console"), AT],               true,     false, Waterfall),
        ];
        for (variables, terminal, otlp, console) in table {
            let mut env = Env::of(variables);
            let got = resolve(OfCode::default(), terminal, &mut env).unwrap();
            let got = (got.otlp.is_some(), got.console);
            assert_eq!(got, (otlp, console), "{variables:?}, terminal: {terminal}");
        }
    }

    #[test]
    fn the_codes_exporter_and_console_win() {
        let of_code = OfCode {
            exporter: true,
            endpoint: None,
            console: Some(ConsoleMode::Off),
        };
        let variables = [
            AT,
            (EXPORTER, "otlp,console"),
            ("TRACEPROP_CONSOLE", "tree"),
        ];
        let mut env = Env::of(&variables);
        let got = resolve(of_code, true, &mut env).unwrap();
        assert_eq!((got.otlp, got.console), (None, ConsoleMode::Off));
        assert_eq!(env.into_notices().len(), 1);
    }
}
