"""Every key of load-conn, load-pool and load-authority, as charon 6.0.6 has them.

Written down from what the daemon does, apart from the tables of the library, so that a key that
has been forgotten, or is a list where it should be a value, shows. `right` is what charon takes
and understands as it is meant (seen on 5.9.8, unless `since` is later); `wrong` is what it
refuses, cuts, misreads or ignores.
"""

from datetime import timedelta
from typing import Any, NamedTuple


class Key(NamedTuple):
    many: bool
    since: str
    right: list[Any]
    wrong: list[Any]


def one(right: list[Any], wrong: list[Any], since: str = "") -> Key:
    return Key(False, since, right, wrong)


def many(right: list[Any], wrong: list[Any], since: str = "") -> Key:
    return Key(True, since, right, wrong)


TEXT_RIGHT: list[Any] = ["x", "", "a b", "x" * 600]
TEXT_WRONG: list[Any] = ["ü", "a\nb", "a\0", "\x7f", "\udc80"]

YES_NO_RIGHT: list[Any] = [True, False, 1, 0, "yes", "true", "enabled", "1", "no", "false"]
YES_NO_RIGHT += ["disabled", "0", "YES", "True"]
YES_NO_WRONG: list[Any] = ["on", "off", "", "2", "y", "yes ", 2, -1, *TEXT_WRONG]

NUMBER_RIGHT: list[Any] = [0, 1, 4294967293, "5", "0x10", "0X1f", " 5", "+5", "07", "00"]
NUMBER_WRONG: list[Any] = [-1, 2**32, 10**50, "-1", "4294967296", "", "010", "08", "0b1", "0x"]
NUMBER_WRONG += ["five", "5 ", "5 5", "1.5", "1k", "1" * 20, "0" * 16, "5\n", "५", "%forever"]

TIME_RIGHT: list[Any] = [0, 3600, "1h", "1 H", "90s", "5m", "2d", "07", "0x1d", "+5", " 5", "5  "]
TIME_RIGHT += [timedelta(hours=1), timedelta(0), "4294967295", "71582788m"]
TIME_WRONG: list[Any] = ["1h30m", "1.5h", "10%", "-1", -1, "010", "08m", "", "h", "1w", "1 h "]
TIME_WRONG += ["1hh", "1" * 20, "0" * 16, 10**16, "1\N{KELVIN SIGN}", timedelta(seconds=-1)]
TIME_WRONG += [timedelta(seconds=1.5), timedelta.max]

VOLUME_RIGHT: list[Any] = [0, 10**9, "1g", "1 G", "5k", "2M", "0x10", "5  ", 999999999999999]
VOLUME_WRONG: list[Any] = ["1GB", "1T", "1.5g", "-1", -1, "010", "", "1" * 16, 10**15]
VOLUME_WRONG += ["99999999999999g", "1h", "1\N{KELVIN SIGN}"]

COUNT_RIGHT: list[Any] = [0, 2**32, "999999999999999", "0x1fffffffffff"]
COUNT_WRONG: list[Any] = ["1k", "-1", -1, "010", "", 2**64, 10**15, "5 "]

PORT_RIGHT: list[Any] = [0, 4500, 65535, "500", "0xffff"]
PORT_WRONG: list[Any] = [65536, "70000", -1, "0500", "ike", ""]

IDENTITY_RIGHT: list[Any] = ["moon", "moon@example.org", "@moon", "%any", "*", "10.0.0.1"]
IDENTITY_RIGHT += ["x" * 511, "C=CH, O=anyvici, CN=moon", "keyid:moon", "keyid:#ab01", "@#ab:01"]
IDENTITY_RIGHT += ["fec0::1", "ipv4:#0a000001", "fqdn:moon", "email:a@b", "{11}:moon", "{11}:#ab"]
IDENTITY_RIGHT += ["foo:#zz", "asn1dn:#3000", "@@moon", "#ab", "dns:^.*$", "asn1dn:^.*$"]
IDENTITY_RIGHT += ["EMAIL:a@b"]
IDENTITY_WRONG: list[Any] = ["", "x" * 512, "ipv4:10.0.0.1", "IPV6:fec0::1", "asn1dn:C=CH", "@#xyz"]
IDENTITY_WRONG += ["keyid:#zz", "{11}:#z", "ipv4:#", "fqdn:#a:bc:d", "ipv4range:1-2", *TEXT_WRONG]

MARK_RIGHT: list[Any] = [0, 42, "42", "0x10/0xff", "5/ 7", "4294967293", "1/4294967295", "0/0"]
MARK_WRONG: list[Any] = ["", "0x10/", "/0xff", "0x1ff/0xff", "010", "-1", -1, "4294967294", "5 "]
MARK_WRONG += [2**32 - 1, "1/2/3", "%uniq", "%unique-dirx", "1/4294967296", "\N{KELVIN SIGN}"]

