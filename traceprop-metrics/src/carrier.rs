//! Puts exemplars into `prometheus`'s own messages, where a field that they do not know can travel.
//!
//! The protobuf model keeps unknown fields and `prometheus::ProtobufEncoder` writes them, so that a user
//! of that encoder has exemplars too. The plain model has no such room.

#[cfg(feature = "protobuf")]
pub(crate) use with_room::{put_into_bucket, put_into_counter};
#[cfg(not(feature = "protobuf"))]
pub(crate) use without_room::{put_into_bucket, put_into_counter};

#[cfg(feature = "protobuf")]
mod with_room {
    use prometheus::proto::{Bucket, Counter};

    use crate::exposition::protobuf::write_exemplar;
    use crate::settings::Settings;
    use crate::slot::Exemplar;

    /// The numbers of the field `exemplar` in client_model's messages.
    const OF_BUCKET: u32 = 3;
    const OF_COUNTER: u32 = 2;

    pub(crate) fn put_into_bucket(bucket: &mut Bucket, exemplar: &Exemplar) {
        let fields = bucket.special_fields.mut_unknown_fields();
        fields.add_length_delimited(OF_BUCKET, message(exemplar));
    }

    pub(crate) fn put_into_counter(counter: &mut Counter, exemplar: &Exemplar) {
        let fields = counter.special_fields.mut_unknown_fields();
        fields.add_length_delimited(OF_COUNTER, message(exemplar));
    }

    fn message(exemplar: &Exemplar) -> Vec<u8> {
        let mut message = Vec::with_capacity(112);
        write_exemplar(&mut message, exemplar, Settings::defaults());
        message
    }
}

#[cfg(not(feature = "protobuf"))]
mod without_room {
    use prometheus::proto::{Bucket, Counter};

    use crate::slot::Exemplar;

    pub(crate) fn put_into_bucket(_: &mut Bucket, _: &Exemplar) {}

    pub(crate) fn put_into_counter(_: &mut Counter, _: &Exemplar) {}
}
