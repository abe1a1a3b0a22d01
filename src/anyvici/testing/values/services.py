"""Names of protocols and of services, those of every machine; others are asked of this one."""

import socket

_PROTOCOLS = """
ip 0;hopopt 0;icmp 1;igmp 2;ggp 3;ipencap 4 IP-ENCAP;st 5;tcp 6;egp 8;igp 9;pup 12;udp 17;hmp 20;
xns-idp 22;rdp 27;iso-tp4 29;dccp 33;xtp 36;ddp 37;idpr-cmtp 38;ipv6 41 IPv6;
ipv6-route 43 IPv6-Route;ipv6-frag 44 IPv6-Frag;idrp 45;rsvp 46;gre 47;esp 50 IPSEC-ESP;
ah 51 IPSEC-AH;skip 57;ipv6-icmp 58 IPv6-ICMP;ipv6-nonxt 59 IPv6-NoNxt;ipv6-opts 60 IPv6-Opts;
rspf 73 CPHB;vmtp 81;eigrp 88;ospf 89 OSPFIGP;ax.25 93;ipip 94;etherip 97;encap 98;pim 103;
ipcomp 108;vrrp 112;l2tp 115;isis 124;sctp 132;fc 133;mobility-header 135 Mobility-Header;
udplite 136 UDPLite;mpls-in-ip 137 MPLS-in-IP;manet 138;hip 139;shim6 140 Shim6;wesp 141;rohc 142;
ethernet 143 Ethernet
"""
_SERVICES = """
echo 7 tcp udp;discard 9 tcp udp;ftp-data 20 tcp;ftp 21 tcp;ssh 22 tcp;telnet 23 tcp;
smtp 25 tcp mail;time 37 tcp udp;domain 53 tcp udp;bootps 67 udp;bootpc 68 udp;tftp 69 udp;
http 80 tcp www;kerberos 88 tcp udp;pop3 110 tcp;sunrpc 111 tcp udp;ntp 123 udp;epmap 135 tcp;
netbios-ns 137 udp;netbios-dgm 138 udp;netbios-ssn 139 tcp;imap2 143 tcp imap;snmp 161 tcp udp;
bgp 179 tcp;ldap 389 tcp udp;https 443 tcp udp;microsoft-ds 445 tcp;submissions 465 tcp smtps;
isakmp 500 udp;shell 514 tcp cmd syslog;syslog 514 udp;printer 515 tcp;submission 587 tcp;
ipp 631 tcp;ldaps 636 tcp udp;rsync 873 tcp;imaps 993 tcp;pop3s 995 tcp;socks 1080 tcp;
openvpn 1194 tcp udp;l2f 1701 udp l2tp;radius 1812 tcp udp;radius-acct 1813 tcp udp;
nfs 2049 tcp udp;mysql 3306 tcp;ms-wbt-server 3389 tcp;ipsec-nat-t 4500 udp;sip 5060 tcp udp;
postgresql 5432 tcp;x11 6000 tcp;redis 6379 tcp;http-alt 8080 tcp
"""


def protocol_number(name: str) -> int | None:
    """Return the number of a protocol by its name, an alias of it or either in capitals."""
    for number, names in _PROTOCOL_NAMES:
        if name in (*names, names[0].upper()):
            return number
    try:
        return socket.getprotobyname(name)
    except OSError:
        return None


def protocol_name(number: int) -> str:
    """Return the name of a protocol, or its digits."""
    return next((names[0] for its, names in _PROTOCOL_NAMES if its == number), str(number))


def service_port(name: str) -> int | None:
    """Return the port of a service by its name, of whatever protocol."""
    for port, _, names in _SERVICE_NAMES:
        if name in names:
            return port
    try:
        return socket.getservbyname(name)
    except OSError:
        return None


def service_name(port: int, protocol: int) -> str:
    """Return the name of the service at a port, or its digits; 0 is any protocol."""
    name = protocol_name(protocol)
    wanted = None if name == str(protocol) or not protocol else name
    for its, protocols, names in _SERVICE_NAMES:
        if its == port and (wanted is None or wanted in protocols):
            return names[0]
    try:
        return socket.getservbyport(port, wanted) if wanted else socket.getservbyport(port)
    except OSError:
        return str(port)


def _entries(table: str) -> list[list[str]]:
    return [entry.split() for entry in table.replace("\n", "").split(";")]


def _service(name: str, port: str, *more: str) -> tuple[int, frozenset[str], tuple[str, ...]]:
    protocols = frozenset(more) & {"tcp", "udp"}
    return int(port), protocols, (name, *(each for each in more if each not in protocols))


_PROTOCOL_NAMES = [(int(number), (name, *more)) for name, number, *more in _entries(_PROTOCOLS)]
_SERVICE_NAMES = [_service(*entry) for entry in _entries(_SERVICES)]