IF_ID_RIGHT: list[Any] = [0, 7, "7", "0x10", "%unique", "%UNIQUE", "%unique-dir", 4294967293]
IF_ID_WRONG: list[Any] = ["", "-1", -1, "4294967294", "%uniquex", "%same", "5/3", "010"]

ACTION_RIGHT: list[Any] = ["none", "clear", "trap", "route", "start", "restart", "TRAP", "Clear"]
ACTION_RIGHT += ["trap|start", "start|trap", "Trap | Start"]
ACTION_WRONG: list[Any] = ["", "hold", "route|start", "trap,start", "trap|start|trap", True, "on"]

ESP_RIGHT: list[Any] = ["aes128-sha256", "default", "aes128gcm16-x25519-esn", "aes128 - sha256"]
PROPOSAL_WRONG: list[Any] = ["", "aes128-sha256,aes256-sha256", "aes128-sha256!", "x" * 512, "-ü"]

SELECTOR_RIGHT: list[Any] = ["dynamic", "10.1.0.0/16", "10.1.0.1", "::/0", "fec0::/64"]
SELECTOR_RIGHT += ["10.1.2.3/8", "10.1.0.1-10.1.0.9", "10.1.0.1 - 10.1.0.9", "fec0::1-fec0::9"]
SELECTOR_RIGHT += ["10.0.0.0/ 8 ", "dynamic[tcp]", "dynamic[/1701]", "10.0.0.1[tcp/http]"]
SELECTOR_RIGHT += ["10.0.0.1[6/80]", "%any/0", "10.0.0.1[tcp/80-90]", "10.0.0.1[any/any]"]
SELECTOR_RIGHT += ["10.0.0.1[any/80]", "::1[17/opaque]", "10.0.0.1[icmp/8]", "fec0::/64[ipv6-icmp]"]
SELECTOR_RIGHT += ["10.0.0.1[0x6/0x50-0x60]", "10.0.0.0/8 [tcp/ 80]", "10.0.0.1[tcp/07]"]
SELECTOR_RIGHT += ["0.0.0.0/0", "10.0.0.1/+8"]
SELECTOR_WRONG: list[Any] = ["", "10.0.0.0/33", "fec0::/129", "10.0.0.0/x", "10.0.0.0/", "%any"]
SELECTOR_WRONG += ["10.0.0.0/8,10.1.0.0/16", "10.0.0.9-10.0.0.1", "10.0.0.1-fec0::1", "DYNAMIC"]
SELECTOR_WRONG += ["10.0.0.1[tcp/80]x", "10.0.0.1[tcp/]", "10.0.0.1[]", "10.0.0.1[/]", "moon"]
SELECTOR_WRONG += ["10.1", "10.0.0.1[tcp/80-]", "10.0.0.1[tcp/90-80]", "10.0.0.1[tcp/70000]"]
SELECTOR_WRONG += ["10.0.0.1[256]", "10.0.0.1[tcp/010]", "10.0.0.1[010]", "10.0.0.1[tcp/-80]"]
SELECTOR_WRONG += ["10.0.0.1[-6]", "10.0.0.1[tcp", "10.0.0.1[tcp][udp]", "10.0.0.1[tcp/80,443]"]
SELECTOR_WRONG += ["::ffff:10.0.0.1", "fe80::1%lo", "dynamic/8", "dynamic [tcp]"]
SELECTOR_WRONG += ["10.0.0.1[tcp/010-020]", "10.0.0.1-", "10.0.0.1/-8", "10.0.0.1/8x", "10.0.0.1 "]
SELECTOR_WRONG += ["010.0.0.1", "ü", "x" * 512]

HOSTS_RIGHT: list[Any] = ["10.0.0.1", "moon.example.org", "%any", "10.0.0.0/8", "fec0::1"]
HOSTS_RIGHT += ["vpn-gw.x", "10.0.0.1, moon.example.org", "10.0.0.1 - 10.0.0.9", "10.0.0.1,"]
HOSTS_RIGHT += ["%any6"]
HOSTS_WRONG: list[Any] = ["", ",", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "a b", "moon/8", "ü"]
HOSTS_WRONG += ["10.0.0.0/", "10.0.0.1-sun"]

ADDRESS_RIGHT: list[Any] = ["10.0.0.1", "fec0::1", "0.0.0.0", "::", "%any", "%any4", "%any6"]
ADDRESS_WRONG: list[Any] = ["", "10.0.0.1/32", "moon", "%config", "10.0.0.1 ", "10.0.0.256", "ü"]

