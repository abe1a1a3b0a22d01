"""What a real charon 5.9.8 was sent and what it answered: tests/samples/*.json."""

import json
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parent.parent / "samples"

# Of another shape: requests that are broken on purpose.
MALFORMED = "malformed_requests"

NAMES = sorted(path.stem for path in DIRECTORY.glob("*.json") if path.stem != MALFORMED)


def load(name: str) -> dict[str, Any]:
    """Return one file; what JSON cannot hold stands in it as {"hex": ...} and becomes bytes."""
    return json.loads((DIRECTORY / f"{name}.json").read_text("utf-8"), object_hook=_unhex)


def _unhex(section: dict[str, Any]) -> dict[str, Any] | bytes:
    return bytes.fromhex(section["hex"]) if section.keys() == {"hex"} else section


def as_received(value: Any) -> Any:
    """Return a message as decode() gives it: with a str for octets that are no text."""
    if isinstance(value, dict):
        return {name: as_received(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_received(item) for item in value]
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
