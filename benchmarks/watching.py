"""What watching costs, beside what it stands on: python watching.py [scale].

An event has to be read before it can change a table, and a list before it can be merged. Reading is
the peer here, so that the ratios can be compared between machines.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import anyio

from anyvici import ChildUpDown, IkeSa, Log, Sendable, connect, encode, follow
from anyvici.testing import SimulatedCharon
from anyvici.watch.picture import Picture

SCALE = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0  # 0.01: is it in order at all?
RUNS = 7


def scaled(number: int) -> int:
    """Return how many of them there are to be."""
    return max(10, round(number * SCALE))


# fmt: off
def ike_sa(number: int, bytes_in: int = 1000) -> dict[str, Sendable]:
    """Return an IKE_SA with one CHILD_SA as charon tells of them."""
    spi = f"{number:08x}"
    child: dict[str, Sendable] = {
        "name": "net", "uniqueid": number, "reqid": number, "state": "INSTALLED", "mode": "TUNNEL",
        "protocol": "ESP", "spi-in": spi, "spi-out": spi, "encr-alg": "AES_GCM_16",
        "encr-keysize": 128, "bytes-in": bytes_in, "packets-in": 9, "bytes-out": 1000,
        "packets-out": 9, "rekey-time": 3000, "life-time": 3600, "install-time": 1,
        "local-ts": ["10.1.0.0/16"], "remote-ts": ["10.2.0.0/16"],
    }
    return {
        "uniqueid": number, "version": 2, "state": "ESTABLISHED", "initiator": True,
        "local-host": "192.0.2.1", "local-port": 500, "local-id": "moon.strongswan.org",
        "remote-host": "192.0.2.2", "remote-port": 500, "remote-id": "sun.strongswan.org",
        "initiator-spi": spi + spi, "responder-spi": spi + spi, "encr-alg": "AES_CBC",
        "encr-keysize": 128, "integ-alg": "HMAC_SHA2_256_128", "prf-alg": "PRF_HMAC_SHA2_256",
        "dh-group": "CURVE_25519", "established": 1, "child-sas": {f"net-{number}": child},
    }
# fmt: on


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(what: str, each: float, ratios: list[float]) -> None:
    """Print a line: what reading takes, and how much of that comes on top."""
    low, high = min(ratios), max(ratios)
    told = f"{median(ratios):5.2f} ({low:.2f} to {high:.2f}) of that on top"
    sys.stdout.write(f"{what:44}{each * 1e6:8.1f} us   {told}\n")


def events() -> None:
    """CHILD_SAs come up: from octets to objects; and into the picture."""
    count = scaled(5000)
    octets = [encode({"up": "yes", "gw": ike_sa(number)}) for number in range(1, count + 1)]
    ratios = []
    for _ in range(RUNS):
        heard: list[ChildUpDown] = []
        reading = seconds(lambda: heard.extend(map(ChildUpDown.from_octets, octets)))  # noqa: B023
        picture = Picture()
        ratios.append(seconds(lambda: [picture.hear(each) for each in heard]) / reading)  # noqa: B023
    report("child-updown", reading / count, ratios)


def lists() -> None:
    """The same SAs, listed again."""
    count = scaled(5000)
    octets = [encode({"gw": ike_sa(number)}) for number in range(1, count + 1)]
    again = [encode({"gw": ike_sa(number, bytes_in=2)}) for number in range(1, count + 1)]
    ratios = []
    for _ in range(RUNS):
        picture = Picture()
        picture.expect_list()
        picture.merge([IkeSa.from_octets(each) for each in octets])
        listed: list[IkeSa] = []
        reading = seconds(lambda: listed.extend(map(IkeSa.from_octets, again)))  # noqa: B023
        picture.expect_list()
        ratios.append(seconds(lambda: picture.merge(listed)) / reading)  # noqa: B023
    report("an SA of a list, all octets have changed", reading / count, ratios)


async def feed() -> None:
    """Lines of the log, through a subscription; and through a feed."""
    count = scaled(20_000)
    ratios = []
    async with SimulatedCharon() as charon, connect(charon.address) as client:
        for _ in range(RUNS):
            async with client.subscribe(Log, capacity=count) as lines:
                charon.flood("log", count)
                began = time.perf_counter()
                for _ in range(count):
                    await anext(lines)
                plain = time.perf_counter() - began
            async with follow(client, Log, capacity=count) as items:
                charon.flood("log", count)
                began = time.perf_counter()
                for _ in range(count):
                    await anext(items)
                ratios.append((time.perf_counter() - began) / plain - 1)
    report("log, through a socket", plain / count, ratios)


if __name__ == "__main__":
    events()
    lists()
    anyio.run(feed)
