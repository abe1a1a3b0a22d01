"""The tables: every key that a section can have, its kind, and since which release of charon.

A key without a release is as old as the command or section it stands in. Names of options follow
charon 6.0.6; what an older one does not have, it refuses with "unknown option".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from anyvici.config.methods import method
from anyvici.config.networks import (
    address,
    attribute,
    hosts,
    names,
    numbered_attribute,
    pool_range,
    selector,
)
from anyvici.config.numbers import (
    Quantity,
    binary_digits,
    count,
    interface_id,
    mark_or,
    number,
    padding,
    port,
    time32,
    time64,
    volume,
)
from anyvici.config.texts import hexadecimal, identity, octets, oid, owner, proposal
from anyvici.config.values import Kind, WrongValue, printable, secret, text_up_to
from anyvici.config.words import Actions, Words, yes_no
from anyvici.wire.message import Message

# Some values of each option are remembered once they were found good: thousands of connections have
# mostly the same. What may be secret is not.
_MOST_REMEMBERED = 256
_LONGEST_REMEMBERED = 64
_NEVER_REMEMBERED = (octets, secret, numbered_attribute)


class Option(NamedTuple):
    """What stands under a key: one value of a kind, or a list of `many`."""

    kind: Kind
    since: str
    many: bool
    remembered: dict[tuple[type, str | int], str | bytes]

    def taken(self, value: Any) -> str | bytes:
        """Return a value as it is sent; raises WrongValue and WrongType."""
        if type(value) is not str and type(value) is not int:
            return self.kind(value)
        known = self.remembered.get((type(value), value))
        if known is None:
            known = self.kind(value)
            if len(known) <= _LONGEST_REMEMBERED and self.kind not in _NEVER_REMEMBERED:
                if len(self.remembered) >= _MOST_REMEMBERED:
                    self.remembered.clear()
                self.remembered[type(value), value] = known
        return known


def one(kind: Kind, since: str = "") -> Option:
    """Return the option of a single value."""
    return Option(kind, since, False, {})


def many(kind: Kind, since: str = "") -> Option:
    """Return the option of a list of values."""
    return Option(kind, since, True, {})


@dataclass(frozen=True)
class Layout:
    """What a section can have in it; `noun` says what it is.

    `options` has the keys of values and lists. Sections in it are found by the first letters of
    their names in `prefixed` (local, local-1, LOCALfoo), by the whole name in `named`, or have any
    name and `each` the same layout; upper and lower case do not matter. `numbered` is the option
    under keys that are numbers. `agree` raises WrongValue where what has been checked key by key
    does not go together.
    """

    noun: str
    options: Mapping[str, Option] = field(default_factory=dict)
    prefixed: Mapping[str, "Layout"] = field(default_factory=dict)
    named: Mapping[str, "Layout"] = field(default_factory=dict)
    each: "Layout | None" = None
    numbered: Option | None = None
    agree: Callable[[Message], None] = lambda _: None


def _need_one_of(section: Message, *keys: str) -> None:
    given = [key for key in keys if key in section]
    if len(given) != 1:
        what = " and ".join(given) or "none"
        raise WrongValue(f"exactly one of {', '.join(keys)} belongs here, there is {what}")


def _need(section: Message, *keys: str) -> None:
    for key in keys:
        if key not in section:
            raise WrongValue(f"{key} is missing")


# Where certificates come from: files and tokens that the daemon opens itself.

_SOURCES: dict[str, Option] = {
    "file": one(printable, "5.5.2"),
    "handle": one(hexadecimal, "5.5.2"),
    "slot": one(Quantity(2**32 - 2), "5.5.2"),  # the highest number is no slot at all to charon
    "module": one(printable, "5.5.2"),
}


def _agree_on_source(section: Message) -> None:
    """Refuse what charon ignores: slot and module are of a token."""
    for key in ("slot", "module"):
        if key in section and "handle" not in section:
            raise WrongValue(f"{key} goes with handle only")


def _agree_on_certificate(section: Message) -> None:
    _need_one_of(section, "file", "handle")
    _agree_on_source(section)


CERTIFICATE: Layout = Layout("a certificate's section", _SOURCES, agree=_agree_on_certificate)


# load-conn

ROUND: Layout = Layout(
    "a round of authentication (local, remote)",
    {
        "auth": one(method),
        "id": one(identity),
        "ca_id": one(identity, "5.8.2"),
        "aaa_id": one(identity),
        "eap_id": one(identity),
        "xauth_id": one(identity),
        "revocation": one(Words("strict ifuri relaxed")),
        "round": one(number, "5.4.0"),
        "groups": many(identity),
        "cert_policy": many(oid, "5.5.2"),
        "certs": many(octets),
        "cacerts": many(octets),
        "pubkeys": many(octets, "5.4.0"),
    },
    prefixed={"cert": CERTIFICATE, "cacert": CERTIFICATE},
)

CHILD: Layout = Layout(
    "a child",
    {
        "ah_proposals": many(proposal),
        "esp_proposals": many(proposal),
        "local_ts": many(selector),
        "remote_ts": many(selector),
        "updown": one(printable),
        "hostaccess": one(yes_no),
        "mode": one(
            Words("tunnel transport beet pass drop", transport_proxy="5.5.2", iptfs="6.0.2")
        ),
        "policies": one(yes_no, "5.3.3"),
        "policies_fwd_out": one(yes_no, "5.5.1"),
        "replay_window": one(Quantity(2**32 - 2)),  # the highest number is none given to charon
        "rekey_time": one(time64),
        "life_time": one(time64),
        "rand_time": one(time64),
        "rekey_bytes": one(volume),
        "life_bytes": one(volume),
        "rand_bytes": one(volume),
        "rekey_packets": one(count),
        "life_packets": one(count),
        "rand_packets": one(count),
        "dpd_action": one(Actions("none clear trap route start restart")),
        "start_action": one(Actions("none clear trap route start restart")),
        "close_action": one(Actions("none clear trap route start restart")),
        "ipcomp": one(yes_no),
        "inactivity": one(time32),
        "reqid": one(number),
        "mark_in": one(mark_or("%unique", "%unique-dir")),
        "mark_in_sa": one(yes_no, "5.6.1"),
        "mark_out": one(mark_or("%unique", "%unique-dir")),
        "set_mark_in": one(mark_or("%same"), "5.7.0"),
        "set_mark_out": one(mark_or("%same"), "5.7.0"),
        "tfc_padding": one(padding),
        "priority": one(number, "5.5.0"),
        "interface": one(printable, "5.5.0"),
        "hw_offload": one(Words("no yes auto", crypto="5.9.10", packet="5.9.10"), "5.5.3"),
        "sha256_96": one(yes_no, "5.5.3"),
        "copy_df": one(yes_no, "5.7.0"),
        "copy_ecn": one(yes_no, "5.7.0"),
        "copy_dscp": one(Words("no in out yes"), "5.7.0"),
        "icmp": one(yes_no, "6.0.5"),
        "if_id_in": one(interface_id, "5.8.0"),
        "if_id_out": one(interface_id, "5.8.0"),
        "label": one(text_up_to(511), "5.9.6"),
        "label_mode": one(Words("system simple selinux"), "5.9.6"),
        "per_cpu_sas": one(Words("yes true enabled 1 no false disabled 0 encap"), "6.0.2"),
    },
)

CHILDREN: Layout = Layout("the children", each=CHILD)


def _agree_on_mediation(section: Message) -> None:
    """Refuse mediated_by alone: charon takes the remote identity then, up to 5.9.10 by crashing."""
    if "mediated_by" in section:
        if section.get("mediation", "no").lower() in ("yes", "true", "enabled", "1"):
            raise WrongValue("mediation and mediated_by exclude each other")
        if "mediation_peer" not in section:
            raise WrongValue("mediated_by needs mediation_peer: without, charon 5.9.8 crashes")


CONNECTION: Layout = Layout(
    "a connection",
    {
        "local_addrs": many(hosts),
        "remote_addrs": many(hosts),
        "proposals": many(proposal),
        "vips": many(address),
        "pools": many(names),
        "version": one(Quantity(2, form="an IKE version: 1, 2 or 0 for both")),
        "aggressive": one(yes_no),
        "pull": one(yes_no),
        "dscp": one(binary_digits, "5.5.2"),
        "encap": one(yes_no),
        "mobike": one(yes_no),
        "dpd_delay": one(time32),
        "dpd_timeout": one(time32),
        "fragmentation": one(Words("yes no force", accept="5.5.3")),
        "childless": one(Words("allow force never", prefer="5.9.10"), "5.8.0"),
        "send_certreq": one(yes_no),
        "send_cert": one(Words("ifasked always never")),
        "ocsp": one(Words("reply request both never"), "5.9.14"),
        "keyingtries": one(number),
        "unique": one(Words("never no replace keep")),
        "local_port": one(port),
        "remote_port": one(port),
        "reauth_time": one(time32),
        "rekey_time": one(time32),
        "over_time": one(time32),
        "rand_time": one(time32),
        "ppk_id": one(identity, "5.7.0"),
        "ppk_required": one(yes_no, "5.7.0"),
        "if_id_in": one(interface_id, "5.8.0"),
        "if_id_out": one(interface_id, "5.8.0"),
        "mediation": one(yes_no, "5.5.2"),
        "mediated_by": one(printable, "5.5.2"),
        "mediation_peer": one(identity, "5.5.2"),
    },
    prefixed={"local": ROUND, "remote": ROUND},
    named={"children": CHILDREN},
    agree=_agree_on_mediation,
)


# load-pool

POOL: Layout = Layout(
    "a pool",
    {
        "addrs": one(pool_range),
        "address": many(attribute),
        "dns": many(attribute),
        "nbns": many(attribute),
        "dhcp": many(attribute),
        "netmask": many(attribute),
        "server": many(attribute),
        "subnet": many(attribute),
        "split_include": many(attribute),
        "split_exclude": many(attribute),
        "p_cscf": many(attribute, "6.0.3"),
    },
    numbered=many(numbered_attribute),
    agree=lambda section: _need(section, "addrs"),
)


# load-authority


def _agree_on_authority(section: Message) -> None:
    _need_one_of(section, "cacert", "file", "handle")
    _agree_on_source(section)


AUTHORITY: Layout = Layout(
    "an authority",
    {
        "cacert": one(octets),
        **_SOURCES,
        "cert_uri_base": one(printable),
        "crl_uris": many(printable),
        "ocsp_uris": many(printable),
    },
    agree=_agree_on_authority,
)


# load-cert, load-key, load-shared, load-token: charon ignores keys it does not know here.


def _agree_on_flag(section: Message) -> None:
    flag = section.get("flag", "NONE")
    if flag.upper() != "NONE" and section["type"].upper() != "X509":
        raise WrongValue(f"flag {flag} goes with type X509 only; charon would ignore it")


CERT: Layout = Layout(
    "load-cert",
    {
        "type": one(
            Words(
                "X509 X509_AC X509_CRL OCSP_REQUEST OCSP_RESPONSE PUBKEY PKCS10_REQUEST PGP ANY "
                "x509ca x509aa x509ocsp x509ac x509crl"
            )
        ),
        "flag": one(Words("NONE CA AA OCSP"), "5.4.0"),
        "data": one(octets),
    },
    agree=_agree_on_flag,
)

KEY: Layout = Layout(
    "load-key",
    {
        "type": one(Words("any rsa ecdsa dsa ed25519 ed448 bliss")),  # bliss up to 5.x
        "data": one(octets),
    },
)


def _agree_on_owners(section: Message) -> None:
    if "owners" in section and not section["owners"]:
        raise WrongValue("owners is an empty list, and the secret would be for everybody")


SHARED: Layout = Layout(
    "load-shared",
    {
        "id": one(printable, "5.5.2"),
        "type": one(Words("IKE EAP XAUTH", NTLM="5.5.2", PPK="5.7.0")),
        "data": one(octets),
        "owners": many(owner),
    },
    agree=_agree_on_owners,
)

TOKEN: Layout = Layout(
    "load-token",
    {
        "handle": one(hexadecimal),
        "slot": one(Quantity(2**31 - 1)),
        "module": one(printable),
        "pin": one(secret),
    },
)