HANDLE_RIGHT: list[Any] = ["ab", "0xab01", "ab:01:ff", "a", "abc", "AB"]
HANDLE_WRONG: list[Any] = ["", "xyz", "ab:c", "a:b:c", "0x", "ab ", "ab::cd", "ü"]

BLOB_WRONG: list[Any] = ["", b"", b"x" * 65536, "ü" * 40000, "\ud800"]
OID_WRONG: list[Any] = ["", "foo", "1.", "1", "1.3.6 ", "1.2." + "3" * 510]

AUTH_RIGHT: list[Any] = ["psk", "PSK", "pubkey", "pubkey-sha256", "rsa", "rsa-2048-sha256-sha512"]
AUTH_RIGHT += ["ecdsa-256-sha384", "ike:pubkey-sha256", "ike:ed25519"]
AUTH_RIGHT += ["pubkey-sha256-ike:rsa/pss-sha256", "rsa-2048-ecdsa-256-sha256"]
AUTH_RIGHT += ["pubkey-ed448-identity", "bliss-128", "rsa/pss-sha3_256", "eap", "EAP", "eap-md5"]
AUTH_RIGHT += ["eap-MD5", "eap-tls:rsa-2048-sha256", "eap:pubkey", "eap-6", "eap-6-9", "eap-0x6"]
AUTH_RIGHT += ["eap-dynamic", "eap-radius", "xauth", "XAUTH-eap", "xauth-pam"]
AUTH_WRONG: list[Any] = ["", "any", "never", "ed25519", "dsa", "Pubkey", "pubkeyx", "psk-x"]
AUTH_WRONG += ["x" * 64, "pubkey-sha265", "pubkey-", "pubkey-2048", "rsa-0", "rsa-sha256-2048"]
AUTH_WRONG += ["ecdsa-sha224", "rsa-sha3_256", "ike:foo", "ike:", "rsa-identity", "eap-md6"]
AUTH_WRONG += ["EAP-md5", "eapmd5", "eap-", "eap-0", "eap-010", "eap-6-x", "eap-7-16777214"]
AUTH_WRONG += ["eap-md5-", "eap-tls:", "eap-tls:sha256", "eap-tls:ike:rsa-sha256", "xauthx"]
AUTH_WRONG += ["xauth-", "ü"]

DSCP_RIGHT: list[Any] = ["101010", "0", "000001", " 101", "+101", "000000000101010"]
DSCP_WRONG: list[Any] = ["", "46", "1000000", "0b101", "101 ", "0000000000101010", "-1"]


def words(text: str, *right: Any, wrong: tuple[Any, ...] = (), since: str = "") -> Key:
    known = text.split()
    upper = [word.upper() for word in known]
    return one([*known, *upper, *right], ["", "nonsense", "ü", *wrong], since)


ROUND = {
    "auth": one(AUTH_RIGHT, AUTH_WRONG),
    "id": one(IDENTITY_RIGHT, IDENTITY_WRONG),
    "ca_id": one(IDENTITY_RIGHT, IDENTITY_WRONG, "5.8.2"),
    "aaa_id": one(IDENTITY_RIGHT, IDENTITY_WRONG),
    "eap_id": one(IDENTITY_RIGHT, IDENTITY_WRONG),
    "xauth_id": one(IDENTITY_RIGHT, IDENTITY_WRONG),
    "revocation": words("strict ifuri relaxed", wrong=(True,)),
    "round": one(NUMBER_RIGHT, NUMBER_WRONG, "5.4.0"),
    "groups": many(IDENTITY_RIGHT, IDENTITY_WRONG),
    "cert_policy": many(["1.3.6.1.4.1.36906", "2.5.29.32.0"], OID_WRONG, "5.5.2"),
    "certs": many([b"DER", "PEM"], BLOB_WRONG),
    "cacerts": many([b"DER", "PEM"], BLOB_WRONG),
    "pubkeys": many([b"DER", "PEM"], BLOB_WRONG, "5.4.0"),
}

