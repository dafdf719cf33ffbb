//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions, http::HeaderMap};

use super::ClientAddress;
use crate::settings::Sender;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The peer, or whom the proxy before this server saw. Only what that proxy added counts, which is the
/// last one: what stands before it, anybody can send.
pub(super) fn of(extensions: &Extensions, headers: &HeaderMap, sender: Sender) -> ClientAddress {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded = match sender {
        Sender::Peer => None,
        Sender::Forwarded => last_forwarded(headers),
    };
    ClientAddress(forwarded.or(peer).unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
}

fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// Whose attempts are counted together: with IPv6, everybody has a network of 2^64 addresses.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Extensions, HeaderMap};

    use super::{Sender, network, of};

    #[test]
    fn only_the_last_address_that_the_proxy_added_counts() {
        let mut headers = HeaderMap::new();
        let seen = |headers: &HeaderMap, sender| of(&Extensions::new(), headers, sender).0;
        assert_eq!(seen(&headers, Sender::Forwarded).to_string(), "0.0.0.0");
        headers.append("x-forwarded-for", "198.51.100.1".parse().unwrap());
        headers.append("x-forwarded-for", "203.0.113.9, 192.0.2.7".parse().unwrap());
        assert_eq!(seen(&headers, Sender::Forwarded).to_string(), "192.0.2.7");
        assert_eq!(seen(&headers, Sender::Peer).to_string(), "0.0.0.0");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
