//! Which network an address names itself to be in (SEC-7). No I/O.
//!
//! What counts is what is written, in any of its spellings: an address, or a name that stands for one by convention. Where
//! another name leads is known to the resolver alone, and a registry inside of a company may well send to a storage that
//! is there too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Where clouds give machines and containers their credentials.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
];
/// The same by IPv6.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];
/// The same by name.
const METADATA_NAMES: [&str; 2] = ["metadata.google.internal", "metadata.goog"];

/// A kind of network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// Anybody may be sent there.
    Public,
    /// This machine.
    Loopback,
    /// The network of a house or a company.
    Private,
    /// Somebody else on each line: link-local addresses, multicast, and `0.0.0.0`, which may be this machine.
    LinkLocal,
    /// Where a cloud gives its machines their credentials.
    Metadata,
}

/// The network of the host of `url`.
pub(super) fn of(url: &Url) -> Zone {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    if host == "localhost" || host.ends_with(".localhost") {
        return Zone::Loopback;
    }
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => v4(address),
        Ok(IpAddr::V6(address)) => v6(address),
        Err(_) if METADATA_NAMES.contains(&host) => Zone::Metadata,
        Err(_) => Zone::Public,
    }
}

fn v4(address: Ipv4Addr) -> Zone {
    match address.octets() {
        _ if METADATA_V4.contains(&address) => Zone::Metadata,
        [127, ..] => Zone::Loopback,
        [169, 254, ..] | [0 | 224.., ..] => Zone::LinkLocal,
        // Besides those of RFC 1918: shared, protocol assignments, benchmarks.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] => {
            Zone::Private
        }
        _ => Zone::Public,
    }
}

fn v6(address: Ipv6Addr) -> Zone {
    if METADATA_V6.contains(&address) {
        return Zone::Metadata;
    }
    if address.is_loopback() {
        return Zone::Loopback;
    }
    if let Some(inner) = inner(address) {
        return v4(inner);
    }
    match address.segments() {
        [0xfe80..=0xfebf | 0xff00.., ..] => Zone::LinkLocal,
        // Unique local, site-local, and the translation that each network has for itself (RFC 8215).
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Zone::Private,
        _ => Zone::Public,
    }
}

/// The IPv4 address that is reached by `address`.
fn inner(address: Ipv6Addr) -> Option<Ipv4Addr> {
    // Compatible, mapped, translated, NAT64's own prefix, and 6to4.
    let ([0, 0, 0, 0, 0, 0 | 0xffff, high, low]
    | [0, 0, 0, 0, 0xffff, 0, high, low]
    | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
    | [0x2002, high, low, ..]) = address.segments()
    else {
        return None;
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_where_it_says_in_each_spelling() {
        for (expected, hosts) in [
            (
                Zone::Public,
                "r.io 8.8.8.8 172.32.0.1 172.15.0.1 100.128.0.1 100.63.0.1 192.1.0.1 169.253.0.1 223.1.1.1 126.1.1.1 \
                            [2606:4700::1] [64:ff9b::808:808] [2002:808:808::1] [::ffff:8.8.8.8] localhost.example \
                            xlocalhost 127.0.0.1.example 10.example private",
            ),
            (
                Zone::Loopback,
                "localhost LOCALHOST localhost. a.b.localhost a.localhost. 127.0.0.1 127.0.0.1. 127.255.1.2 \
                              127.1 127.0.1 0x7f.1 0x7f000001 0X7F.0.0.1 2130706433 017700000001 0177.0.0.1 0177.0.0x0.1 %31%32%37.1 \
                              １２７.0.0.1 127。0。0。1 ⓛocalhost [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] \
                              [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::]",
            ),
            (
                Zone::Private,
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 198.18.0.1 198.19.0.1 \
                             192.0.0.1 167772161 012.0.0.1 0xa.1 [fc00::1] [fd12:3456::1] [fec0::1] [::ffff:10.0.0.1] \
                             [64:ff9b::a00:1] [64:ff9b:1::1] [2002:a00:1::1] [2002:c0a8:101::]",
            ),
            (
                Zone::LinkLocal,
                "169.254.0.1 0.0.0.0 0 0.1.2.3 224.0.0.1 255.255.255.255 [fe80::1] [febf::1] [::] [ff02::1] \
                          [::ffff:0.0.0.0] [::ffff:169.254.1.1] [64:ff9b::169.254.1.1]",
            ),
            (
                Zone::Metadata,
                "169.254.169.254 169.254.169.254. 169.254.170.2 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 \
                              [::ffff:169.254.169.254] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::1] [::169.254.169.254] \
                              [fd00:ec2::254] [fd20:ce::254] 100.100.100.200 168.63.129.16 metadata.google.internal \
                              Metadata.Google.Internal. metadata.goog",
            ),
        ] {
            for host in hosts.split_whitespace() {
                assert_eq!(of(&Url::parse(&format!("https://{host}:5000/x")).unwrap()), expected, "{host}");
            }
        }
    }
}
