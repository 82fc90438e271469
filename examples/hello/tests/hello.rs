//! The example as a newcomer runs it: one request, one waterfall; a taken port, one clear line.

#![allow(clippy::unwrap_used, reason = "this is all tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

fn hello(address: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hello"));
    command
        .env("HELLO_ADDR", address)
        .env("TRACEPROP_CONSOLE", "waterfall")
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_request_becomes_a_waterfall() {
    let mut server = hello("127.0.0.1:0").spawn().unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(server.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    let url = first.trim().strip_prefix("try: curl http://").unwrap();
    let (address, path) = url.split_at(url.find('/').unwrap());

    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("Hello, world!\n"), "{answer}");

    // The picture is whole with its last row.
    let mut shown = String::new();
    let mut stderr = BufReader::new(server.stderr.take().unwrap());
    while !shown.contains("find_greeting") && stderr.read_line(&mut shown).unwrap() > 0 {}
    server.kill().unwrap();
    server.wait().unwrap();
    for words in [
        "tracing is set up",
        "trace_id=0af7651916cd43dd8448eb211c80319c",
        "GET /hello/{name}",
        "find_greeting",
    ] {
        assert!(shown.contains(words), "no {words} in {shown}");
    }
}

#[test]
fn a_taken_port_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = hello(&address).output().unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    let line = format!("cannot listen on {address}");
    assert!(stderr.contains(&line), "{stderr}");
}
