//! A TCP connection to a name, each of its addresses tried.

use std::{borrow::Cow, io, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};

use crate::Error;

/// Each address gets an equal share of the time that is left, so that one that swallows packets does not use it all.
pub(crate) async fn dial(host: &str, port: u16, limit: Duration) -> Result<TcpStream, Error> {
    let deadline = Instant::now() + limit;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = ascii(bare);
    let peer = || if bare.contains(':') { format!("[{bare}]:{port}") } else { format!("{bare}:{port}") };
    let late = || Error::ConnectTimeout { peer: peer(), limit };
    let addresses: Vec<_> = match timeout_at(deadline, lookup_host((&*name, port))).await {
        Err(_) => return Err(late()),
        Ok(Err(source)) => return Err(Error::Resolve { host: bare.to_owned(), source }),
        Ok(Ok(addresses)) => addresses.collect(),
    };
    let mut refusal = None;
    for (index, address) in (0u32..).zip(&addresses) {
        let left = u32::try_from(addresses.len()).unwrap_or(u32::MAX) - index;
        let share = Instant::now() + deadline.saturating_duration_since(Instant::now()) / left;
        match timeout_at(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(source)) => refusal = Some(source),
            Err(_) => {}
        }
    }
    match refusal {
        Some(source) => Err(Error::Connect { peer: peer(), source }),
        None if addresses.is_empty() => {
            let source = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            Err(Error::Resolve { host: bare.to_owned(), source })
        }
        None => Err(late()),
    }
}

/// The name as DNS and certificates have it: addresses show Unicode labels (RFC 7622 §3.2), both of these hold A-labels
/// (RFC 6120 §13.7.2.1). What has no such form stays as it is, and is found nowhere.
pub(crate) fn ascii(name: &str) -> Cow<'_, str> {
    match idna::domain_to_ascii(name) {
        Ok(ascii) if !name.is_ascii() => Cow::Owned(ascii),
        _ => Cow::Borrowed(name),
    }
}
