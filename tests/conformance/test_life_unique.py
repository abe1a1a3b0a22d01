"""A second IKE_SA of the same peer: what becomes of the first."""

import anyio
import pytest

from tests.conformance.lives import Life
from tests.conformance.sentences import (
    ANSWERING,
    AUTHENTICATING,
    SETTLING,
    YES,
    answered,
    connecting,
    ended,
    ended_by_peer,
    failed,
    initiated,
)

pytestmark = pytest.mark.anyio

UP = "gw ESTABLISHED net=INSTALLED"
TWIN_UP = "twin ESTABLISHED net=INSTALLED"
TWIN = {"ike": "twin", "child": "net"}
OTHER = "10.99.0.3"


async def up_from_elsewhere(life: Life, unique: str) -> None:
    """Bring gw up; a twin of it is loaded that comes from another address of moon."""
    await life.gateways.add_address("moon", OTHER)
    await life.sun.load(unique=unique, remote_addrs=["%any"])
    await life.moon.load_twin(local_addrs=[OTHER])
    await life.up()


async def test_the_first_is_replaced(life: Life) -> None:
    await up_from_elsewhere(life, "replace")
    assert await life.moon.ask("initiate", TWIN) == YES
    await life.moon.told_of_two(initiated("twin"), ended_by_peer())
    await life.sun.told_of_two(answered(), ended())
    await life.moon.lists(TWIN_UP)
    await life.sun.lists(UP)


async def test_the_first_is_kept(life: Life) -> None:
    await up_from_elsewhere(life, "keep")
    assert await life.moon.ask("initiate", TWIN) == failed()
    lost = f"active={AUTHENTICATING},{SETTLING},CHILD_CREATE"
    await life.moon.told(f"ike down twin CONNECTING {lost}")
    rest = ANSWERING.removeprefix("IKE_CERT_PRE,")
    await life.sun.told(connecting(), f"ike down gw CONNECTING passive={rest}")
    for gateway in (life.moon, life.sun):
        await gateway.lists(UP)


@pytest.mark.parametrize("unique", ["no", "never"])
async def test_both_stay(life: Life, unique: str) -> None:
    await up_from_elsewhere(life, unique)
    assert await life.moon.ask("initiate", TWIN) == YES
    await life.moon.told(*initiated("twin"))
    await life.sun.told(*answered())
    await life.moon.lists(UP, TWIN_UP)
    await life.sun.lists(UP, UP)


@pytest.mark.parametrize("unique", ["no", "never", "keep"])
async def test_both_stay_if_they_have_one_address(life: Life, unique: str) -> None:
    """It may be the beginning of a reauthentication."""
    await life.sun.load(unique=unique)
    await life.moon.load_twin()
    await life.up()
    assert await life.moon.ask("initiate", TWIN) == YES
    await life.moon.told(*initiated("twin"))
    await life.sun.told(*answered())
    await life.moon.lists(UP, TWIN_UP)
    await life.sun.lists(UP, UP)


@pytest.mark.parametrize("anyio_backend", ["trio"])  # it takes 10 seconds
async def test_the_first_is_replaced_later_if_they_have_one_address(life: Life) -> None:
    await life.sun.load(unique="replace")
    await life.moon.load_twin()
    await life.up()
    begun = anyio.current_time()
    assert await life.moon.ask("initiate", TWIN) == YES
    await life.moon.told(*initiated("twin"), *ended_by_peer())
    await life.sun.told(*answered(), *ended())
    assert 9.5 < anyio.current_time() - begun < 11
    await life.moon.lists(TWIN_UP)
    await life.sun.lists(UP)
