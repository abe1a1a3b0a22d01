"""The example at work: `nox -s example`. A tunnel comes up and goes down, and status.py tells."""

import signal
import sys
from pathlib import Path

import anyio

import anyvici
from tests.live.charon import missing
from tests.live.gateways import Gateways, load

STATUS = Path(__file__).parent.parent.parent / "examples" / "status.py"


async def show(addresses: dict[str, str]) -> None:
    """Bring the tunnel up and down from sun, while status.py looks at moon."""
    await load(addresses)
    async with anyvici.open_connection(addresses["sun"]) as sun:
        print(f"$ python examples/status.py {addresses['moon']}", flush=True)
        command = [sys.executable, str(STATUS), addresses["moon"]]
        status = await anyio.open_process(command, stdout=None, stderr=None)
        await anyio.sleep(1)
        await sun.call("initiate", {"child": "net", "timeout": 10_000})
        await anyio.sleep(1)
        await sun.call("terminate", {"ike": "gw", "timeout": 10_000})
        await anyio.sleep(1)
        status.send_signal(signal.SIGINT)
        print(f"^C, and it ended with exit code {await status.wait()}")


def main() -> None:
    """Run it on two gateways of its own."""
    if lack := missing():
        sys.exit(f"The example needs a real charon. {lack}")
    with Gateways() as gateways:
        anyio.run(show, gateways.addresses)


if __name__ == "__main__":
    main()
