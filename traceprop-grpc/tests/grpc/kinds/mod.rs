//! A service with one method of each kind, which does as it is told, and a caller of it.

mod caller;
mod service;

pub(crate) use self::caller::{Answer, call, open};
pub(crate) use self::service::Kinds;

/// The four kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unary,
    ClientStreaming,
    ServerStreaming,
    Bidirectional,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Unary,
        Self::ClientStreaming,
        Self::ServerStreaming,
        Self::Bidirectional,
    ];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Unary => "/test.Kinds/Unary",
            Self::ClientStreaming => "/test.Kinds/ClientStreaming",
            Self::ServerStreaming => "/test.Kinds/ServerStreaming",
            Self::Bidirectional => "/test.Kinds/Bidirectional",
        }
    }

    /// Whether the server answers with a stream.
    pub(crate) fn streams(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::Bidirectional)
    }
}

/// What the service is to do: sent as metadata, under `do`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    /// Answer what was asked for.
    Answer,
    /// Fail when all was read; a stream does so after a message.
    Fail(tonic::Code),
    /// Fail at once, before the response's headers.
    FailAtOnce(tonic::Code),
    /// Send a message, and then trailers with this status, whatever the kind.
    FailAfterMessage(tonic::Code),
    /// Send a message, and reset the stream.
    Reset,
    /// Send a message, and end without any trailers.
    EndWithoutStatus,
    /// Never answer.
    Hang,
    /// Send a message, and then nothing more.
    Stall,
    /// Panic.
    Panic,
}

impl Do {
    fn to_text(self) -> String {
        match self {
            Self::Answer => "answer".to_owned(),
            Self::Fail(code) => format!("fail {}", i32::from(code)),
            Self::FailAtOnce(code) => format!("fail-at-once {}", i32::from(code)),
            Self::FailAfterMessage(code) => format!("fail-after-message {}", i32::from(code)),
            Self::Reset => "reset".to_owned(),
            Self::EndWithoutStatus => "end-without-status".to_owned(),
            Self::Hang => "hang".to_owned(),
            Self::Stall => "stall".to_owned(),
            Self::Panic => "panic".to_owned(),
        }
    }

    fn of_text(text: &str) -> Self {
        let (word, code) = text.split_once(' ').unwrap_or((text, "0"));
        let code = tonic::Code::from_bytes(code.as_bytes());
        match word {
            "answer" => Self::Answer,
            "fail" => Self::Fail(code),
            "fail-at-once" => Self::FailAtOnce(code),
            "fail-after-message" => Self::FailAfterMessage(code),
            "reset" => Self::Reset,
            "end-without-status" => Self::EndWithoutStatus,
            "hang" => Self::Hang,
            "stall" => Self::Stall,
            "panic" => Self::Panic,
            other => panic!("{other:?} is nothing to do"),
        }
    }
}
