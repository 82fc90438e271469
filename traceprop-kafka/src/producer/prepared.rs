//! One record on its way into the queue: its call started, its headers written.

use std::sync::Arc;

use opentelemetry::trace::SpanKind;
use rdkafka::error::KafkaError;
use rdkafka::message::ToBytes;
use rdkafka::producer::BaseRecord;
use rdkafka::util::IntoOpaque;
use traceprop_core::call::{Call, Outcome};

use super::enqueue::TrackedRecord;
use super::{Enqueue, InFlight, Settings, record};
use crate::carrier;
use crate::ffi::Tracked;

/// A record that may be tried more than once; dropped before it is queued, its call is cancelled.
pub(super) struct Prepared<'a, K: ToBytes + ?Sized, V: ToBytes + ?Sized, D: IntoOpaque> {
    record: TrackedRecord<'a, K, V, D>,
}

impl<'a, K, V, D> Prepared<'a, K, V, D>
where
    K: ToBytes + ?Sized,
    V: ToBytes + ?Sized,
    D: IntoOpaque,
{
    pub(super) fn new(settings: &Settings, mut record: BaseRecord<'a, K, V, D>) -> Self {
        let call = start(settings, &record);
        let headers = record.headers.take();
        record.headers = carrier::inject(headers, call.context(), &settings.options);
        // What nobody will hear of need not be kept until the delivery report.
        let call = if call.is_observed() {
            Some(InFlight::new(call, record.partition))
        } else {
            call.finish(Outcome::Completed);
            None
        };
        let record = record::with_opaque(record, |user| Tracked { call, user });
        Self { record }
    }

    /// Hands the record to librdkafka, which keeps it until its delivery report; or gives it back.
    #[allow(clippy::result_large_err, reason = "rdkafka's own signature")]
    pub(super) fn enqueue<P>(self, producer: &P) -> Result<(), (KafkaError, Self)>
    where
        P: Enqueue<Opaque = D>,
    {
        producer
            .enqueue(self.record)
            .map_err(|(error, record)| (error, Self { record }))
    }

    /// Ends the call as failed, and gives the record back without what was written into it.
    pub(super) fn fail(self, settings: &Settings, error: &KafkaError) -> BaseRecord<'a, K, V, D> {
        let mut call = None;
        let mut record = record::with_opaque(self.record, |tracked| {
            call = tracked.call;
            tracked.user
        });
        if let Some(call) = call {
            call.fail(error);
        }
        record.headers = carrier::strip(record.headers.take(), &settings.options);
        record
    }
}

fn start<K, V, D>(settings: &Settings, record: &BaseRecord<'_, K, V, D>) -> Call
where
    K: ToBytes + ?Sized,
    V: ToBytes + ?Sized,
    D: IntoOpaque,
{
    let identity = &settings.identity;
    let topic: Arc<str> = Arc::from(record.topic);
    let call = Call::of_kind(SpanKind::Producer, identity.span_name(&topic))
        .attributes(identity.at_start(&topic, record.partition))
        // It counts as sent once librdkafka has tried.
        .facts(identity.facts(topic, record.partition, 0))
        .start(&settings.options);
    let key = record.key.map(ToBytes::to_bytes);
    identity.describe(&call, key, record.payload.is_none());
    call
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
    use traceprop_core::call::{Finished, Options, Recorder, Scope, Started};

    use super::*;
    use crate::attributes::Identity;

    #[derive(Debug)]
    struct Deaf;

    impl Recorder for Deaf {
        fn started(&self, _call: &Started<'_>) {}
        fn finished(&self, _call: &Finished<'_>) {}
    }

    #[test]
    fn only_what_somebody_waits_for_is_kept_until_the_delivery() {
        let none: Option<Arc<dyn Recorder>> = None;
        let deaf: Option<Arc<dyn Recorder>> = Some(Arc::new(Deaf));
        let table = [
            // sampler, recorder, kept?
            (Sampler::AlwaysOff, none.clone(), false),
            (Sampler::AlwaysOff, deaf, true),
            (Sampler::AlwaysOn, none, true),
        ];
        for (sampler, recorder, kept) in table {
            let provider = SdkTracerProvider::builder()
                .with_sampler(sampler.clone())
                .build();
            let mut options = Options::new("test", Scope::Off).tracer(provider.tracer("test"));
            if let Some(recorder) = recorder {
                options = options.recorder(recorder);
            }
            let identity = Identity::new("send");
            let settings = Settings { options, identity };
            let record: BaseRecord<'_, str, str> = BaseRecord::to("t").payload("x");
            let prepared = Prepared::new(&settings, record);
            assert!(prepared.record.headers.is_some(), "{sampler:?}");
            let opaque = prepared.record.delivery_opaque;
            assert_eq!(opaque.call.is_some(), kept, "{sampler:?}");
        }
    }
}
