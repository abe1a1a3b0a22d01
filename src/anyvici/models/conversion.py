"""From a section to an instance of a class, by the hints of the class.

The only place that knows msgspec, which finds the fields, sets the defaults, makes words out of
texts and checks what it is given. VICI has text only, so numbers, flags, octets and sections are
understood first, each by the hint of its field. msgspec's lax mode would do for numbers, but it
takes 1e2 for 100 and null for nothing, and tells of neither.
"""

import reprlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import UnionType
from typing import Any, Self, TypeVar, get_args

import msgspec
from msgspec import field as field  # for the other modules

from anyvici.exceptions import RemoteProtocolError
from anyvici.models.sections import first, section
from anyvici.wire.message import Message, blob, decode, outline


class Model(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the daemon told of something: attributes, and in `raw` the section they come from.

    Immutable; can be copied and pickled. Two are equal if they are of one class and all their
    attributes but `raw` are equal. In a repr() what is absent is left out.
    """

    raw: Message = field(default_factory=dict)
    """The section as it came, with every key that a newer daemon may have added."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._compared())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        values = [(name, getattr(self, name)) for name in self._compared()]
        return [(name, value) for name, value in values if not _is_absent(value)]

    def _compared(self) -> list[str]:
        return [name for name in self.__struct_fields__ if name != "raw"]


class Plain(Model, frozen=True, kw_only=True):
    """A section whose name says nothing."""

    @classmethod
    def from_section(cls, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else."""
        return read(cls, section)


class PlainMessage(Plain, frozen=True, kw_only=True):
    """The whole of a message."""

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Return what a message tells.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        return cls.from_section(decode(octets))


class Named(Model, frozen=True, kw_only=True):
    """A section that is named after the thing it tells of."""

    name: str
    """Its name, which may be empty or hold blanks, dots and slashes."""

    @classmethod
    def from_section(cls, name: str, section: Message) -> Self:
        """Return what a section tells: RemoteProtocolError if it is of something else."""
        return read(cls, section, {"name": name})


class NamedMessage(Named, frozen=True, kw_only=True):
    """The one section of a message, named after the thing it tells of."""

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Return what a message tells.

        Raises RemoteProtocolError for octets that are no message, or one of something else.
        """
        _, sections = outline(octets)
        return cls.from_section(*first(cls, sections))


def _is_absent(value: object) -> bool:
    return value is None or value is False or value in ([], {})


M = TypeVar("M", bound=Model)


def read(
    model: type[M], source: Message, known: Mapping[str, Any] = {}, raw: Message | None = None
) -> M:
    """Return an instance of `model`, from a section and what is `known` of it by other means.

    Both go by the keys of the wire. What the class has no field for is left to `raw`, which is
    the section unless it is given. Raises RemoteProtocolError, which names the class and the key.
    """
    numbers, others = _keys(model)
    try:
        digits = "".join(filter(None, map(source.get, numbers)))
        if not digits.isdecimal() and _is_doubtful(digits):
            return _read_carefully(model, source, known, raw)
        values = {**source, **known, "raw": {}}
        for key, understand in others:
            if key in source:
                values[key] = understand(source[key])
        return _with_raw(
            msgspec.convert(values, model, strict=False), source if raw is None else raw
        )
    except (TypeError, ValueError, AttributeError, msgspec.ValidationError):
        return _read_carefully(model, source, known, raw)


@cache
def _keys(model: type[Model]) -> tuple[list[str], list[tuple[str, Callable[[Any], Any]]]]:
    """Return the keys of numbers, and how values of other keys are to be understood."""
    readers = _readers(model)
    numbers = [key for key, understand in readers.items() if understand is _decimal]
    others = [(key, readers[key]) for key in readers if key not in numbers]
    words = [(key, _no_null) for key in _keys_of_optional_words(model)]
    return numbers, others + words


def _keys_of_optional_words(model: type[Model]) -> list[str]:
    return [
        each.encode_name
        for each in msgspec.structs.fields(model)
        if isinstance(each.type, UnionType) and not set(get_args(each.type)) & {int, str, bool}
    ]


def _no_null(text: str) -> str:
    """Return a word, which lax mode must not take for nothing."""
    if text.lower() == "null":
        raise ValueError
    return text


def _is_doubtful(digits: str) -> bool:
    """Tell whether among numbers there may be one that only lax mode takes: 1e2, null, -0."""
    return bool(digits.strip("-0123456789")) or "-0" in digits


def _read_carefully(
    model: type[M], source: Message, known: Mapping[str, Any], raw: Message | None
) -> M:
    values = dict(section(model, source))
    for key, understand in _readers(model).items():
        if key in source:
            try:
                values[key] = understand(source[key])
            except (TypeError, ValueError):
                raise _wrong(model, key, source[key]) from None
    values.update(known, raw={})
    try:
        return _with_raw(msgspec.convert(values, model), source if raw is None else raw)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise RemoteProtocolError(f"{model.__name__}: {error}") from None


def _with_raw(instance: M, raw: Message) -> M:
    """Return it with the section that it was made of, which convert() would copy."""
    msgspec.structs.force_setattr(instance, "raw", raw)
    return instance


def _wrong(model: type[Model], key: str, value: object) -> RemoteProtocolError:
    return RemoteProtocolError(
        f"{model.__name__}: {reprlib.repr(value)} cannot be the value of {key!r}"
    )


@cache
def _readers(model: type[Model]) -> dict[str, Callable[[Any], Any]]:
    """Return by key how values are to be understood; texts and lists of them need nothing."""
    readers: dict[str, Callable[[Any], Any]] = {}
    for each in msgspec.structs.fields(model):
        hints = get_args(each.type) if isinstance(each.type, UnionType) else (each.type,)
        for hint in hints:
            if hint in _READERS:
                readers[each.encode_name] = _READERS[hint]
            elif isinstance(hint, type) and issubclass(hint, Plain):
                readers[each.encode_name] = partial(_nested, hint)
    return readers


def _nested(model: type[Plain], value: object) -> Plain:
    if not isinstance(value, dict):
        raise TypeError
    return model.from_section(value)


def _decimal(text: str) -> int:
    number = int(text)
    if str(number) != text:  # int() takes blanks, underscores and the digits of every script
        raise ValueError
    return number


def _flag(text: str) -> bool:
    if text not in ("yes", "no"):  # absent in most places where it could be "no"
        raise ValueError
    return text == "yes"


def _octets(text: str) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    return blob(text)


_READERS: dict[Any, Callable[[Any], Any]] = {int: _decimal, bool: _flag, bytes: _octets}