CHILD = {
    "ah_proposals": many(["sha256", "sha256-x25519", "default"], PROPOSAL_WRONG),
    "esp_proposals": many(ESP_RIGHT, PROPOSAL_WRONG),
    "local_ts": many(SELECTOR_RIGHT, SELECTOR_WRONG),
    "remote_ts": many(SELECTOR_RIGHT, SELECTOR_WRONG),
    "updown": one(TEXT_RIGHT, TEXT_WRONG),
    "hostaccess": one(YES_NO_RIGHT, YES_NO_WRONG),
    "mode": words("tunnel transport transport_proxy beet pass drop iptfs", wrong=(True,)),
    "policies": one(YES_NO_RIGHT, YES_NO_WRONG, "5.3.3"),
    "policies_fwd_out": one(YES_NO_RIGHT, YES_NO_WRONG, "5.5.1"),
    "replay_window": one(NUMBER_RIGHT, [*NUMBER_WRONG, 2**32 - 1]),
    "rekey_time": one([*TIME_RIGHT, 5000000000], TIME_WRONG),
    "life_time": one([*TIME_RIGHT, "99999999999999d"], TIME_WRONG),
    "rand_time": one([*TIME_RIGHT, 5000000000], TIME_WRONG),
    "rekey_bytes": one(VOLUME_RIGHT, VOLUME_WRONG),
    "life_bytes": one(VOLUME_RIGHT, VOLUME_WRONG),
    "rand_bytes": one(VOLUME_RIGHT, VOLUME_WRONG),
    "rekey_packets": one(COUNT_RIGHT, COUNT_WRONG),
    "life_packets": one(COUNT_RIGHT, COUNT_WRONG),
    "rand_packets": one(COUNT_RIGHT, COUNT_WRONG),
    "dpd_action": one(ACTION_RIGHT, ACTION_WRONG),
    "start_action": one(ACTION_RIGHT, ACTION_WRONG),
    "close_action": one(ACTION_RIGHT, ACTION_WRONG),
    "ipcomp": one(YES_NO_RIGHT, YES_NO_WRONG),
    "inactivity": one(TIME_RIGHT, [*TIME_WRONG, 2**32, "49711d"]),
    "reqid": one(NUMBER_RIGHT, NUMBER_WRONG),
    "mark_in": one([*MARK_RIGHT, "%unique", "%unique-dir/3"], [*MARK_WRONG, "%same"]),
    "mark_in_sa": one(YES_NO_RIGHT, YES_NO_WRONG, "5.6.1"),
    "mark_out": one([*MARK_RIGHT, "%UNIQUE/0xff"], [*MARK_WRONG, "%same"]),
    "set_mark_in": one([*MARK_RIGHT, "%same"], [*MARK_WRONG, "%unique"], "5.7.0"),
    "set_mark_out": one([*MARK_RIGHT, "%same/0xff"], [*MARK_WRONG, "%unique-dir"], "5.7.0"),
    "tfc_padding": one([*NUMBER_RIGHT, "mtu"], [*NUMBER_WRONG, "MTU", 2**32 - 1]),
    "priority": one(NUMBER_RIGHT, NUMBER_WRONG, "5.5.0"),
    "interface": one(TEXT_RIGHT, TEXT_WRONG, "5.5.0"),
    "hw_offload": words("no yes auto crypto packet", True, wrong=("true",), since="5.5.3"),
    "sha256_96": one(YES_NO_RIGHT, YES_NO_WRONG, "5.5.3"),
    "copy_df": one(YES_NO_RIGHT, YES_NO_WRONG, "5.7.0"),
    "copy_ecn": one(YES_NO_RIGHT, YES_NO_WRONG, "5.7.0"),
    "copy_dscp": words("no in out yes", False, wrong=("true",), since="5.7.0"),
    "icmp": one(YES_NO_RIGHT, YES_NO_WRONG, "6.0.5"),
    "if_id_in": one(IF_ID_RIGHT, IF_ID_WRONG, "5.8.0"),
    "if_id_out": one(IF_ID_RIGHT, IF_ID_WRONG, "5.8.0"),
    "label": one(["x", "x" * 511], ["", "x" * 512, "ü"], "5.9.6"),
    "label_mode": words("system simple selinux", since="5.9.6"),
    "per_cpu_sas": words("yes true enabled 1 no false disabled 0 encap", True, since="6.0.2"),
}

