"""Asking a real charon what it has against a request."""

import json
import random
from pathlib import Path
from typing import Any

from anyvici import BatchError, CommandError, Connection, decode, unpack
from anyvici.exceptions import LocalProtocolError

from .places import Place

SAMPLES = Path(__file__).parent.parent / "samples"
MUTATIONS = " +-0178xX9smhdkgG/%[].:a,|"


def ca_certificate() -> bytes:
    """Return the certificate of a CA, PEM, that was made for tests."""
    request, _ = json.loads((SAMPLES / "load-cert-ca.json").read_text("utf-8"))["packets"]
    message = decode(unpack(bytes.fromhex(request["hex"])).body)
    return str(message["data"]).encode("ascii")


async def refusals(client: Connection, requests: list[tuple[str, Any]]) -> list[str]:
    """Return for each request what charon has against it, an empty text if nothing."""
    found = [""] * len(requests)
    try:
        await client.batch(requests)
    except BatchError as batch:
        for index, error in batch.errors.items():
            assert isinstance(error, CommandError)
            found[index] = error.errmsg
    return found


def accepted(place: Place, name: str, value: Any) -> dict[str, Any] | None:
    """Return the message with this value under a key, if the check lets it pass."""
    many = place.keys[name].many
    try:
        return {"x": place.check("x", place.config(name, [value] if many else value))}
    except (LocalProtocolError, TypeError):
        return None


def mutated(texts: list[str]) -> list[str]:
    """Return texts with a character more, less or another; the same ones each time."""
    dice = random.Random(4500)
    mutants = []
    for text in dice.choices(texts, k=60):
        place = dice.randint(0, len(text))
        new = dice.choice(["", dice.choice(MUTATIONS)])
        mutants.append(text[:place] + new + text[place + dice.randint(0, 1) :])
    return mutants
