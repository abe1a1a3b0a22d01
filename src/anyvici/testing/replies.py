"""What a handler answers with."""

from collections.abc import ItemsView, Iterator, Mapping
from typing import Any

from anyvici.wire.message import MAX_NAME, Message

SUCCESS: Message = {"success": "yes"}


class Refused(Exception):
    """A command that fails: success=no, with this errmsg and perhaps more keys before it."""

    def __init__(self, errmsg: str, **more: str) -> None:
        super().__init__(errmsg)
        self.reply: Message = {"success": "no", **more, "errmsg": errmsg}


class Pairs(Mapping[str, Any]):
    """A message in which a name may stand more than once: a connection can be called `up`."""

    def __init__(self, *pairs: tuple[str, Any]) -> None:
        self.pairs = pairs

    def __getitem__(self, name: str) -> Any:
        return dict(self.pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def items(self) -> ItemsView[str, Any]:
        """Return every pair, in order."""
        return _Pairs(self)


class _Pairs(ItemsView[str, Any]):
    _mapping: Pairs

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._mapping.pairs)


def shortened(message: Mapping[str, Any]) -> Pairs:
    """Cut names above 255 octets to their length modulo 256, as charon did before 6.0.4."""
    return Pairs(*((_cut(name), _shortened(value)) for name, value in message.items()))


def _shortened(value: Any) -> Any:
    return shortened(value) if isinstance(value, Mapping) else value


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else name[: len(name) % (MAX_NAME + 1)]
