//! Everything unsafe of this crate: native headers, the opaque of a delivery, the mock broker.
//!
//! rdkafka's own access to headers panics on a name that is not UTF-8, and offers no removal. What is
//! here goes through the bindings that rdkafka makes public, and only through references that safe
//! code cannot forge: a `BorrowedMessage`, an `OwnedHeaders`, a `Client`.

use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rdkafka::bindings::{
    rd_kafka_handle_mock_cluster, rd_kafka_header_cnt, rd_kafka_header_get_all,
    rd_kafka_header_remove, rd_kafka_headers_t, rd_kafka_message_headers,
    rd_kafka_mock_group_initial_rebalance_delay_ms, rd_kafka_topic_name,
};
use rdkafka::client::{Client, ClientContext};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, OwnedHeaders};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::util::IntoOpaque;

use crate::producer::InFlight;

const OK: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;

/// The headers of a message, or of a list of ours, as librdkafka holds them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NativeHeaders<'m> {
    headers: NonNull<rd_kafka_headers_t>,
    _borrowed: PhantomData<&'m OwnedHeaders>,
}

/// One header: its name, and its value if that is not null. Both are any bytes.
pub(crate) type NativeHeader<'m> = (&'m [u8], Option<&'m [u8]>);

impl<'m> NativeHeaders<'m> {
    /// The headers of a message, which librdkafka parses at the first look; `None` where it has none
    /// or where they are malformed.
    pub(crate) fn of_message(message: &'m BorrowedMessage<'_>) -> Option<Self> {
        let mut headers = ptr::null_mut();
        // SAFETY: the message is alive for 'm, so its pointer is valid; librdkafka writes the address
        // of headers that live in the message, or leaves null.
        let error = unsafe { rd_kafka_message_headers(message.ptr(), &raw mut headers) };
        (error == OK)
            .then(|| NonNull::new(headers))
            .flatten()
            .map(Self::new)
    }

    /// The headers of a list that this process made or detached.
    pub(crate) fn of_owned(headers: &'m OwnedHeaders) -> Self {
        // rdkafka's `BorrowedHeaders` is the native list under another name.
        Self::new(NonNull::from(headers.as_borrowed()).cast())
    }

    fn new(headers: NonNull<rd_kafka_headers_t>) -> Self {
        Self {
            headers,
            _borrowed: PhantomData,
        }
    }

    /// All headers in their order.
    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = NativeHeader<'m>> {
        // SAFETY: the list is alive for 'm, and nobody changes it while it is borrowed.
        let count = unsafe { rd_kafka_header_cnt(self.headers.as_ptr()) };
        (0..count).filter_map(move |index| self.get(index))
    }

    fn get(self, index: usize) -> Option<NativeHeader<'m>> {
        let mut name: *const c_char = ptr::null();
        let mut value: *const c_void = ptr::null();
        let mut size = 0;
        // SAFETY: the list is alive for 'm; an index past its end is an error and writes nothing.
        let error = unsafe {
            rd_kafka_header_get_all(
                self.headers.as_ptr(),
                index,
                &raw mut name,
                &raw mut value,
                &raw mut size,
            )
        };
        if error != OK || name.is_null() {
            return None;
        }
        // SAFETY: librdkafka ends every name with a zero byte, and keeps it as long as the list.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes();
        let value = (!value.is_null()).then(|| {
            // SAFETY: a value that is not null has `size` bytes, which live as long as the list.
            unsafe { std::slice::from_raw_parts(value.cast::<u8>(), size) }
        });
        Some((name, value))
    }
}

/// Removes all headers of exactly this name.
pub(crate) fn remove_header(headers: &mut OwnedHeaders, name: &CStr) {
    let list: *const BorrowedHeaders = headers.as_borrowed();
    // SAFETY: the list is ours alone through `&mut`, and `name` is not one of its own names, which are
    // freed here. "No such header" is the only error.
    let _ = unsafe { rd_kafka_header_remove(list.cast_mut().cast(), name.as_ptr()) };
}

