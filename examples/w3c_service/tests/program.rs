//! The program as it is started: it says where it listens and why it cannot, and it answers.

#![allow(clippy::unwrap_used, reason = "this is all tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

fn service(listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_w3c_service"));
    command
        .args(["--listen", listen])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Ends the program, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The status line of the answer to `POST /test` with this body.
fn post(address: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /test HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn it_answers_what_it_is_told() {
    let mut child = service("127.0.0.1:0").spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let _running = Running(child);
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    let address = first.trim().strip_prefix("test me: http://").unwrap();
    let address = address.strip_suffix("/test").unwrap();

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    #[rustfmt::skip]
    let table = [
        // what it shows            body                                                        status
        ("no calls",                "[]".to_owned(),                                            "200 OK"),
        ("calls itself",            format!(r#"[{{"url":"http://{address}/test","arguments":[]}}]"#), "200 OK"),
        ("nobody is there",         format!(r#"[{{"url":"http://{nobody}/","arguments":[]}}]"#), "502 Bad Gateway"),
        ("what is no URL",          r#"[{"url":"::","arguments":[]}]"#.to_owned(),              "400 Bad Request"),
        ("what is no JSON",         "[".to_owned(),                                             "400 Bad Request"),
        ("other JSON",              "{}".to_owned(),                                            "422 Unprocessable Entity"),
    ];
    for (name, body, want) in table {
        assert_eq!(post(address, &body), format!("HTTP/1.1 {want}"), "{name}");
    }
}

#[test]
fn a_taken_port_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = service(&address).output().unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    let line = format!("cannot listen on {address}, set by --listen or W3C_SERVICE_LISTEN");
    assert!(stderr.contains(&line), "{stderr}");
}
