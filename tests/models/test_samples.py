"""What a real charon 5.9.8 told, in tests/samples, decodes into models, every key of it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest

from anyvici.models.conversion import Model, Named
from anyvici.models.credentials import Authority
from anyvici.models.daemon import Counters
from anyvici.models.events import Alert
from anyvici.wire.message import Message, decode
from anyvici.wire.packet import PacketType, unpack
from tests.wire import samples

from .fields import OTHER_COMMANDS, TOLD_BY


class Told(NamedTuple):
    """What the daemon told, and by which command or event."""

    name: str
    octets: bytes


def told(sample: str) -> Iterator[Told]:
    """Iterate over the answers and events in a sample."""
    asked: list[str] = []
    for entry in samples.load(sample)["packets"]:
        packet = unpack(bytes.fromhex(entry["hex"]))
        if entry["dir"] == "client>daemon":
            asked.append(packet.name)
        elif packet.type is PacketType.EVENT:
            yield Told(packet.name, packet.body)
        else:
            name = asked.pop(0)
            if packet.type is PacketType.CMD_RESPONSE:
                yield Told(name, packet.body)


def models(name: str, octets: bytes) -> list[Any]:
    """Return what the models make of an answer or event."""
    model: Any = TOLD_BY[name]
    if hasattr(model, "list_from_octets"):
        return list(model.list_from_octets(octets))
    return [model.from_octets(octets)]


def inside(model: Model) -> Iterator[Model]:
    """Iterate over a model and all models in it."""
    yield model
    for attribute in (getattr(model, name) for name in model.__struct_fields__):
        for each in attribute if isinstance(attribute, list) else [attribute]:
            if isinstance(each, Model):
                yield from inside(each)


def untold(model: Model) -> Iterator[str]:
    """Iterate over the keys that are nothing but a part of `raw`: there should be none."""
    attributes = {field.encode_name: field.name for field in msgspec.structs.fields(type(model))}
    attributes["dh"] = "ke"
    raws = [each.raw for each in inside(model)]
    for key, value in model.raw.items():
        if not is_told(value, raws):
            attribute = attributes.get(key)
            if attribute is None or as_text(getattr(model, attribute)) != value:
                yield key


def is_told(value: Any, raws: list[Message]) -> bool:
    """Return whether a section is what models come from, or has nothing but such sections."""
    if not isinstance(value, dict):
        return False
    return value in raws or all(is_told(each, raws) for each in value.values())


def as_text(value: Any) -> Any:
    """Return an attribute as it stands on the wire."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


@pytest.mark.parametrize("sample", samples.NAMES)
def test_every_key_has_its_attribute(sample: str) -> None:
    for name, octets in told(sample):
        message = decode(octets)
        if name in OTHER_COMMANDS or message.get("success") == "no":
            continue
        made = models(name, octets)
        for each in [part for model in made for part in inside(model)]:
            assert set(untold(each)) <= {"success"}
        assert everything(made) == message


def everything(made: list[Any]) -> Message:
    """Return the message that models come from, by their `raw`."""
    if any(isinstance(each, Counters) for each in made):
        return {"counters": {each.name: each.raw for each in made}, "success": "yes"}
    if made and isinstance(made[0], Named):
        return {each.name: each.raw for each in made}
    return dict(made[0].raw) if made else {}


def test_the_samples_have_nearly_everything() -> None:
    seen = {
        TOLD_BY[name]
        for sample in samples.NAMES
        for name, octets in told(sample)
        if name in TOLD_BY and decode(octets).get("success") != "no"
    }
    assert set(TOLD_BY.values()) - seen == {Alert, Authority}  # charon 5.9.8 has none, or had none
