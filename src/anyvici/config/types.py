"""The keys of swanctl.conf for editors and type checkers, as load-conn and its like take them.

What is not said in a type is said in options.py and checked by check.py. A connection can have
more rounds of authentication than are written down here (any name that begins with local or
remote), and they can be in any dict: check_conn() takes every mapping.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeAlias, TypedDict

YesNo: TypeAlias = bool | str
"""yes, true, enabled or 1; no, false, disabled or 0."""

Number: TypeAlias = int | str
"""Decimal, or hex with 0x; a 0 in front would make it octal."""

Time: TypeAlias = int | timedelta | str
"""Seconds, or a number and one unit: 90s, 15m, 1h, 1d."""

Volume: TypeAlias = int | str
"""Octets, or a number and one unit: 512k, 100m, 2g."""

Texts: TypeAlias = list[str] | tuple[str, ...]

Blobs: TypeAlias = list[bytes] | list[str] | tuple[bytes | str, ...]
"""The content of files, PEM or DER, never their names."""

Action: TypeAlias = Literal[
    "none", "clear", "trap", "route", "start", "restart", "trap|start", "start|trap"
]


class CertConfig(TypedDict, total=False):
    """A section cert... or cacert...: a file, or a certificate on a token."""

    file: str
    handle: str
    slot: Number
    module: str


_NumberedCerts = TypedDict(
    "_NumberedCerts",
    {
        "cert-1": CertConfig,
        "cert-2": CertConfig,
        "cacert-1": CertConfig,
        "cacert-2": CertConfig,
    },
    total=False,
)


class AuthConfig(_NumberedCerts, total=False):
    """A section local... or remote...: one round of authentication."""

    auth: str
    id: str
    ca_id: str
    aaa_id: str
    eap_id: str
    xauth_id: str
    revocation: Literal["strict", "ifuri", "relaxed"]
    round: Number
    groups: Texts
    cert_policy: Texts
    certs: Blobs
    cacerts: Blobs
    pubkeys: Blobs
    cert: CertConfig
    cacert: CertConfig


class ChildSaConfig(TypedDict, total=False):
    """A section in children."""

    ah_proposals: Texts
    esp_proposals: Texts
    local_ts: Texts
    remote_ts: Texts
    updown: str
    hostaccess: YesNo
    mode: Literal["tunnel", "transport", "transport_proxy", "beet", "pass", "drop", "iptfs"]
    policies: YesNo
    policies_fwd_out: YesNo
    replay_window: Number
    rekey_time: Time
    life_time: Time
    rand_time: Time
    rekey_bytes: Volume
    life_bytes: Volume
    rand_bytes: Volume
    rekey_packets: Number
    life_packets: Number
    rand_packets: Number
    dpd_action: Action
    start_action: Action
    close_action: Action
    ipcomp: YesNo
    inactivity: Time
    reqid: Number
    mark_in: Number
    mark_in_sa: YesNo
    mark_out: Number
    set_mark_in: Number
    set_mark_out: Number
    tfc_padding: Number
    priority: Number
    interface: str
    hw_offload: bool | Literal["no", "yes", "auto", "crypto", "packet"]
    sha256_96: YesNo
    copy_df: YesNo
    copy_ecn: YesNo
    copy_dscp: bool | Literal["no", "in", "out", "yes"]
    icmp: YesNo
    if_id_in: Number
    if_id_out: Number
    label: str
    label_mode: Literal["system", "simple", "selinux"]
    per_cpu_sas: YesNo


_NumberedRounds = TypedDict(
    "_NumberedRounds",
    {
        "local-1": AuthConfig,
        "local-2": AuthConfig,
        "remote-1": AuthConfig,
        "remote-2": AuthConfig,
    },
    total=False,
)


class ConnConfig(_NumberedRounds, total=False):
    """A connection: what stands under connections.<name> in swanctl.conf."""

    local_addrs: Texts
    remote_addrs: Texts
    proposals: Texts
    vips: Texts
    pools: Texts
    version: Literal[0, 1, 2, "0", "1", "2"]
    aggressive: YesNo
    pull: YesNo
    dscp: str
    encap: YesNo
    mobike: YesNo
    dpd_delay: Time
    dpd_timeout: Time
    fragmentation: bool | Literal["yes", "accept", "no", "force"]
    childless: Literal["allow", "prefer", "force", "never"]
    send_certreq: YesNo
    send_cert: Literal["ifasked", "always", "never"]
    ocsp: Literal["reply", "request", "both", "never"]
    keyingtries: Number
    unique: Literal[False, "never", "no", "replace", "keep"]
    local_port: Number
    remote_port: Number
    reauth_time: Time
    rekey_time: Time
    over_time: Time
    rand_time: Time
    ppk_id: str
    ppk_required: YesNo
    if_id_in: Number
    if_id_out: Number
    mediation: YesNo
    mediated_by: str
    mediation_peer: str
    local: AuthConfig
    local1: AuthConfig
    local2: AuthConfig
    remote: AuthConfig
    remote1: AuthConfig
    remote2: AuthConfig
    children: Mapping[str, ChildSaConfig]


class PoolConfig(TypedDict, total=False):
    """An address pool: what stands under pools.<name>; attributes can also have numbers as keys."""

    addrs: str
    address: Texts
    dns: Texts
    nbns: Texts
    dhcp: Texts
    netmask: Texts
    server: Texts
    subnet: Texts
    split_include: Texts
    split_exclude: Texts
    p_cscf: Texts


class AuthorityConfig(TypedDict, total=False):
    """A certification authority; `cacert` is the content of a file, PEM or DER."""

    cacert: bytes | str
    file: str
    handle: str
    slot: Number
    module: str
    cert_uri_base: str
    crl_uris: Texts
    ocsp_uris: Texts
