"""Settings that cannot be read again."""

import re

import pytest

from anyvici import Client, CommandError
from tests.live.gateways import Gateways

pytestmark = pytest.mark.anyio


async def test_settings_that_are_broken(gateways: Gateways, client: Client) -> None:
    path = gateways["moon"].folder / "strongswan.conf"
    settings = path.read_text()
    path.write_text("charon {")
    try:
        with pytest.raises(CommandError) as caught:
            await client.reload_settings()
    finally:
        path.write_text(settings)
    assert caught.value.command == "reload-settings"
    assert re.fullmatch(r"reloading '.*/strongswan.conf' failed", caught.value.errmsg)
