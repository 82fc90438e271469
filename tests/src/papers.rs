//! The examples of the papers, as documentation tests.

macro_rules! papers {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[doc = include_str!($path)]
            #[derive(Debug)]
            pub struct $name;
        )*
    };
}

papers! {
    Readme: "../../README.md",
    Core: "../../traceprop-core/README.md",
    Http: "../../traceprop-http/README.md",
    Grpc: "../../traceprop-grpc/README.md",
    Kafka: "../../traceprop-kafka/README.md",
    Metrics: "../../traceprop-metrics/README.md",
}
