"""Counters of IKE messages, of all connections together and of each."""

from collections import Counter

from anyvici.wire.message import Message

_EXCHANGES = ("ike-init", "ike-auth", "create-child", "info")
_WAYS = ("in-req", "in-resp", "out-req", "out-resp")
NAMES = (
    *("ike-rekey-init", "ike-rekey-resp", "child-rekey", "invalid", "invalid-spi"),
    *(f"{exchange}-{way}" for exchange in _EXCHANGES for way in _WAYS),
)


class Counters:
    """What was counted, in all and by the names of connections."""

    def __init__(self) -> None:
        self._total: Counter[str] = Counter()
        self._named: dict[str, Counter[str]] = {}

    def count(self, name: str, connection: str | None) -> None:
        """Count one; of an IKE_SA that has no connection yet it counts in all only."""
        assert name in NAMES
        self._total[name] += 1
        if connection is not None:
            self._named.setdefault(connection, Counter())[name] += 1

    def named(self) -> list[str]:
        """Return the connections of which something was counted."""
        return sorted(self._named)

    def of(self, connection: str | None) -> Message | None:
        """Return all counters of a connection, or those of all together."""
        counter = self._total if connection is None else self._named.get(connection)
        return None if counter is None else {name: str(counter[name]) for name in NAMES}

    def reset(self, connection: str | None) -> None:
        """Forget a connection, or begin to count all together anew."""
        if connection is None:
            self._total.clear()
        else:
            self._named.pop(connection, None)

    def reset_named(self) -> None:
        """Forget all connections; what was counted in all stays."""
        self._named.clear()
