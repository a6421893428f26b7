//! A port where nobody listens, and where nobody else will as long as the test needs it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    os::fd::OwnedFd,
};

use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};

/// It is taken, so nobody gets it by chance, and refuses connections.
pub struct Nowhere {
    /// Host and port.
    pub address: String,
    _socket: OwnedFd,
}

impl Nowhere {
    pub fn new() -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = SocketAddr::try_from(getsockname(&socket).unwrap()).unwrap().to_string();
        Self { address, _socket: socket }
    }
}
