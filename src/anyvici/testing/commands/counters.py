"""get-counters, reset-counters."""

from collections.abc import Callable

from anyvici.testing.gateway import Gateway
from anyvici.testing.replies import Refused
from anyvici.testing.requests import Request
from anyvici.wire.message import Message


def get_counters(gateway: Gateway, request: Request) -> Message:
    """Answer get-counters."""
    counters = gateway.counters
    if request.flag("all"):
        return {
            "counters": {name: counters.of(name) for name in counters.named()},
            "success": "yes",
        }
    name = request.text("name")
    found = counters.of(name)
    if found is None:
        refused = Refused("no counters found for this connection")
        refused.reply = {"counters": {}, **refused.reply}
        raise refused
    return {"counters": {name or "": found}, "success": "yes"}


def reset_counters(gateway: Gateway, request: Request) -> Message:
    """Answer reset-counters: nobody to forget is no failure."""
    if request.flag("all"):
        gateway.counters.reset_named()
    else:
        gateway.counters.reset(request.text("name"))
    return {"success": "yes"}


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {
    "get-counters": get_counters,
    "reset-counters": reset_counters,
}
