//! An address at which nobody listens, and nobody can begin to.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// A socket that has a port and does not listen: connections to it are refused as long as it lives.
pub struct DeadEndpoint {
    socket: Socket,
}

impl DeadEndpoint {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
        Self { socket }
    }

    pub fn address(&self) -> String {
        let address = self.socket.local_addr().expect("a bound socket");
        address.as_socket().expect("an address of IPv4").to_string()
    }
}
