"""The two loops that every octet goes through: one finds the packets, one makes dicts of messages.

Plain Python, and fast as such; where there is a compiler when the package is built, mypyc makes an
extension module of this one file. Whatever is not as it should be is left to others, who take
their time to tell what is wrong.

How a dict is made. Messages of one kind have the same keys in the same order, and most of the
values are the same as well. So what follows upon a beginning (of a message, a section, a list) is
learned, as a run: for each key what stands on the wire, to be compared as it is. An entry starts as
a key and its value, in one: they were seen once, and are compared as a whole, and the value is not
made anew. When the value turns out to be another one, the entry becomes the key alone, and the
first octet of its value's length (0: the value has less than 256 octets, which nearly all have).
What is not in the run is taken apart octet by octet, and learned if the run was at its end. A
comparison that fails costs a little time and never a wrong result.
"""

from typing import Any, Final

_SECTION_START: Final = 1
_SECTION_END: Final = 2
_KEY_VALUE: Final = 3
_LIST_START: Final = 4
_LIST_ITEM: Final = 5
_LIST_END: Final = 6

_EVENT: Final = 7

# (what to compare, its size, the key, the value if that is part of it)
Entry = tuple[bytes, int, str, dict[str, str] | None]
Run = list[Entry]

# By how many sections are open, and what comes before: the type and the name of an element.
_runs: dict[tuple[int, bytes], Run] = {}
_MOST_RUNS: Final = 1024  # then all is forgotten
_LONGEST_RUN: Final = 64
_NOTHING: Run = []


def message(octets: bytes, sections: list[tuple[str, dict[str, Any]]] | None) -> dict[str, Any]:
    """Return the dict that these octets are; IndexError if they are no message.

    The outermost sections go into `sections`, if there is such a list, and not into the dict.
    """
    text = octets.decode("latin-1")  # a slice of it is a text, if it is ASCII
    plain = octets.isascii()
    section: dict[str, Any] = {}
    parents: list[dict[str, Any]] = []
    before = b""
    position = 0
    while position < len(octets):
        kind = octets[position]
        if kind == _KEY_VALUE:
            run = _run_after(len(parents), before)
            position = _pairs(octets, text, position, len(parents), run, section)
        elif kind == _SECTION_END:
            section = parents.pop()
            before = b"\2"
            position += 1
        elif kind == _LIST_START:
            before = octets[position : position + 2 + octets[position + 1]]
            items: list[str] = []
            start = position + 2
            position += len(before)
            section[text[start:position] if plain else _text(octets[start:position])] = items
            while octets[position] == _LIST_ITEM:
                start = position + 3
                position = start + (octets[position + 1] << 8 | octets[position + 2])
                items.append(text[start:position] if plain else _text(octets[start:position]))
            if octets[position] != _LIST_END:
                raise IndexError
            position += 1
        elif kind == _SECTION_START:
            start = position + 2
            position = start + octets[start - 1]
            name = text[start:position] if plain else _text(octets[start:position])
            inner: dict[str, Any] = {}
            if sections is None or parents:
                section[name] = inner
            else:
                sections.append((name, inner))
            parents.append(section)
            section = inner
            before = b"\1"
        else:
            raise IndexError
    if parents or position > len(octets):
        raise IndexError
    return section


def _pairs(
    octets: bytes, text: str, position: int, depth: int, run: Run, section: dict[str, Any]
) -> int:
    """Take the keys and values that stand here, by a run, and return where they end."""
    plain = octets.isascii()
    learned = run
    while True:
        differs: Entry | None = None
        for entry in run:
            known, size, name, same = entry
            start = position + size
            if octets[position:start] != known:
                differs = entry
                break
            if same is None:
                first = start + 1
                position = first + octets[start]
                value = text[first:position]
                if not plain and not value.isascii():
                    value = _text(octets[first:position])
                section[name] = value
            else:
                position = start
                section.update(same)
        if position >= len(octets) or octets[position] != _KEY_VALUE:
            return position
        key = octets[position : position + 2 + octets[position + 1]]
        start = position + len(key) + 2
        stop = start + (octets[start - 2] << 8 | octets[start - 1])
        name, value = _text(key[2:]), _text(octets[start:stop])
        section[name] = value
        if stop - start > 255:
            run = learned = _run_after(depth, key)
        elif differs is None and len(learned) < _LONGEST_RUN:
            _append(
                learned, len(learned), (octets[position:stop], stop - position, name, {name: value})
            )
            run = _NOTHING
        elif differs is not None and differs[2] == name:
            run = _let_vary(learned, differs, key, value)
        else:
            run = learned = _run_after(depth, key)
        position = stop


def _run_after(depth: int, before: bytes) -> Run:
    """Return what is known to follow on something, so deep inside of sections."""
    key = (depth, before)
    run = _runs.get(key)
    if run is None:
        if len(_runs) >= _MOST_RUNS:
            _runs.clear()
        run = _runs[key] = []
    return run


def _let_vary(run: Run, entry: Entry, key: bytes, value: str) -> Run:
    """Take the first pair out of an entry, which varies if it has another value than was known.

    Return what is to follow.
    """
    known, size, name, same = entry
    if same is None or entry not in run:  # another thread may have been quicker
        return _NOTHING
    index = run.index(entry)
    old = same[name]
    head = len(key) + 2 + len(old.encode("utf-8", "surrogateescape"))
    rest = {n: v for n, v in same.items() if n != name}
    run[index : index + 1] = [(known[head:], size - head, next(iter(rest)), rest)] if rest else []
    if value == old:
        index = _append(run, index, (known[:head], head, name, {name: old}))
    else:
        run.insert(index, (key + b"\0", len(key) + 1, name, None))
    return run[index + 1 :]


def _append(run: Run, index: int, entry: Entry) -> int:
    """Put an entry that is the same into a run, as one with that before; return where it is."""
    known, size, name, same = entry
    if index:
        before, more, first, others = run[index - 1]
        if others is not None and name not in others and same is not None:
            run[index - 1] = (before + known, more + size, first, {**others, **same})
            return index - 1
    run.insert(index, entry)
    return index


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def packets(data: bytes, position: int) -> tuple[list[tuple[int, bytes, bytes]], int]:
    """Return the whole packets from a position on, as type, name and message; and where they end.

    Only events have a name here. It ends before what is no packet.
    """
    found: list[tuple[int, bytes, bytes]] = []
    end = len(data)
    while position + 4 < end:
        start = position + 4
        after = start + int.from_bytes(data[position:start], "big")
        if after > end or after == start:
            break
        kind = data[start]
        if kind == _EVENT:
            middle = start + 2 + data[start + 1] if start + 1 < after else after + 1
            if middle > after:
                break
            found.append((kind, data[start + 2 : middle], data[middle:after]))
        elif kind < _EVENT:
            found.append((kind, b"", data[start + 1 : after]))
        else:
            break
        position = after
    return found, position
