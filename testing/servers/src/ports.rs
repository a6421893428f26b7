//! Free ports on loopback, without the race between finding one and using it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};

/// A port that nobody else gets while this value lives.
///
/// The socket is bound and does not listen. On Linux the system then gives the port to nobody who asks for any
/// free one, yet a server that sets `SO_REUSEADDR`, as all servers do, may bind the same port and listen on it.
#[derive(Debug)]
pub(crate) struct Reservation {
    _socket: OwnedFd,
    addr: SocketAddr,
}

impl Reservation {
    /// `N` different ports.
    pub(crate) fn several<const N: usize>() -> io::Result<[Self; N]> {
        let all = (0..N).map(|_| Self::new()).collect::<io::Result<Vec<_>>>()?;
        all.try_into().map_err(|_| io::Error::other("not as many ports as asked for"))
    }

    fn new() -> io::Result<Self> {
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let addr = SocketAddrV4::try_from(getsockname(&socket)?)?;
        Ok(Self { _socket: socket, addr: addr.into() })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_reserved_port_refuses_connections_and_lets_a_server_listen() {
        let [reservation] = Reservation::several().unwrap();
        assert!(TcpStream::connect(reservation.addr()).is_err());
        let listener = TcpListener::bind(reservation.addr()).expect("std sets SO_REUSEADDR");
        TcpStream::connect(reservation.addr()).expect("somebody listens");
        drop(listener);
    }

    #[test]
    fn reserved_ports_differ_from_each_other_and_from_any_other_free_port() {
        let reserved: [Reservation; 200] = Reservation::several().unwrap();
        let ports: HashSet<u16> = reserved.iter().map(|one| one.addr().port()).collect();
        assert_eq!(ports.len(), 200);
        let others: Vec<_> = (0..200).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        assert!(others.iter().all(|other| !ports.contains(&other.local_addr().unwrap().port())));
    }
}
