//! Carriers on real sockets, without a link.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};
use xmpp_core::{wire::TcpWire, xml::Limits};

use super::tcp::{TcpCarrier, TlsRole};
use crate::drive::{Arrival, Carrier};

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

/// A peer that takes nothing is congested, and gone after a minute; the end is not waited for longer.
#[tokio::test(start_paused = true)]
async fn stalled_peer_is_given_up() {
    let (near, _far) = pair().await;
    let mut carrier = TcpCarrier::new(near, TlsRole::None);
    let wire = TcpWire::new(Limits::default());
    let start = Instant::now();
    carrier.send(Bytes::from(vec![b' '; 16 * 1024 * 1024]), &wire);
    assert!(carrier.is_congested());
    assert!(matches!(carrier.next(true).await, Arrival::Eof));
    let waited = start.elapsed().as_secs();
    assert!((60..70).contains(&waited), "{waited} s");
    carrier.shutdown(&wire);
    assert!(matches!(carrier.next(true).await, Arrival::Finished));
    assert!(start.elapsed().as_secs() < 80);
}

/// Who is held back because too much is unsent is told when that has left, though nothing else happens.
#[tokio::test]
async fn room_is_told() {
    let (near, mut far) = pair().await;
    let mut carrier = TcpCarrier::new(near, TlsRole::None);
    carrier.send(Bytes::from(vec![b' '; 16 * 1024 * 1024]), &TcpWire::new(Limits::default()));
    assert!(carrier.is_congested());
    let reader = tokio::spawn(async move { tokio::io::copy(&mut far, &mut tokio::io::sink()).await });
    let arrival = timeout(Duration::from_secs(10), carrier.next(false)).await.expect("it is told");
    assert!(matches!(arrival, Arrival::Room) && !carrier.is_congested());
    reader.abort();
}

/// What is written before the end arrives, also when the peer's own last words are never read.
#[tokio::test]
async fn last_words_arrive() {
    let (near, mut far) = pair().await;
    let mut carrier = TcpCarrier::new(near, TlsRole::None);
    let wire = TcpWire::new(Limits::default());
    tokio::io::AsyncWriteExt::write_all(&mut far, b"unread").await.unwrap();
    carrier.send(Bytes::from_static(b"last words"), &wire);
    carrier.shutdown(&wire);
    let end = tokio::spawn(async move { matches!(carrier.next(false).await, Arrival::Finished) });
    let mut heard = String::new();
    far.read_to_string(&mut heard).await.expect("no reset");
    assert_eq!(heard, "last words");
    drop(far);
    assert!(timeout(Duration::from_secs(10), end).await.expect("it ends").unwrap());
}

/// STARTTLS waits until everything before it has left, and looks at nothing that follows in clear.
#[tokio::test]
async fn handshake_begins_after_the_last_write() {
    let (near, mut far) = pair().await;
    let mut carrier = TcpCarrier::new(near, TlsRole::None);
    let wire = TcpWire::new(Limits::default());
    carrier.send(Bytes::from_static(b"<starttls/>"), &wire);
    carrier.start_tls();
    assert!(matches!(carrier.next(true).await, Arrival::Tls(Err(_))));
    let mut heard = [0; 11];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"<starttls/>");
}

#[cfg(feature = "bosh")]
mod bosh {
    use bosh_core::{BoshClient, ClientConfig, ClientOutput, HttpRequest, RequestId};
    use tokio::{io::AsyncWriteExt, sync::mpsc};
    use xmpp_core::{Header, Item, Wire};

    use super::*;
    use crate::{
        TlsSettings,
        carrier::bosh::{BoshCarrier, Endpoint},
    };

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    struct Setup {
        carrier: BoshCarrier,
        wire: BoshClient,
        /// A request as the machine makes it.
        request: HttpRequest,
    }

