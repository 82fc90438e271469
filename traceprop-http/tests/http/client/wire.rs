//! A server that says exactly what it is told, over a real socket.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one connection, once it has read a request.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// Writes this and closes.
    Say(&'static str),
    /// Writes the first, waits a little, writes the second and closes.
    SayLater(&'static str, &'static str),
    /// Closes without a word.
    Close,
    /// Resets the connection.
    Reset,
    /// Says nothing for as long as a test lasts.
    Hang,
}

/// The server; each connection is one step, and the last step is repeated.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    pub(crate) async fn new(steps: &[Step]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::default();
        tokio::spawn(serve(listener, steps.to_vec(), Arc::clone(&heads)));
        Self { address, heads }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests that arrived, as they were on the wire.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("not poisoned").clone()
    }

    /// The values of a header in the only request.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let heads = self.heads();
        assert_eq!(heads.len(), 1, "one request: {heads:#?}");
        values(&heads[0], name)
    }
}

/// The values of a header in a request as it was on the wire.
pub(crate) fn values(head: &str, name: &str) -> Vec<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
        .collect()
}

async fn serve(listener: TcpListener, steps: Vec<Step>, heads: Arc<Mutex<Vec<String>>>) {
    let mut at = 0;
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        let step = steps[at.min(steps.len() - 1)];
        at += 1;
        tokio::spawn(exchange(socket, step, Arc::clone(&heads)));
    }
}

async fn exchange(mut socket: TcpStream, step: Step, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let mut part = [0; 4096];
        match socket.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(length) => head.extend_from_slice(&part[..length]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().expect("not poisoned").push(head);
    // The peer may be gone already.
    match step {
        Step::Say(text) => drop(socket.write_all(text.as_bytes()).await),
        Step::SayLater(first, second) => {
            let _ = socket.write_all(first.as_bytes()).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
            let _ = socket.write_all(second.as_bytes()).await;
        }
        Step::Close => {}
        Step::Reset => socket.set_zero_linger().expect("a socket"),
        Step::Hang => tokio::time::sleep(Duration::from_secs(600)).await,
    }
}
