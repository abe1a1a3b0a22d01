"""Every key of every answer and event of strongSwan 5.2.0 to 6.0.6, and what it is.

Taken from the C source of the vici plugin, not from the models: a key that is forgotten there
shows here. A key is text unless `=` says what else, and may be absent if `?` says so. Lists may be
absent everywhere. Of a section only its own keys are listed.
"""

from typing import NamedTuple

from anyvici.models.connections import AuthRound, ChildConfig, ConnectionConfig, Policy
from anyvici.models.conversion import Model
from anyvici.models.credentials import Authority, Certificate
from anyvici.models.daemon import (
    Algorithms,
    Counters,
    Heap,
    IkeSaCounts,
    Mallinfo,
    Memory,
    Priorities,
    Stats,
    Uptime,
    Version,
    Workers,
)
from anyvici.models.events import (
    Alert,
    ChildRekey,
    ChildUpDown,
    ControlLog,
    IkeRekey,
    IkeUpdate,
    IkeUpDown,
    Log,
)
from anyvici.models.pools import Lease, Pool
from anyvici.models.results import InitiateResult, RedirectResult, RekeyResult, TerminateResult
from anyvici.models.sas import ChildSa, IkeSa

TABLE: dict[type[Model], str] = {
    Version: "daemon version sysname release machine",
    Stats: """
        uptime=section workers=section queues=section scheduled=int ikesas=section plugins=list
        mem?=section mallinfo?=section
    """,
    Uptime: "running since",
    Workers: "total=int idle=int active=section",
    Priorities: "critical=int high=int medium=int low=int",
    IkeSaCounts: "total=int half-open=int",
    Memory: "total=int allocs=int",
    Heap: "total=int allocs=int",
    Mallinfo: "sbrk=int mmap=int used=int free=int",
    InitiateResult: "",
    TerminateResult: "matches=int terminated=int",
    RekeyResult: "matches=int",
    RedirectResult: "matches?=int",
    IkeSa: """
        uniqueid=int version=int state local-host local-port?=int local-id remote-host
        remote-port?=int remote-id remote-xauth-id? remote-eap-id? initiator=flag initiator-spi
        responder-spi nat-local=flag nat-remote=flag nat-fake=flag nat-any=flag if-id-in?
        if-id-out? encr-alg? encr-keysize?=int integ-alg? integ-keysize?=int prf-alg? dh-group?
        ake1? ake2? ake3? ake4? ake5? ake6? ake7? ppk=flag established?=int rekey-time?=int
        reauth-time?=int local-vips=list remote-vips=list tasks-queued=list tasks-active=list
        tasks-passive=list
    """,
    ChildSa: """
        name? uniqueid?=int reqid=int state mode label? protocol? encap=flag spi-in? spi-out?
        cpi-in? cpi-out? mark-in? mark-mask-in? mark-out? mark-mask-out? if-id-in? if-id-out?
        per-cpu-sas=flag cpu?=int encr-alg? encr-keysize?=int integ-alg? integ-keysize?=int
        prf-alg? dh-group? ake1? ake2? ake3? ake4? ake5? ake6? ake7? esn?=int bytes-in?=int
        packets-in?=int use-in?=int bytes-out?=int packets-out?=int use-out?=int rekey-time?=int
        life-time?=int install-time?=int local-ts=list remote-ts=list
    """,
    Policy: "child? reqid?=int ike? mode label? local-ts=list remote-ts=list",
    ConnectionConfig: """
        local_addrs=list remote_addrs=list local_port?=int remote_port?=int version
        reauth_time?=int rekey_time?=int unique? dpd_delay?=int dpd_timeout?=int ppk_id?
        ppk_required=flag
    """,
    AuthRound: """
        class? eap-type? eap-vendor?=int xauth? revocation? id? ca_id? aaa_id? eap_id? xauth_id?
        groups=list cert_policy=list certs=list cacerts=list
    """,
    ChildConfig: """
        mode label? rekey_time?=int rekey_bytes?=int rekey_packets?=int dpd_action? close_action?
        local-ts=list remote-ts=list interface? priority?=int
    """,
    Certificate: "type flag? has_privkey=flag data=octets subject? not-before? not-after?",
    Authority: "cacert crl_uris=list ocsp_uris=list cert_uri_base?",
    Pool: "base size=int online=int offline=int",
    Lease: "address identity status",
    Algorithms: """
        encryption=plugins integrity=plugins aead=plugins hasher=plugins prf=plugins xof=plugins
        kdf=plugins drbg=plugins ke=plugins rng=plugins nonce-gen=plugins
    """,
    Counters: """
        ike-rekey-init=count ike-rekey-resp=count child-rekey=count invalid=count
        invalid-spi=count ike-init-in-req=count ike-init-in-resp=count ike-init-out-req=count
        ike-init-out-resp=count ike-auth-in-req=count ike-auth-in-resp=count
        ike-auth-out-req=count ike-auth-out-resp=count create-child-in-req=count
        create-child-in-resp=count create-child-out-req=count create-child-out-resp=count
        info-in-req=count info-in-resp=count info-out-req=count info-out-resp=count
    """,
    IkeUpDown: "up=flag",
    ChildUpDown: "up=flag",
    IkeRekey: "",
    ChildRekey: "",
    IkeUpdate: "local-host local-port=int remote-host remote-port=int",
    Log: "group level=int thread=int ikesa-name? ikesa-uniqueid?=int msg",
    ControlLog: "group level=int ikesa-name? ikesa-uniqueid?=int msg",
    Alert: "type",
}

