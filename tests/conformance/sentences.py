"""Replies and events that tests expect; an event is one short sentence.

child down gw ESTABLISHED active=CHILD_DELETE net=DELETED
"""

from collections.abc import Sequence

from anyvici import Event, Message

YES = {"success": "yes"}
MATCHED = YES | {"matches": "1"}
TERMINATED = MATCHED | {"terminated": "1"}
NOT_TERMINATED = {
    "success": "no",
    "matches": "1",
    "terminated": "0",
    "errmsg": "terminating SA failed",
}
AUTHENTICATING = "IKE_CERT_PRE,IKE_AUTH,IKE_CERT_POST"
SETTLING = "IKE_AUTH_LIFETIME,IKE_MOBIKE,IKE_ESTABLISH"
INITIATING = f"IKE_NATD,{AUTHENTICATING},IKE_CONFIG,{SETTLING}"
ANSWERING = f"{AUTHENTICATING},IKE_CONFIG,IKE_MOBIKE,IKE_ESTABLISH,IKE_AUTH_LIFETIME,CHILD_CREATE"


def refused(errmsg: str, **counts: str) -> Message:
    """Return the reply that tells why not."""
    return {"success": "no", **counts, "errmsg": errmsg}


def failed(child: str = "net") -> Message:
    """Return the reply to an initiate that came to nothing."""
    return refused(f"establishing CHILD_SA '{child}' failed")


def connecting() -> str:
    """Return what the responder tells before it knows who that is."""
    return f"update (unnamed) CONNECTING passive={ANSWERING}"


def initiated(name: str = "gw", child: str = "net") -> Sequence[str]:
    """Return what the initiator tells."""
    return (
        f"ike up {name} ESTABLISHED active=IKE_ESTABLISH,CHILD_CREATE",
        f"child up {name} ESTABLISHED active=CHILD_CREATE {child}=INSTALLED",
    )


def answered(name: str = "gw", child: str = "net") -> Sequence[str]:
    """Return what the responder tells."""
    return (
        connecting(),
        f"ike up {name} ESTABLISHED passive=IKE_ESTABLISH,IKE_AUTH_LIFETIME,CHILD_CREATE",
        f"child up {name} ESTABLISHED passive=CHILD_CREATE {child}=INSTALLED",
    )


def ended(name: str = "gw", *children: str, tasks: str = "active=IKE_DELETE") -> Sequence[str]:
    """Return what is told when an IKE_SA is ended."""
    gone = children or ("net",)
    down = [f"child down {name} DELETING {tasks} {child}=INSTALLED" for child in gone]
    return (f"ike down {name} DELETING {tasks}", *down)


def ended_by_peer(name: str = "gw", *children: str) -> Sequence[str]:
    """Return what is told when an IKE_SA is ended by the peer."""
    return ended(name, *children, tasks="passive=IKE_DELETE")


def sentence(event: Event) -> str:
    """Return what an event tells, in short."""
    kind, _, rest = event.name.partition("-")
    name, section = _section(event)
    if event.name == "ike-rekey":
        return f"rekey {name} {_state(section['old'])} > {_state(section['new'])}"
    if rest == "updown":
        kind += " up" if event.message.get("up") == "yes" else " down"
    elif rest == "rekey":
        kind += " rekey"
    else:
        kind = "update"
    return " ".join([kind, name, _state(section), *_children(section)])


def _state(ike_sa: Message) -> str:
    tasks = {kind: ike_sa.get(f"tasks-{kind}", []) for kind in ("queued", "active", "passive")}
    # Some time after its start a real charon looks at its addresses, whatever else goes on.
    tasks["queued"] = [name for name in tasks["queued"] if name != "IKE_MOBIKE"]
    if tasks["passive"] and tasks["active"] == ["IKE_MOBIKE"]:
        tasks["active"] = []
    shown = [f"{kind}={','.join(names)}" for kind, names in tasks.items() if names]
    return " ".join([ike_sa["state"], *shown])


def _children(ike_sa: Message) -> list[str]:
    shown = []
    for child in ike_sa.get("child-sas", {}).items():
        name, section = child
        if "old" in section:
            shown.append(f"{name}={section['old']['state']}>{section['new']['state']}")
        else:
            shown.append(f"{section['name']}={section['state']}")
    return shown


def listed(ike_sa: Message) -> str:
    """Return what list-sas tells of an IKE_SA, in short."""
    return " ".join([ike_sa["name"], ike_sa["state"], *_children(ike_sa)])


def about(event: Event) -> str:
    """Return the name of the IKE_SA that an event is about."""
    return _section(event)[0]


def _section(event: Event) -> tuple[str, Message]:
    return next((key, value) for key, value in event.message.items() if isinstance(value, dict))
