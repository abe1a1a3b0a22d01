"""What a handler answers with."""

from collections.abc import ItemsView, Iterator, Mapping
from typing import Any

from anyvici.wire.message import Message

SUCCESS: Message = {"success": "yes"}


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
