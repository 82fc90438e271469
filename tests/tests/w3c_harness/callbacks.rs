//! The harness's own server: it keeps what the service calls it with, line by line.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One request of the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Callback {
    /// Such as `POST /0 HTTP/1.1`.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Callback {
    /// The values of all lines with this name, in any case.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter();
        lines
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

pub(crate) struct Callbacks {
    address: String,
    seen: Arc<Mutex<Vec<Callback>>>,
}

impl Callbacks {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self, index: usize) -> String {
        format!("http://{}/{index}", self.address)
    }

    /// What was called since it was last asked for.
    pub(crate) fn take(&self) -> Vec<Callback> {
        std::mem::take(&mut *self.seen.lock().expect("no test has panicked in here"))
    }
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, seen: Arc<Mutex<Vec<Callback>>>) {
    let mut stream = BufReader::new(stream);
    while let Some(callback) = read(&mut stream).await {
        seen.lock()
            .expect("no test has panicked in here")
            .push(callback);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// The next request, or `None` where the connection ends.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Callback> {
    let mut callback = Callback::default();
    stream.read_line(&mut callback.line).await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        let header = (name.to_owned(), value.trim().to_owned());
        callback.headers.push(header);
    }
    let length = callback.values("content-length").first()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    callback.body = String::from_utf8(body).ok()?;
    Some(callback)
}
