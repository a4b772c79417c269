//! From the link layer to the payload of UDP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// UDP's number in IPv4 and IPv6.
const UDP: u8 = 17;

/// How packets begin in a capture (the names and numbers are those of tcpdump's LINKTYPE list).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// 0: four bytes of address family.
    Null,
    /// 1: Ethernet, with or without VLAN tags.
    Ethernet,
    /// 12 and 101: the IP header at once.
    Raw,
    /// 113: "any" device, 16 bytes.
    LinuxSll,
    /// 276: "any" device, 20 bytes.
    LinuxSll2,
}

impl Link {
    pub(super) fn of_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Null),
            1 => Some(Self::Ethernet),
            12 | 101 => Some(Self::Raw),
            113 => Some(Self::LinuxSll),
            276 => Some(Self::LinuxSll2),
            _ => None,
        }
    }

    /// The length of the link layer's header.
    fn header_length(self, packet: &[u8]) -> usize {
        match self {
            Self::Null => 4,
            Self::Ethernet if packet.get(12..14) == Some(&[0x81, 0x00]) => 18,
            Self::Ethernet => 14,
            Self::Raw => 0,
            Self::LinuxSll => 16,
            Self::LinuxSll2 => 20,
        }
    }
}

/// Source, destination and payload, if the packet is a whole UDP datagram.
pub(super) fn udp_in(link: Link, packet: &[u8]) -> Option<(SocketAddr, SocketAddr, &[u8])> {
    let ip = packet.get(link.header_length(packet)..)?;
    let (source, destination, udp) = match ip.first()? >> 4 {
        4 => ipv4(ip)?,
        6 => ipv6(ip)?,
        _ => return None,
    };
    let length = usize::from(number(udp, 4)?);
    let payload = udp.get(8..length)?;
    let source = SocketAddr::new(source, number(udp, 0)?);
    Some((source, SocketAddr::new(destination, number(udp, 2)?), payload))
}

fn ipv4(ip: &[u8]) -> Option<(IpAddr, IpAddr, &[u8])> {
    let header = usize::from(ip.first()? & 0x0f) * 4;
    let fragment = number(ip, 6)? & 0x3fff; // more fragments, or an offset
    if *ip.get(9)? != UDP || fragment != 0 {
        return None;
    }
    let source = Ipv4Addr::from(*ip.get(12..)?.first_chunk::<4>()?);
    let destination = Ipv4Addr::from(*ip.get(16..)?.first_chunk::<4>()?);
    Some((source.into(), destination.into(), ip.get(header..)?))
}

fn ipv6(ip: &[u8]) -> Option<(IpAddr, IpAddr, &[u8])> {
    if *ip.get(6)? != UDP {
        return None;
    }
    let source = Ipv6Addr::from(*ip.get(8..)?.first_chunk::<16>()?);
    let destination = Ipv6Addr::from(*ip.get(24..)?.first_chunk::<16>()?);
    Some((source.into(), destination.into(), ip.get(40..)?))
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10.0.0.1:4000 → 10.0.0.2:5000, payload "hi".
    fn ip() -> Vec<u8> {
        let mut ip = vec![0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        ip.extend([0x0f, 0xa0, 0x13, 0x88, 0, 10, 0, 0, b'h', b'i']);
        ip
    }

    fn behind(header: usize, ip: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; header];
        packet.extend(ip);
        packet
    }

    #[test]
    fn every_link_type_leads_to_the_same_datagram() {
        for (link, header) in [(0, 4), (1, 14), (12, 0), (101, 0), (113, 16), (276, 20)] {
            let packet = behind(header, &ip());
            let (source, destination, payload) =
                udp_in(Link::of_number(link).unwrap(), &packet).unwrap();
            assert_eq!(source, "10.0.0.1:4000".parse().unwrap());
            assert_eq!(destination, "10.0.0.2:5000".parse().unwrap());
            assert_eq!(payload, b"hi");
        }
    }

    #[test]
    fn padding_of_ethernet_is_no_payload() {
        let mut packet = behind(14, &ip());
        packet.extend([0; 18]);
        assert_eq!(udp_in(Link::Ethernet, &packet).unwrap().2, b"hi");
    }

    #[test]
    fn a_vlan_tag_is_stepped_over() {
        let mut packet = behind(18, &ip());
        packet[12..14].copy_from_slice(&[0x81, 0]);
        assert_eq!(udp_in(Link::Ethernet, &packet).unwrap().2, b"hi");
    }

    #[test]
    fn ipv6_is_understood() {
        let mut packet = vec![0x60, 0, 0, 0, 0, 10, 17, 64];
        packet.extend(Ipv6Addr::LOCALHOST.octets());
        packet.extend(Ipv6Addr::LOCALHOST.octets());
        packet.extend(&ip()[20..]);
        let (source, _, payload) = udp_in(Link::Raw, &packet).unwrap();
        assert_eq!(source, "[::1]:4000".parse().unwrap());
        assert_eq!(payload, b"hi");
    }

    #[test]
    fn tcp_and_fragments_are_passed_over() {
        let mut tcp = ip();
        tcp[9] = 6;
        assert!(udp_in(Link::Raw, &tcp).is_none());
        let mut fragment = ip();
        fragment[6] = 0x20;
        assert!(udp_in(Link::Raw, &fragment).is_none());
    }
}