    impl Setup {
        async fn new(listener: &TcpListener) -> Self {
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let endpoint = Endpoint::new(&url, TlsSettings::none(), Duration::from_secs(5)).await.unwrap();
            let mut wire = BoshClient::new(ClientConfig::new(false), [0; 32]);
            wire.push(Item::Open(Header { to: Some("example.org".to_owned()), ..Header::default() }));
            let Some(ClientOutput::Request(request)) = wire.poll_output(crate::clock::now()) else {
                panic!("a session begins with a request")
            };
            Self { carrier: BoshCarrier::new(endpoint, 1024), wire, request }
        }

        fn send(&mut self, id: u64) {
            let mut request = self.request.clone();
            request.id = RequestId(id);
            request.body = Bytes::from(format!("request {id};"));
            self.carrier.send(ClientOutput::Request(request), &self.wire);
        }

        /// The next response.
        async fn receive(&mut self) -> (u64, String) {
            match self.carrier.next(true).await {
                Arrival::Input((id, outcome)) => {
                    (id.0, outcome.map_or_else(|reason| reason, |(status, _)| status.to_string()))
                }
                _ => panic!("a response"),
            }
        }
    }

    /// The number of the next request on a connection; `None` when it is closed.
    async fn read(stream: &mut TcpStream) -> Option<u64> {
        let mut seen = String::new();
        let mut chunk = [0; 1024];
        while !seen.ends_with(';') {
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => return None,
                Ok(len) => seen.push_str(std::str::from_utf8(&chunk[..len]).unwrap()),
            }
        }
        seen.trim_end_matches(';').rsplit(' ').next()?.parse().ok()
    }

    /// Requests under way at the same time use connections of their own, and none overtakes the one before it.
    #[tokio::test]
    async fn requests_keep_their_order() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut setup = Setup::new(&listener).await;
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let arrived = arrived.clone();
                tokio::spawn(async move {
                    while let Some(number) = read(&mut stream).await {
                        arrived.send(number).unwrap();
                        // The first of two is held until the second has come.
                        tokio::time::sleep(Duration::from_millis(if number % 2 == 0 { 250 } else { 0 }))
                            .await;
                        stream.write_all(ANSWER).await.unwrap();
                    }
                });
            }
        });
        for number in (0..12).step_by(2) {
            setup.send(number);
            setup.send(number + 1);
            assert_eq!(setup.receive().await, (number + 1, "200".to_owned()));
            assert_eq!(setup.receive().await, (number, "200".to_owned()));
            assert_eq!((arrivals.recv().await, arrivals.recv().await), (Some(number), Some(number + 1)));
        }
    }

    /// What is broken off takes its connection along, and holds up nobody.
    #[tokio::test]
    async fn abort_closes_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut setup = Setup::new(&listener).await;
        setup.send(1);
        let accept = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert_eq!(read(&mut stream).await, Some(1));
            stream
        };
        let mut first = tokio::select! {
            stream = accept => stream,
            _ = setup.carrier.next(true) => panic!("nobody answers"),
        };
        setup.carrier.send(ClientOutput::Abort(RequestId(1)), &setup.wire);
        setup.send(2);
        let serve = async {
            assert_eq!(read(&mut first).await, None);
            let (mut stream, _) = listener.accept().await.unwrap();
            assert_eq!(read(&mut stream).await, Some(2));
            stream.write_all(ANSWER).await.unwrap();
            stream
        };
        let (_stream, answer) = tokio::join!(serve, setup.receive());
        assert_eq!(answer, (2, "200".to_owned()));
    }

    /// A server may close an idle connection at any time: the next request goes over a new one, unseen by the wire.
    #[tokio::test]
    async fn closed_idle_connection_is_replaced() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut setup = Setup::new(&listener).await;
        let server = tokio::spawn(async move {
            for number in 0..5 {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert_eq!(read(&mut stream).await, Some(number));
                stream.write_all(ANSWER).await.unwrap();
            }
        });
        for number in 0..5 {
            setup.send(number);
            assert_eq!(setup.receive().await, (number, "200".to_owned()));
            // The FIN is seen before the next request; what crosses it is the wire's to repeat.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server.await.unwrap();
    }
}