/// The message's topic. `Message::topic` would panic on one that is not UTF-8.
pub(crate) fn topic<'m>(message: &'m BorrowedMessage<'_>) -> Cow<'m, str> {
    let topic = message.topic_ptr();
    if topic.is_null() {
        return Cow::Borrowed("");
    }
    // SAFETY: the message keeps its topic alive for 'm, and the name of a topic is a C string that
    // lives as long as the topic.
    unsafe { CStr::from_ptr(rd_kafka_topic_name(topic)) }.to_string_lossy()
}

/// The user's opaque of a delivery, together with the call that ends at the delivery report.
///
/// What [`TracedContext`](crate::TracedContext) hands to librdkafka. Without a call that anybody
/// waits for it is the user's own pointer if that is null, as it is for `()`: nothing is allocated.
///
/// ```
/// use rdkafka::producer::{DefaultProducerContext, ProducerContext};
/// use traceprop_kafka::{TracedContext, Tracked};
///
/// fn is_context<C: ProducerContext<DeliveryOpaque = Tracked<()>>>() {}
/// is_context::<TracedContext<DefaultProducerContext>>();
/// ```
#[derive(Debug)]
pub struct Tracked<D> {
    pub(crate) call: Option<InFlight>,
    pub(crate) user: D,
}

/// What the pointer of a [`Tracked`] that is not null points to.
struct Parcel {
    call: Option<InFlight>,
    user: *mut c_void,
}

impl<D: IntoOpaque> IntoOpaque for Tracked<D> {
    fn into_ptr(self) -> *mut c_void {
        let user = self.user.into_ptr();
        if self.call.is_none() && user.is_null() {
            return ptr::null_mut();
        }
        let call = self.call;
        Box::into_raw(Box::new(Parcel { call, user })).cast()
    }

    unsafe fn from_ptr(pointer: *mut c_void) -> Self {
        let Parcel { call, user } = if pointer.is_null() {
            Parcel {
                call: None,
                user: ptr::null_mut(),
            }
        } else {
            // SAFETY: `into_ptr` made every pointer that is not null from a box of this type, and the
            // caller gives each one back once.
            *unsafe { Box::from_raw(pointer.cast::<Parcel>()) }
        };
        Self {
            call,
            // SAFETY: this is what the user's `into_ptr` returned, null included, given back once.
            user: unsafe { D::from_ptr(user) },
        }
    }
}

