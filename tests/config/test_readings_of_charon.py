"""Numbers and networks as a real charon lists them: what passes is read as it is meant.

And the other way round: what is read as it is meant passes.
"""

import re
from ipaddress import ip_network
from typing import Any

import pytest

from anyvici import Connection

from . import keys
from .asking import accepted, mutated, refusals
from .places import PLACES

pytestmark = [pytest.mark.live, pytest.mark.anyio]

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
VOLUMES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
SAID = re.compile(r" *\+?(0x[0-9a-f]+|[0-9]+) *([a-z]?)", re.IGNORECASE)


def meaning(text: str, units: dict[str, int]) -> int | None:
    """Return the number that somebody means who writes this; None for what means nothing."""
    said = SAID.fullmatch(text)
    if said is None or said[2].lower() not in units:
        return None
    return int(said[1], 16 if said[1][1:2] in ("x", "X") else 10) * units[said[2].lower()]


async def listed(client: Connection, config: dict[str, Any]) -> dict[str, Any] | None:
    """Return how charon lists a connection, and in it its child; None if it refuses."""
    if any(await refusals(client, [("load-conn", {"x": config})])):
        return None
    async with client.stream("list-conns", "list-conn", {"ike": "x"}) as connections:
        [connection] = [item["x"] async for item in connections]
    return dict(connection)


@pytest.mark.parametrize(
    ("title", "name", "units"),
    [
        ("connection", "rekey_time", UNITS),
        ("child", "rekey_time", UNITS),
        ("child", "rekey_bytes", VOLUMES),
        ("child", "rekey_packets", {"": 1}),
    ],
)
async def test_a_number_passes_if_charon_reads_what_it_means(client, title, name, units):
    place = PLACES[title]
    key = place.keys[name]
    texts = [value for value in key.right + key.wrong if isinstance(value, str) and value.isascii()]
    differ = []
    for text in {*texts, *mutated(texts), *mutated(mutated(texts))}:
        connection = await listed(client, place.config(name, text))
        read = connection and place.section(connection).get(name, "0")  # 0 is left out
        passes = accepted(place, name, text) is not None
        if passes is not (read == str(meaning(text, units))) and len(text) < 16:
            differ.append((text, passes, read))
    assert differ == []


async def test_a_network_passes_if_charon_reads_what_it_means(client: Connection):
    right = [text for text in keys.SELECTOR_RIGHT if re.fullmatch("[0-9a-f.:]+(/[0-9]+)?", text)]
    differ = []
    wrong = [text for text in keys.SELECTOR_WRONG if text.isascii() and not set(text) & set("[-")]
    for text in {*right, *wrong, *mutated(right), *mutated(mutated(right))}:
        connection = await listed(client, {"children": {"net": {"local_ts": [text]}}})
        read = connection and connection["children"]["net"]["local-ts"]
        passes = accepted(PLACES["child"], "local_ts", text) is not None
        if passes is not (read == network(text)):
            differ.append((text, passes, read))
    assert differ == []


def network(text: str) -> list[str]:
    """Return what charon lists for a subnet, or a range, if it understands what is meant."""
    low, dash, high = re.sub("/[ +]*", "/", text).rstrip(" ").partition("-")
    try:
        ends = [str(ip_network(end.strip(" "), strict=False)) for end in (low, high) if end]
    except ValueError:
        return []
    return [re.sub("/[0-9]+", "", "..".join(ends))] if dash else ends
