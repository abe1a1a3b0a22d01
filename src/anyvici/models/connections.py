"""Connections and policies, as list-conns and list-policies tell of them."""

import re
from typing import Self

from anyvici.models.conversion import Named, NamedMessage, field, read
from anyvici.models.enums import (
    AuthClass,
    CertificateValidation,
    ChildAction,
    IkeVersion,
    Mode,
    UniquePolicy,
)
from anyvici.models.sections import Sections, first, repeated, subsections
from anyvici.wire.message import Message, outline


class AuthRound(
    Named,
    frozen=True,
    kw_only=True,
    rename={"class_": "class", "eap_type": "eap-type", "eap_vendor": "eap-vendor"},
):
    """One round of authentication of one side; `name` is local-1, remote-1 and so on."""

    class_: AuthClass | None = None
    """How this side authenticates."""
    eap_type: str | None = None
    """The EAP method: EAP_MD5."""
    eap_vendor: int | None = None
    """The vendor's number, of an EAP method of a vendor's own."""
    xauth: str | None = None
    """The backend of XAuth."""
    revocation: CertificateValidation | None = None
    """How well revocation is checked, if it is."""
    id: str | None = None
    """The identity."""
    ca_id: str | None = None
    """An identity that a CA in the chain must have (5.8.2)."""
    aaa_id: str | None = None
    """The identity of the AAA server."""
    eap_id: str | None = None
    """The EAP identity."""
    xauth_id: str | None = None
    """The XAuth user."""
    groups: list[str] = field(default_factory=list)
    """Groups, one of which the peer must be in."""
    cert_policy: list[str] = field(default_factory=list)
    """OIDs of certificate policies that are required (5.7.0)."""
    certs: list[str] = field(default_factory=list)
    """The subjects of certificates, and raw public keys."""
    cacerts: list[str] = field(default_factory=list)
    """The subjects of CA certificates."""


class ChildConfig(
    Named,
    frozen=True,
    kw_only=True,
    rename={"local_ts": "local-ts", "remote_ts": "remote-ts"},
):
    """The configuration of a CHILD_SA, of a trap or of a pass or drop policy."""

    mode: Mode
    label: str | None = None
    """The security label, in hex (5.9.6)."""
    rekey_time: int | None = None
    """Seconds until rekeying, 0 for never (5.5.0)."""
    rekey_bytes: int | None = None
    """Octets until rekeying, 0 for never (5.5.0)."""
    rekey_packets: int | None = None
    """Packets until rekeying, 0 for never (5.5.0)."""
    dpd_action: ChildAction | None = None
    """What is done when the peer is dead (5.6.2)."""
    close_action: ChildAction | None = None
    """What is done when the peer closes it (5.6.2)."""
    local_ts: list[str] = field(default_factory=list)
    """The traffic selectors of this side; "dynamic" stands for its address."""
    remote_ts: list[str] = field(default_factory=list)
    """The traffic selectors of the peer; "dynamic" stands for its address."""
    interface: str | None = None
    """The network interface policies are restricted to (5.5.0)."""
    priority: int | None = None
    """The priority of the policies; absent if the daemon reckons it (5.5.0)."""


class ConnectionConfig(NamedMessage, frozen=True, kw_only=True):
    """A connection that the daemon has, from VICI or elsewhere.

    The daemon prints other words than load-conn takes, and not all that can be configured.
    """

    local_addrs: list[str] = field(default_factory=list)
    """Addresses, ranges or names of this side, as configured."""
    remote_addrs: list[str] = field(default_factory=list)
    """Addresses, ranges or names of the peer, as configured."""
    local_port: int | None = None
    """The UDP port of this side (6.0.3)."""
    remote_port: int | None = None
    """The UDP port of the peer (6.0.3)."""
    version: IkeVersion
    reauth_time: int | None = None
    """Seconds until reauthentication, 0 for never (5.5.0)."""
    rekey_time: int | None = None
    """Seconds until rekeying, 0 for never (5.5.0)."""
    unique: UniquePolicy | None = None
    """What happens to the IKE_SAs a peer already has (5.5.2)."""
    dpd_delay: int | None = None
    """Seconds of silence until the peer is asked whether it lives; absent for never (5.6.2)."""
    dpd_timeout: int | None = None
    """Seconds until a peer counts as dead, IKEv1 only; absent for the default (5.6.2)."""
    ppk_id: str | None = None
    """The identity of the post-quantum preshared key (5.7.0)."""
    ppk_required: bool = False
    """Whether such a key is required (5.7.0)."""
    local: list[AuthRound] = field(default_factory=list)
    """How this side authenticates, round by round."""
    remote: list[AuthRound] = field(default_factory=list)
    """How the peer must authenticate, round by round."""
    children: list[ChildConfig] = field(default_factory=list)
    """Its CHILD_SAs; several may have the same name."""

    @classmethod
    def from_section(cls, name: str, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else."""
        children = subsections(cls, section, "children")
        return cls._of(name, section, list(section.items()), children)

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Return what a message tells.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        twins: list[str] = []
        _, sections = outline(octets, twins)
        name, section = first(cls, sections)
        if not twins:
            return cls.from_section(name, section)
        # Not all is in the dict: of children of one name charon 5.9.8 keeps both.
        return cls._of(name, section, repeated(octets), repeated(octets, "children"))

    @classmethod
    def _of(cls, name: str, section: Message, inner: Sections, children: Sections) -> Self:
        rounds = [each for each in inner if each[0].startswith(("local", "remote"))]
        known = {
            "name": name,
            "local": _rounds(_LOCAL, rounds),
            "remote": _rounds(_REMOTE, rounds),
            "children": [ChildConfig.from_section(*child) for child in children],
        }
        return read(cls, section, known)


_LOCAL = re.compile("local(-[0-9]+)?")  # without a number before 5.3.0
_REMOTE = re.compile("remote(-[0-9]+)?")


def _rounds(title: re.Pattern[str], sections: Sections) -> list[AuthRound]:
    return [AuthRound.from_section(*each) for each in sections if title.fullmatch(each[0])]


class Policy(NamedMessage, frozen=True, kw_only=True, rename="kebab"):
    """A policy that is installed: a trap, or one that lets traffic pass or drops it.

    `name` is ike/child, or child alone for a pass or drop policy of no connection.
    """

    child: str
    """The name of the CHILD_SA's configuration."""
    reqid: int | None = None
    """The number that ties a trap to its SAs in the kernel (6.0.2)."""
    ike: str | None = None
    """The name of the connection (5.5.2)."""
    mode: Mode
    """PASS, DROP, or the mode of the CHILD_SA that a trap brings up."""
    label: str | None = None
    """The security label, in hex (5.9.6)."""
    local_ts: list[str] = field(default_factory=list)
    """The traffic selectors of this side."""
    remote_ts: list[str] = field(default_factory=list)
    """The traffic selectors of the peer."""

    @classmethod
    def from_section(cls, name: str, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else.

        Before 5.5.2 the name of the CHILD_SA is the name of the section.
        """
        return read(cls, {"child": name} | section, {"name": name}, raw=section)
