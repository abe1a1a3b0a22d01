"""The commands and events that there are."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from anyvici.testing.commands import (
    algorithms,
    authorities,
    certificates,
    connections,
    control,
    counters,
    credentials,
    daemon,
    pools,
    queries,
)
from anyvici.testing.gateway import Gateway
from anyvici.testing.requests import Request
from anyvici.wire.message import Message

Handler: TypeAlias = Callable[[Gateway, Request], Message | Awaitable[Message]]

_MODULES = (
    *(algorithms, authorities, certificates, connections, control),
    *(counters, credentials, daemon, pools, queries),
)
COMMANDS: Mapping[str, Handler] = {
    name: handler for module in _MODULES for name, handler in module.COMMANDS.items()
}

# They have a timeout of their own, and what delays them counts.
BOUNDED = frozenset({"initiate", "terminate"})

# Since which version; every version that is simulated has the commands, and most events.
EVENTS: Mapping[str, tuple[int, int, int]] = dict.fromkeys(
    [
        *("list-sa", "list-policy", "list-conn", "list-cert", "list-authority"),
        *("ike-updown", "child-updown", "ike-rekey", "child-rekey"),
        *("log", "control-log"),
    ],
    (5, 3, 3),
) | {"ike-update": (5, 9, 2), "alert": (6, 0, 3)}
