"""What the daemon says, in the words of swanctl: its --raw as sections, lists and texts.

`--pretty` is `--raw` in lines. It is what is read here: where values hold blanks, as identities do,
nobody can tell where one ends in --raw itself. That both are the same can be tested: see raw().
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = "str | list[str] | Section"
Section: TypeAlias = "tuple[tuple[str, Value], ...]"
"""What is in a section, in order; names may repeat."""


def parse(printed: str) -> list[tuple[str, Section]]:
    """Return the messages that swanctl has printed with --pretty, each with its label."""
    lines = iter(printed.splitlines())
    return [(line.removesuffix(" {"), tuple(_section(lines))) for line in lines]


def _section(lines: Iterator[str]) -> Iterator[tuple[str, Value]]:
    for line in map(str.lstrip, lines):
        if line == "}":
            return
        if re.fullmatch(r"(\S* )?\{", line):
            yield line[:-1].strip(), tuple(_section(lines))
        elif re.fullmatch(r"\S+ = \[", line):
            yield line[:-4], list(_list(lines))
        else:
            name, _, value = line.partition(" = ")
            yield name, value
    raise AssertionError("a section does not end")


def _list(lines: Iterator[str]) -> Iterator[str]:
    for line in map(str.lstrip, lines):
        if line == "]":
            return
        yield line


def raw(messages: list[tuple[str, Section]]) -> str:
    """Return what swanctl prints of the same messages with --raw."""
    return "".join(f"{_raw(label, section)}\n" for label, section in messages)


def _raw(name: str, value: Value) -> str:
    if isinstance(value, str):
        return f"{name}={value}"
    if isinstance(value, list):
        return f"{name}=[{' '.join(value)}]"
    return f"{name} {{{' '.join(_raw(*each) for each in value)}}}"
