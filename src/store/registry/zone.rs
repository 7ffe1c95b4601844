//! Where an address is by its own spelling: in the world, on this machine, in somebody's network, or where clouds keep
//! credentials (SEC-7). No look-up of names, no I/O.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Where clouds give machines and containers their credentials.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(169, 254, 170, 2), Ipv4Addr::new(100, 100, 100, 200)];
/// The same over IPv6.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
/// The first part of addresses that were private before `fc00::/7`.
const SITE_LOCAL: std::ops::RangeInclusive<u16> = 0xfec0..=0xfeff;
/// An address that names itself where a reader should not be led: what [`of`] tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Public,
    Loopback,
    Private,
    LinkLocal,
    /// Where a cloud gives its machines their credentials.
    Metadata,
}

/// Where `url` says that it is: by the name `localhost`, or by an address literal as the URL parser writes it.
pub(super) fn of(url: &Url) -> Zone {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    if host == "localhost" || host.ends_with(".localhost") {
        return Zone::Loopback;
    }
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => zone_v4(address),
        Ok(IpAddr::V6(address)) => carried(address).map_or_else(|| zone_v6(address), zone_v4),
        Err(_) => Zone::Public,
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64) or tunnelled (6to4).
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let v4 = |at: usize| Ipv4Addr::from((u32::from(parts[at]) << 16) | u32::from(parts[at + 1]));
    match parts {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(v4(6)),
        // Not `::` and `::1`, which are addresses of their own.
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => Some(v4(6)),
        [0x2002, ..] => Some(v4(1)),
        _ => None,
    }
}

fn zone_v4(address: Ipv4Addr) -> Zone {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    if METADATA_V4.contains(&address) {
        Zone::Metadata
    } else if address.is_loopback() {
        Zone::Loopback
    } else if address.is_link_local() {
        Zone::LinkLocal
    } else if address.is_private() || shared || first == 0 || first >= 224 {
        Zone::Private
    } else {
        Zone::Public
    }
}

fn zone_v6(address: Ipv6Addr) -> Zone {
    let [first, ..] = address.segments();
    if address == METADATA_V6 {
        Zone::Metadata
    } else if address.is_loopback() {
        Zone::Loopback
    } else if address.is_unicast_link_local() {
        Zone::LinkLocal
    } else if address.is_unique_local()
        || address.is_unspecified()
        || address.is_multicast()
        || SITE_LOCAL.contains(&first)
    {
        Zone::Private
    } else {
        Zone::Public
    }
}
