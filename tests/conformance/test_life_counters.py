"""What both gateways count of the messages that SAs cost."""

import pytest

from tests.conformance.lives import Life
from tests.conformance.sentences import MATCHED, TERMINATED, ended, ended_by_peer, refused
from tests.conformance.talks import to_nobody

pytestmark = pytest.mark.anyio

ASKED = ("out-req", "in-resp")
ANSWERED = ("in-req", "out-resp")


def exchanges(ways: tuple[str, str], **counts: int) -> dict[str, int]:
    """Return the counters of whole exchanges."""
    kinds = {kind.replace("_", "-"): count for kind, count in counts.items()}
    return {f"{kind}-{way}": count for kind, count in kinds.items() for way in ways}


async def test_initiate(life: Life) -> None:
    """The responder does not know yet for which connection the first messages are."""
    before = await life.sun.counted(None)
    await life.up()
    assert await life.moon.counted() == exchanges(ASKED, ike_init=1, ike_auth=1)
    assert await life.sun.counted() == {"ike-auth-out-resp": 1}
    after = await life.sun.counted(None)
    for key, count in exchanges(ANSWERED, ike_init=1, ike_auth=1).items():
        assert after[key] - before.get(key, 0) == count


async def test_rekey_and_terminate(life: Life) -> None:
    await life.up()
    assert await life.moon.ask("rekey", {"child": "net"}) == MATCHED
    await life.moon.told("child rekey *")
    await life.sun.told("child rekey *")
    assert await life.moon.ask("rekey", {"ike": "gw"}) == MATCHED
    await life.moon.told("rekey *")
    await life.sun.told("rekey *")
    await life.moon.lists("gw ESTABLISHED net=DELETED net=INSTALLED")
    assert await life.moon.ask("terminate", {"ike": "gw"}) == TERMINATED
    await life.moon.told(*ended())
    await life.sun.told(*ended_by_peer())
    rekeyed = {"ike-rekey-init": 1, "child-rekey": 1}
    counted = exchanges(ASKED, ike_init=1, ike_auth=1, create_child=2)
    assert without_info(await life.moon.counted(), ASKED) == counted | rekeyed
    rekeyed = {"ike-rekey-resp": 1, "child-rekey": 1, "ike-auth-out-resp": 1}
    counted = exchanges(ANSWERED, create_child=2)
    assert without_info(await life.sun.counted(), ANSWERED) == counted | rekeyed


def without_info(counted: dict[str, int], ways: tuple[str, str]) -> dict[str, int]:
    """Return the other counters; INFORMATIONAL is for other things than deleting, too."""
    assert all(counted.pop(f"info-{way}") >= 3 for way in ways)
    return counted


async def test_retransmissions_are_not_counted(life: Life) -> None:
    await life.moon.ask("load-conn", {"nobody": to_nobody()})
    whom = {"ike": "nobody", "child": "net", "timeout": 1200}
    late = refused("CHILD_SA 'net' not established after 1200ms")
    assert await life.moon.ask("initiate", whom) == late
    assert await life.moon.counted("nobody") == {"ike-init-out-req": 1}
