//! BOSH requests by hand, and TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use xmpp_test_servers::Server;

use crate::talk::{ask, connect};

/// TLS on a socket, trusting the server's own authority and nobody else.
pub(crate) fn tls(server: &Server, socket: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(server.ca_pem_path()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.domain()).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket)
}

/// One HTTP request on a stream of its own; status and body.
pub(crate) fn post(mut stream: impl Read + Write, path: &str, body: &str) -> (u16, String) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let head = ask(&mut stream, &request, "\r\n\r\n");
    let (head, start) = head.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().expect("a number"));
    let mut body = start.as_bytes().to_vec();
    let mut rest = vec![0; length.saturating_sub(body.len())];
    stream.read_exact(&mut rest).unwrap();
    body.append(&mut rest);
    (status, String::from_utf8(body).expect("UTF-8"))
}

/// The creation request of XEP-0124 §7 with the attributes of XEP-0206.
pub(crate) const CREATE: &str = "<body rid='7000' to='localhost' ver='1.6' wait='10' hold='1' xml:lang='en' \
                          content='text/xml; charset=utf-8' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh' \
                          xmlns='http://jabber.org/protocol/httpbind'/>";

/// The value of an attribute of the answer's first element, whichever quotes the server likes.
pub(crate) fn attribute<'a>(answer: &'a str, name: &str) -> &'a str {
    let start =
        answer.find(&format!(" {name}=")).unwrap_or_else(|| panic!("no {name}: {answer}")) + name.len() + 2;
    let (quote, rest) = answer[start..].split_at(1);
    rest.split(quote).next().unwrap_or_default()
}

/// A login by SASL PLAIN (RFC 4616) in an existing BOSH session; the server's whole answer.
pub(crate) fn log_in(server: &Server, path: &str, sid: &str, name: &str, password: &str) -> String {
    let message = STANDARD.encode(format!("\0{name}\0{password}"));
    let auth = format!(
        "<body rid='7001' sid='{sid}' xmlns='http://jabber.org/protocol/httpbind'>\
         <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth></body>"
    );
    let (status, answer) = post(connect(server.http_addr()), path, &auth);
    assert_eq!(status, 200, "{answer}");
    answer
}
