//! One plain HTTP request, for health checks, for looking at a page and for sending a form.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::{Context, Result};

/// How long connecting, and each read, may take.
const LIMIT: Duration = Duration::from_secs(5);
/// The same for a POST, which may make others work.
const POST_LIMIT: Duration = Duration::from_secs(120);
/// The longest answer that is read.
const ANSWER_MAX: u64 = 16 * 1024 * 1024;

/// What a server said.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Everything after the head.
    pub body: String,
}

/// GETs `path` and closes the connection.
///
/// # Errors
/// Nobody listens, or what came back is not HTTP.
pub fn fetch(server: SocketAddr, path: &str) -> Result<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    send(server, request.as_bytes(), path, LIMIT)
}

/// POSTs a body with header fields of its own, such as `Content-Type`, and closes the connection.
///
/// # Errors
/// Nobody listens, or what came back is not HTTP.
pub fn post(
    server: SocketAddr,
    path: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer> {
    let fields = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n",
        body.len(),
        fields.collect::<String>()
    )
    .into_bytes();
    request.extend_from_slice(body);
    send(server, &request, path, POST_LIMIT)
}

fn send(server: SocketAddr, request: &[u8], path: &str, limit: Duration) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&server, LIMIT)?;
    stream.set_read_timeout(Some(limit))?;
    // A server that has read enough may close before all is sent; its answer is still there.
    let _refused = stream.write_all(request);
    let mut bytes = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut bytes)?;
    parse(&String::from_utf8_lossy(&bytes)).because(|| format!("no HTTP answer to {path}"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn status_and_body_come_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            stream.write_all(b"HTTP/1.1 503 Draining\r\nA: b\r\n\r\nsoon").unwrap();
            String::from_utf8(request).unwrap()
        });
        let answer = fetch(server, "/healthz").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (503, "soon"));
        assert!(serving.join().unwrap().starts_with("GET /healthz HTTP/1.1\r\n"));
    }

    #[test]
    fn other_protocols_are_no_answer() {
        assert!(parse("SSH-2.0-OpenSSH\r\n\r\n").is_none());
    }
}