# What the models make of the sections inside: attributes that are no key, or one of other content.
MADE: dict[type[Model], str] = {
    Memory: "heaps",
    IkeSa: "child-sas",
    ConnectionConfig: "local remote children",
    Pool: "leases",
    IkeUpDown: "ike-sa",
    ChildUpDown: "ike-sa",
    IkeRekey: "old new",
    ChildRekey: "ike-sa old new",
    IkeUpdate: "ike-sa",
    Alert: "ike-sa",
}

# Which class is told by which command or event. What is not here answers success, names or an id.
TOLD_BY: dict[str, type[Model]] = {
    "version": Version,
    "stats": Stats,
    "initiate": InitiateResult,
    "terminate": TerminateResult,
    "rekey": RekeyResult,
    "redirect": RedirectResult,
    "get-pools": Pool,
    "get-algorithms": Algorithms,
    "get-counters": Counters,
    "list-sa": IkeSa,
    "list-policy": Policy,
    "list-conn": ConnectionConfig,
    "list-cert": Certificate,
    "list-authority": Authority,
    "ike-updown": IkeUpDown,
    "child-updown": ChildUpDown,
    "ike-rekey": IkeRekey,
    "child-rekey": ChildRekey,
    "ike-update": IkeUpdate,
    "log": Log,
    "control-log": ControlLog,
    "alert": Alert,
}

OTHER_COMMANDS = [
    "clear-creds",
    "flush-certs",
    "get-authorities",
    "get-conns",
    "get-keys",
    "get-shared",
    "install",
    "list-authorities",
    "list-certs",
    "list-conns",
    "list-policies",
    "list-sas",
    "load-authority",
    "load-cert",
    "load-conn",
    "load-key",
    "load-pool",
    "load-shared",
    "load-token",
    "reload-settings",
    "reset-counters",
    "uninstall",
    "unload-authority",
    "unload-conn",
    "unload-key",
    "unload-pool",
    "unload-shared",
]


class Key(NamedTuple):
    """One key: its name on the wire, what it is, and whether it may be absent."""

    name: str
    kind: str
    optional: bool


def keys(model: type[Model]) -> list[Key]:
    """Return the keys of a class, from the table."""
    return [_key(word) for word in TABLE[model].split()]


def _key(word: str) -> Key:
    name, _, kind = word.partition("=")
    optional = name.endswith("?") or kind in ("flag", "list", "plugins", "count")
    return Key(name.removesuffix("?"), kind or "text", optional)
