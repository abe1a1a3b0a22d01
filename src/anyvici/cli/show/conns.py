"""Connections: what holds for all of one, its rounds of authentication, its children."""

from collections.abc import Iterator

from anyvici import (
    AuthRound,
    ChildAction,
    ChildConfig,
    ConnectionConfig,
    IkeVersion,
    Mode,
    UniquePolicy,
)
from anyvici.cli.output import Output
from anyvici.cli.show.details import Details, Facts
from anyvici.cli.text import joined, safe
from anyvici.cli.units import counted, duration, octets


class ConnLines:
    """Makes lines of connections."""

    def __init__(self, output: Output) -> None:
        self._details = Details(output, title=11)
        self._paint = output.paint

    def of(self, conn: ConnectionConfig) -> str:
        """Return the lines of one connection."""
        return "\n".join(self._lines(conn))

    def _lines(self, conn: ConnectionConfig) -> Iterator[str]:
        yield f"{self._paint(safe(conn.name), 'bold')}  {safe(conn_words(conn))}"
        yield from self._details.lines(conn_facts(conn))
        for side, rounds in (("local", conn.local), ("remote", conn.remote)):
            for each in rounds:
                yield f"  {side} {safe(auth_class(each))} authentication"
                yield from self._details.lines(round_facts(each), 4)
        for child in conn.children:
            yield f"  {self._paint(safe(child.name), 'bold')}  {safe(child_words(child))}"
            yield from self._details.lines(child_facts(child), 4)


def conn_words(conn: ConnectionConfig) -> str:
    """Return in short what holds for a connection."""
    reauth_time = conn.reauth_time
    if conn.version == IkeVersion.IKEV1:  # which has no other rekeying
        reauth_time = reauth_time or conn.rekey_time
    return joined(
        conn.version,
        _every("reauthentication", reauth_time),
        conn.version != IkeVersion.IKEV1 and _every("rekeying", conn.rekey_time),
        conn.dpd_delay and f"dpd delay {duration(conn.dpd_delay)}",
        conn.dpd_timeout and f"dpd timeout {duration(conn.dpd_timeout)}",
        conn.unique and f"unique {_unique(conn.unique)}",
        by=", ",
    )


def conn_facts(conn: ConnectionConfig) -> Facts:
    """Return the addresses of a connection, and its PPK."""
    ppk = conn.ppk_id is not None or conn.ppk_required
    return {
        "local": _addresses(conn.local_addrs, conn.local_port),
        "remote": _addresses(conn.remote_addrs, conn.remote_port),
        "ppk": joined(conn.ppk_id, "required" if conn.ppk_required else "not required", by=", ")
        if ppk
        else "",
    }


def auth_class(each: AuthRound) -> str:
    """Return how a side authenticates: public key, EAP_MD5."""
    if each.eap_type:
        return joined(each.eap_type, each.eap_vendor and f"of vendor {each.eap_vendor}")
    return joined(each.class_ or "unspecified", each.xauth)


def round_facts(each: AuthRound) -> Facts:
    """Return what else is known of a round of authentication."""
    return {
        "id": each.id,
        "ca_id": each.ca_id,
        "eap_id": each.eap_id,
        "xauth_id": each.xauth_id,
        "aaa_id": each.aaa_id,
        "revocation": each.revocation,
        "groups": ", ".join(each.groups),
        "cert_policy": ", ".join(each.cert_policy),
        "certs": "; ".join(each.certs),
        "cacerts": "; ".join(each.cacerts),
    }


def child_words(child: ChildConfig) -> str:
    """Return in short what holds for a child."""
    return joined(
        child.mode,
        _rekeying(child),
        _is_done(child.dpd_action) and f"dpd action {child.dpd_action}",
        _is_done(child.close_action) and f"close action {child.close_action}",
        by=", ",
    )


def child_facts(child: ChildConfig) -> Facts:
    """Return what else is known of a child."""
    return {
        "label": child.label,
        "local": " ".join(child.local_ts),
        "remote": " ".join(child.remote_ts),
        "interface": child.interface,
        "priority": "" if child.priority is None else str(child.priority),
    }


def _every(what: str, seconds: int | None) -> str:
    """Return how often something is done; nothing if an old daemon does not tell."""
    if seconds is None:
        return ""
    return f"{what} every {duration(seconds)}" if seconds else f"no {what}"


def _rekeying(child: ChildConfig) -> str:
    limits = joined(
        child.rekey_time and duration(child.rekey_time),
        child.rekey_bytes and octets(child.rekey_bytes),
        child.rekey_packets and counted(child.rekey_packets, "packet"),
        by=" or ",
    )
    if child.rekey_time is None or child.mode in (Mode.PASS, Mode.DROP):
        return ""
    return f"rekeying every {limits}" if limits else "no rekeying"


def _is_done(action: ChildAction | None) -> bool:
    return action is not None and action != ChildAction.NONE


def _unique(unique: UniquePolicy) -> str:
    return unique.removeprefix("UNIQUE_").lower()


def _addresses(addresses: list[str], port: int | None) -> str:
    return joined(" ".join(addresses), port is not None and f"port {port}")