CONNECTION = {
    "local_addrs": many(HOSTS_RIGHT, HOSTS_WRONG),
    "remote_addrs": many(HOSTS_RIGHT, HOSTS_WRONG),
    "proposals": many(["aes128-sha256-x25519", "default"], PROPOSAL_WRONG),
    "vips": many(ADDRESS_RIGHT, ADDRESS_WRONG),
    "pools": many(["rw", "rw, rw6", "a b"], ["", " ", ",", "ü"]),
    "version": one([0, 1, 2, "1", "2", "0x2", " 2"], [3, "3", -1, "", "two", "4294967298"]),
    "aggressive": one(YES_NO_RIGHT, YES_NO_WRONG),
    "pull": one(YES_NO_RIGHT, YES_NO_WRONG),
    "dscp": one(DSCP_RIGHT, DSCP_WRONG, "5.5.2"),
    "encap": one(YES_NO_RIGHT, YES_NO_WRONG),
    "mobike": one(YES_NO_RIGHT, YES_NO_WRONG),
    "dpd_delay": one(TIME_RIGHT, [*TIME_WRONG, 2**32]),
    "dpd_timeout": one(TIME_RIGHT, [*TIME_WRONG, 2**32]),
    "fragmentation": words("yes accept no force", True, False, wrong=("true",)),
    "childless": words("allow prefer force never", wrong=(True,), since="5.8.0"),
    "send_certreq": one(YES_NO_RIGHT, YES_NO_WRONG),
    "send_cert": words("ifasked always never", wrong=(True,)),
    "ocsp": words("reply request both never", wrong=(False,), since="5.9.14"),
    "keyingtries": one(NUMBER_RIGHT, NUMBER_WRONG),
    "unique": words("never no replace keep", False, wrong=(True, "\N{KELVIN SIGN}eep")),
    "local_port": one(PORT_RIGHT, PORT_WRONG),
    "remote_port": one(PORT_RIGHT, PORT_WRONG),
    "reauth_time": one(TIME_RIGHT, [*TIME_WRONG, 5000000000, "49711d"]),
    "rekey_time": one(TIME_RIGHT, [*TIME_WRONG, 5000000000, "0xffffffffff"]),
    "over_time": one(TIME_RIGHT, [*TIME_WRONG, 2**32]),
    "rand_time": one(TIME_RIGHT, [*TIME_WRONG, 2**32]),
    "ppk_id": one(IDENTITY_RIGHT, IDENTITY_WRONG, "5.7.0"),
    "ppk_required": one(YES_NO_RIGHT, YES_NO_WRONG, "5.7.0"),
    "if_id_in": one(IF_ID_RIGHT, IF_ID_WRONG, "5.8.0"),
    "if_id_out": one(IF_ID_RIGHT, IF_ID_WRONG, "5.8.0"),
    "mediation": one(YES_NO_RIGHT, YES_NO_WRONG, "5.5.2"),
    "mediated_by": one(TEXT_RIGHT, TEXT_WRONG, "5.5.2"),
    "mediation_peer": one(IDENTITY_RIGHT, IDENTITY_WRONG, "5.5.2"),
}

CERTIFICATE = {
    "file": one(["/etc/swanctl/x509/moon.pem"], TEXT_WRONG, "5.5.2"),
    "handle": one(HANDLE_RIGHT, HANDLE_WRONG, "5.5.2"),
    "slot": one(NUMBER_RIGHT, [*NUMBER_WRONG, 2**32 - 1], "5.5.2"),
    "module": one(TEXT_RIGHT, TEXT_WRONG, "5.5.2"),
}

ATTRIBUTE_RIGHT: list[Any] = ["10.0.0.1", "fec0::1", "10.0.0.0/8", "fec0::/64", "%any"]
ATTRIBUTE_WRONG: list[Any] = ["", "10.0.0.0/33", "10.0.0.0/x", "fec0::/129", "moon", "ü"]
ATTRIBUTES = "address dns nbns dhcp netmask server subnet split_include split_exclude"

POOL = {
    "addrs": one(
        ["10.3.0.0/24", "10.3.0.5/24", "10.3.0.1-10.3.0.9", "10.3.0.1", "fec3::/120", "fec3::/64"],
        ["", "10.3.0.0/33", "10.3.0.0/x", "10.3.0.9-10.3.0.1", "10.3.0.0/24,10.4.0.0/24", "ü"],
    ),
    **{name: many(ATTRIBUTE_RIGHT, ATTRIBUTE_WRONG) for name in ATTRIBUTES.split()},
    "p_cscf": many(ATTRIBUTE_RIGHT, ATTRIBUTE_WRONG, "6.0.3"),
}

NUMBERED = many(["10.0.0.1", "text", "ü", b"\xff\0", "", "10.0.0.0/8"], ["10.0.0.0/x", b"::/129"])

AUTHORITY = {
    "cacert": one([b"DER", "PEM"], BLOB_WRONG),
    "file": CERTIFICATE["file"],
    "handle": CERTIFICATE["handle"],
    "slot": CERTIFICATE["slot"],
    "module": CERTIFICATE["module"],
    "cert_uri_base": one(["http://moon/certs/"], TEXT_WRONG),
    "crl_uris": many(["http://moon/moon.crl", "ldap://moon/cn=x?crl"], TEXT_WRONG),
    "ocsp_uris": many(["http://moon/ocsp"], TEXT_WRONG),
}
