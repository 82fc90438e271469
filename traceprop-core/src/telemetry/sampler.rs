//! The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name.

use opentelemetry_sdk::trace::{Sampler, ShouldSample};

use super::env::Env;

const NAME: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

/// The sampler of the code, else of the variables, else `parentbased_always_on`.
pub(super) fn resolve(
    of_code: Option<Box<dyn ShouldSample>>,
    env: &mut Env,
) -> Box<dyn ShouldSample> {
    let Some(sampler) = of_code else {
        return Box::new(from_env(env));
    };
    if env.text(NAME).is_some() {
        env.ignored(NAME, "the code sets a sampler");
    }
    sampler
}

fn from_env(env: &mut Env) -> Sampler {
    let name = env.text(NAME).unwrap_or_default().to_ascii_lowercase();
    let (parent_based, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, name.as_str()),
    };
    let root = match root {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(ratio(env)),
        _ => {
            if !name.is_empty() {
                env.ignored(
                    NAME,
                    "it names no sampler known here; sampling is parentbased_always_on",
                );
            }
            return Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        }
    };
    if parent_based {
        Sampler::ParentBased(Box::new(root))
    } else {
        root
    }
}

/// The probability in `[0, 1]`; 1 where there is none, as the specification has it.
fn ratio(env: &mut Env) -> f64 {
    match env.number::<f64>(ARGUMENT) {
        None => 1.0,
        Some(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
        Some(_) => {
            env.ignored(ARGUMENT, "it is not between 0 and 1; the ratio is 1");
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_table() {
        #[rustfmt::skip]
        let table = [
            // name                       argument  sampler                                  notices
            ("",                          "",       "ParentBased(AlwaysOn)",                 0),
            ("always_on",                 "",       "AlwaysOn",                              0),
            ("ALWAYS_OFF",                "",       "AlwaysOff",                             0),
            ("TraceIdRatio",              "0.25",   "TraceIdRatioBased(0.25)",               0),
            ("traceidratio",              "",       "TraceIdRatioBased(1.0)",                0),
            ("traceidratio",              "1.5",    "TraceIdRatioBased(1.0)",                1),
            ("traceidratio",              "NaN",    "TraceIdRatioBased(1.0)",                1),
            ("traceidratio",              "half",   "TraceIdRatioBased(1.0)",                1),
            ("parentbased_always_on",     "",       "ParentBased(AlwaysOn)",                 0),
            ("parentbased_always_off",    "",       "ParentBased(AlwaysOff)",                0),
            ("ParentBased_TraceIdRatio",  "0",      "ParentBased(TraceIdRatioBased(0.0))",   0),
            ("xray",                      "",       "ParentBased(AlwaysOn)",                 1),
            ("parentbased_",              "",       "ParentBased(AlwaysOn)",                 1),
            ("parentbased_nonsense",      "",       "ParentBased(AlwaysOn)",                 1),
        ];
        for (name, argument, want, notices) in table {
            let mut env = Env::of(&[(NAME, name), (ARGUMENT, argument)]);
            assert_eq!(
                format!("{:?}", resolve(None, &mut env)),
                want,
                "{name} {argument}"
            );
            assert_eq!(env.into_notices().len(), notices, "{name} {argument}");
        }
    }

    #[test]
    fn the_code_wins_and_says_so() {
        let mut env = Env::of(&[(NAME, "always_on")]);
        let sampler = resolve(Some(Box::new(Sampler::AlwaysOff)), &mut env);
        assert_eq!(format!("{sampler:?}"), "AlwaysOff");
        assert_eq!(env.into_notices().len(), 1);
    }
}
