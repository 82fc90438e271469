//! The resource: who it is that all these spans come from.

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use super::env::Env;
use crate::semconv::{SERVICE_NAME, SERVICE_VERSION};

const NAME: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// What the code says of the service.
#[derive(Debug, Default)]
pub(super) struct Service {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
}

/// Puts the resource together.
///
/// The name is the one that `OTEL_SERVICE_NAME` gives, else `OTEL_RESOURCE_ATTRIBUTES`, else the
/// code: who deploys a service may rename it. All other attributes of the code win over those of the
/// variable ([Resource SDK], "Specifying resource information via an environment variable").
///
/// [Resource SDK]: https://opentelemetry.io/docs/specs/otel/resource/sdk/
pub(super) fn resolve(service: Service, env: &mut Env) -> Resource {
    let mut from_env = attributes(env);
    let named = from_env.iter().position(|kv| kv.key == SERVICE_NAME.into());
    let named = named.map(|at| from_env.swap_remove(at).value);
    let name = env
        .text(NAME)
        .map(Value::from)
        .or(named)
        .or(service.name.map(Value::from))
        .unwrap_or_else(|| unknown_service().into());
    let version = service
        .version
        .map(|version| KeyValue::new(SERVICE_VERSION, version));
    // Of two attributes with one key the later one stays.
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(from_env)
        .with_attributes(version)
        .with_attributes(service.attributes)
        .with_attribute(KeyValue::new(SERVICE_NAME, name))
        .build()
}

/// The service's name, for the start-up line and for the names of tracers.
pub(super) fn name_of(resource: &Resource) -> String {
    resource
        .get(&Key::from_static_str(SERVICE_NAME))
        .map(|name| name.to_string())
        .unwrap_or_default()
}

/// `unknown_service:` and the executable's name, as the semantic conventions want it.
fn unknown_service() -> String {
    let executable = std::env::args_os().next().map(std::path::PathBuf::from);
    match executable.as_deref().and_then(|path| path.file_name()) {
        Some(name) => format!("unknown_service:{}", name.to_string_lossy()),
        None => "unknown_service".to_owned(),
    }
}

// key1=value1,key2=value2, where `,`, `=` and all else may be percent-encoded; one error discards all.
fn attributes(env: &mut Env) -> Vec<KeyValue> {
    let Some(list) = env.text(ATTRIBUTES) else {
        return Vec::new();
    };
    let parsed: Option<Vec<KeyValue>> = list.split(',').map(attribute).collect();
    parsed.unwrap_or_else(|| {
        let why = "it is no list of key=value with percent-encoded values; all of it is discarded";
        env.ignored(ATTRIBUTES, why);
        Vec::new()
    })
}

fn attribute(pair: &str) -> Option<KeyValue> {
    let (key, value) = pair.split_once('=')?;
    let (key, value) = (decode(key.trim())?, decode(value.trim())?);
    (!key.is_empty()).then(|| KeyValue::new(key, value))
}

/// Decodes `%41` and its like; `None` where a `%` has no two hex digits or the bytes are not UTF-8.
fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = &'static [(&'static str, &'static str)];

    fn get(resource: &Resource, key: &'static str) -> Option<String> {
        resource.get(&Key::new(key)).map(|value| value.to_string())
    }

    #[test]
    fn list_table() {
        #[rustfmt::skip]
        let table = [
            // what it shows            value                  `a` becomes
            ("one",                     "a=1",                 Some("1")),
            ("several, with blanks",    "b=2 , a = 1",         Some("1")),
            ("encoded",                 "a=x%2Cy%3Dz%20%C3%A9", Some("x,y=z é")),
            ("an encoded key",          "%61=1",               Some("1")),
            ("an equals sign",          "a=b=c",               Some("b=c")),
            ("an empty value",          "a=",                  Some("")),
            ("the last one stays",      "a=1,a=2",             Some("2")),
            ("half an escape",          "a=1,b=%4",            None),
            ("no hex",                  "a=1,b=%zz",           None),
            ("a sign is no hex",        "a=1,b=%+1",           None),
            ("not UTF-8",               "a=1,b=%ff",           None),
            ("no equals sign",          "a=1,b",               None),
            ("no key",                  "a=1,=2",              None),
            ("a comma too many",        "a=1,",                None),
        ];
        for (name, value, want) in table {
            let mut env = Env::of(&[(ATTRIBUTES, value)]);
            let resource = resolve(Service::default(), &mut env);
            assert_eq!(get(&resource, "a").as_deref(), want, "{name}");
            let notices = usize::from(want.is_none());
            assert_eq!(env.into_notices().len(), notices, "{name}");
        }
    }

    #[test]
    fn who_names_the_service() {
        let code = || Service {
            name: Some("code".to_owned()),
            ..Service::default()
        };
        #[rustfmt::skip]
        let table: [(Service, Variables, &str); 4] = [
            (code(), &[(NAME, "variable"), (ATTRIBUTES, "service.name=list")], "variable"),
            (code(), &[(NAME, ""), (ATTRIBUTES, "service.name=list")],         "list"),
            (code(), &[],                                                      "code"),
            (Service::default(), &[(ATTRIBUTES, "service.name=list")],         "list"),
        ];
        for (service, variables, want) in table {
            let resource = resolve(service, &mut Env::of(variables));
            assert_eq!(name_of(&resource), want, "{variables:?}");
        }
        let nobody = resolve(Service::default(), &mut Env::of(&[]));
        assert!(name_of(&nobody).starts_with("unknown_service:"));
    }

    #[test]
    fn the_codes_attributes_win() {
        let service = Service {
            name: None,
            version: Some("1.2.3".to_owned()),
            attributes: vec![KeyValue::new("team", "code")],
        };
        let list = "team=list,service.version=0,region=eu";
        let resource = resolve(service, &mut Env::of(&[(ATTRIBUTES, list)]));
        assert_eq!(get(&resource, "team").as_deref(), Some("code"));
        assert_eq!(get(&resource, "service.version").as_deref(), Some("1.2.3"));
        assert_eq!(get(&resource, "region").as_deref(), Some("eu"));
        assert_eq!(
            get(&resource, "telemetry.sdk.language").as_deref(),
            Some("rust")
        );
    }
}