/// See [`no_rebalance_delay`](crate::mock::no_rebalance_delay).
pub(crate) fn no_rebalance_delay<C: ClientContext>(client: &Client<C>) {
    // SAFETY: the client is alive, and so is the cluster that it may hold, which it destroys last.
    let cluster = unsafe { rd_kafka_handle_mock_cluster(client.native_ptr()) };
    if !cluster.is_null() {
        // SAFETY: the cluster was just found alive; librdkafka takes its lock and stores the number.
        unsafe { rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0) };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use opentelemetry::propagation::Extractor;
    use opentelemetry::trace::noop::NoopTracer;
    use rdkafka::bindings::rd_kafka_header_add;
    use rdkafka::consumer::Consumer;
    use rdkafka::message::{Header, Headers};
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseRecord, Producer};
    use rdkafka::{ClientConfig, Offset, TopicPartitionList};
    use traceprop_core::call::{Call, Options, Scope};

    use super::*;
    use crate::{HeaderExtractor, HeaderInjector, TracedBaseConsumer, TracedProducer};

    fn headers() -> OwnedHeaders {
        let header = |key, value| Header { key, value };
        OwnedHeaders::new()
            .insert(header("a", Some("1")))
            .insert(header("b", None))
            .insert(header("a", Some("")))
    }

    fn call() -> InFlight {
        let options = Options::new("t", Scope::Off).tracer(NoopTracer::new());
        InFlight::new(Call::client("t").start(&options), None)
    }

    #[test]
    fn headers_are_read_in_order_and_backwards() {
        let headers = headers();
        let native = NativeHeaders::of_owned(&headers);
        let want: [NativeHeader<'_>; 3] = [(b"a", Some(b"1")), (b"b", None), (b"a", Some(b""))];
        assert_eq!(native.iter().collect::<Vec<_>>(), want);
        assert!(native.iter().rev().eq(want.into_iter().rev()));
        assert_eq!(native.get(3), None);
    }

    #[test]
    fn removal_takes_all_of_one_name() {
        let mut headers = headers();
        remove_header(&mut headers, c"a");
        remove_header(&mut headers, c"absent");
        assert_eq!(headers.count(), 1);
        assert_eq!(headers.get(0).key, "b");
    }

    #[test]
    fn nobody_waiting_allocates_nothing() {
        let nothing = Tracked {
            call: None,
            user: (),
        };
        assert!(nothing.into_ptr().is_null());
        let zero = Tracked {
            call: None,
            user: 0_usize,
        };
        let pointer = zero.into_ptr();
        assert!(pointer.is_null());
        // SAFETY: the pointer is the one that `into_ptr` of this type just returned.
        let back = unsafe { Tracked::<usize>::from_ptr(pointer) };
        assert_eq!(back.user, 0);
    }

    #[test]
    fn call_and_opaque_come_back() {
        let witness = Arc::new(7);
        for call in [None, Some(call())] {
            let had_call = call.is_some();
            let pointer = Tracked {
                call,
                user: Arc::clone(&witness),
            }
            .into_ptr();
            assert_eq!(Arc::strong_count(&witness), 2);
            // SAFETY: the pointer is the one that `into_ptr` of this type just returned.
            let back = unsafe { Tracked::<Arc<i32>>::from_ptr(pointer) };
            assert_eq!((back.call.is_some(), *back.user), (had_call, 7));
        }
        assert_eq!(Arc::strong_count(&witness), 1);
    }

    /// A header whose name is no text, which rdkafka's own `insert` cannot make.
    fn with_bad_name(headers: OwnedHeaders) -> OwnedHeaders {
        let list: *const BorrowedHeaders = headers.as_borrowed();
        // SAFETY: the list is alive and ours alone; librdkafka copies name and value.
        let error = unsafe {
            rd_kafka_header_add(
                list.cast_mut().cast(),
                c"\xff\xfe".as_ptr(),
                -1,
                c"1".as_ptr().cast(),
                -1,
            )
        };
        assert_eq!(error, OK);
        headers
    }

    #[test]
    fn names_that_are_no_text_survive_the_wire_and_harm_nobody() {
        let broker = MockCluster::new(1).unwrap();
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", broker.bootstrap_servers())
            .set("group.id", "g");
        let producer: TracedProducer = config.create().unwrap();
        let headers = with_bad_name(with_bad_name(OwnedHeaders::new()).insert(Header {
            key: "b3",
            value: Some("0"),
        }));
        let record = BaseRecord::<(), _>::to("t").partition(0).payload("x");
        producer.send(record.headers(headers)).unwrap();
        producer.flush(Duration::from_secs(20)).unwrap();

        let consumer: TracedBaseConsumer = config.create().unwrap();
        let mut partitions = TopicPartitionList::new();
        partitions
            .add_partition_offset("t", 0, Offset::Beginning)
            .unwrap();
        consumer.assign(&partitions).unwrap();
        let message = (0..20)
            .find_map(|_| consumer.poll(Duration::from_secs(1)))
            .unwrap()
            .unwrap();
        let names: Vec<_> = NativeHeaders::of_message(&message)
            .unwrap()
            .iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, [&b"\xff\xfe"[..], b"b3", b"\xff\xfe"]);
        let extractor = HeaderExtractor::from_message(&message);
        assert_eq!(extractor.keys(), ["b3"]);
        assert_eq!(extractor.get("b3"), Some("0"));
        assert_eq!(extractor.get("absent"), None);
        assert_eq!(topic(&message), "t");
        assert_eq!(message.process_sync(|_| Ok::<_, ()>(())), Ok(()));
        // What is passed on keeps them.
        let mut onward = HeaderInjector::new(message.detach().detach_headers());
        onward.remove("b3");
        let onward = onward.into_headers().unwrap();
        assert_eq!(NativeHeaders::of_owned(&onward).iter().count(), 2);
    }
}
