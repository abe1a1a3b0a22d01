"""The loops that every octet goes through: messages to dicts and back, and a stream to packets.

Plain Python, and fast as such; where there is a compiler when the package is built, mypyc makes an
extension module of this one file. Whatever is not as it should be is an IndexError here, or is left
where it stands: others take their time to tell what is wrong.

How a dict is made. Messages of one kind have the same keys in the same order, and most of the
values are the same as well. So the pairs of key and value that follow upon something (the
beginning of a message or section, the end of a section, the name of a list) are learned, as a run.
Next time they are not taken apart but compared with what stands there, octet for octet, in one go
for as many pairs as have not been seen to change; and the dict gets the same objects as last time.
A pair whose value turns out to change becomes an entry of its own: its key and the first octet of
the length are compared (0: nearly all values have less than 256 octets), and the value is read.
What is not in the run is taken apart, and learned if the run has come to its end; if another key
comes in the midst of it, the run that follows upon that key goes on.

So a comparison that fails costs a little time, and nothing that was learned changes a result. It
is bounded, whatever a daemon sends: 128 runs of 64 pairs of 96 octets, 8 MiB if all are of the
worst kind. All that charon 5.9.8 has been seen to say takes 43 runs, and 60 KiB.
"""

from typing import Any, Final

_SECTION_START: Final = 1
_SECTION_END: Final = 2
_KEY_VALUE: Final = 3
_LIST_START: Final = 4
_LIST_ITEM: Final = 5
_LIST_END: Final = 6

_EVENT: Final = 7  # of packets

# What to compare, its size, the first key in it, and the pairs; None if the value is to be read.
Entry = tuple[bytes, int, str, dict[str, str] | None]
Run = list[Entry]

# By how many sections are open, and what comes before: the type and the name of an element.
_runs: dict[tuple[int, bytes], Run] = {}
_MOST_RUNS: Final = 128  # at one more all are forgotten
_MOST_PAIRS: Final = 64  # of a run
_LARGEST_PAIR: Final = 96  # octets; of what is larger only the key is learned
_NOTHING: Run = []  # never changed


def message(
    octets: bytes, sections: list[tuple[str, dict[str, Any]]] | None, twins: list[str] | None
) -> dict[str, Any]:
    """Return the dict that these octets are; IndexError if they are no message.

    The outermost sections go into `sections`, if there is such a list, and not into the dict. Names
    of sections that stand twice in one go into `twins`, if there is such a list.
    """
    text = octets.decode("latin-1")  # a slice of it is a text, if it is ASCII
    plain = text.isascii()
    section: dict[str, Any] = {}
    parents: list[dict[str, Any]] = []
    before = b""
    position = 0
    while position < len(octets):
        kind = octets[position]
        if kind == _KEY_VALUE:
            position = _pairs(octets, text, position, len(parents), before, section)
        elif kind == _SECTION_END:
            section = parents.pop()
            before = b"\2"
            position += 1
        elif kind == _LIST_START:
            before = octets[position : position + 2 + octets[position + 1]]
            position = _list(octets, text, position + len(before), before, section)
        elif kind == _SECTION_START:
            start = position + 2
            position = start + octets[start - 1]
            name = text[start:position] if plain else _text(octets[start:position])
            inner: dict[str, Any] = {}
            if twins is not None and name in section:
                twins.append(name)
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


def _list(octets: bytes, text: str, position: int, head: bytes, section: dict[str, Any]) -> int:
    """Take the items that stand here, behind the head of a list, and return where it ends."""
    plain = text.isascii()
    items: list[str] = []
    section[_text(head[2:])] = items
    while octets[position] == _LIST_ITEM:
        start = position + 3
        position = start + (octets[position + 1] << 8 | octets[position + 2])
        items.append(text[start:position] if plain else _text(octets[start:position]))
    if octets[position] != _LIST_END:
        raise IndexError
    return position + 1


def _pairs(
    octets: bytes, text: str, position: int, depth: int, before: bytes, section: dict[str, Any]
) -> int:
    """Take the keys and values that stand here, by a run, and return where they end."""
    plain = text.isascii()
    expected = run = _run_after(depth, before)
    while True:
        differs: Entry | None = None
        for entry in expected:
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
        key, pair = _pair(octets, position)
        name, value = _text(key[2:]), _text(pair[len(key) + 2 :])
        section[name] = value
        rest = _learn(run, differs, key, pair, name, value)
        if rest is None:
            rest = run = _run_after(depth, key)
        expected = rest
        position += len(pair)


def _pair(octets: bytes, position: int) -> tuple[bytes, bytes]:
    """Return the key that stands here, and the key with its value."""
    middle = position + 2 + octets[position + 1]
    end = middle + 2 + (octets[middle] << 8 | octets[middle + 1])
    if end > len(octets):  # nothing must be learned of what is cut off
        raise IndexError
    return octets[position:middle], octets[position:end]


def _run_after(depth: int, before: bytes) -> Run:
    """Return what is known to follow on something, so deep inside of sections."""
    key = (depth, before)
    run = _runs.get(key)
    if run is None:
        if len(_runs) >= _MOST_RUNS:
            _runs.clear()
        run = _runs[key] = []
    return run


def _learn(
    run: Run, differs: Entry | None, key: bytes, pair: bytes, name: str, value: str
) -> Run | None:
    """Learn a pair that was not expected: at the end of the run, or where an entry differs.

    Return what of the run is expected next, None if another run is to be gone on with.
    """
    if len(pair) - len(key) > 257 or len(key) > _LARGEST_PAIR:
        return None
    if differs is not None:
        return _let_vary(run, differs, key, value) if differs[2] == name else None
    if sum([1 if same is None else len(same) for _, _, _, same in run]) >= _MOST_PAIRS:
        return None
    if len(pair) > _LARGEST_PAIR:
        run.append((key + b"\0", len(key) + 1, name, None))
    else:
        _insert(run, len(run), (pair, len(pair), name, {name: value}))
    return _NOTHING


def _let_vary(run: Run, entry: Entry, key: bytes, value: str) -> Run | None:
    """Take the first pair out of an entry; it varies if it has another value than was known.

    Return what is expected next.
    """
    known, size, name, same = entry
    assert same is not None  # or it would have matched
    try:
        index = run.index(entry)
    except ValueError:  # another thread was quicker
        return None
    old = same[name]
    head = len(key) + 2 + len(old.encode("utf-8", "surrogateescape"))
    rest = {n: v for n, v in same.items() if n != name}
    run[index : index + 1] = [(known[head:], size - head, next(iter(rest)), rest)] if rest else []
    if value == old:
        index = _insert(run, index, (known[:head], head, name, {name: old}))
    else:
        run.insert(index, (key + b"\0", len(key) + 1, name, None))
    return run[index + 1 :]


def _insert(run: Run, index: int, entry: Entry) -> int:
    """Put pairs into a run, as one with those before if these do not vary; return where it is."""
    known, size, name, same = entry
    if index and same is not None:
        before, more, first, others = run[index - 1]
        if others is not None and name not in others:
            run[index - 1] = (before + known, more + size, first, {**others, **same})
            return index - 1
    run.insert(index, entry)
    return index


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def packets(data: bytes, position: int, most: int) -> tuple[list[tuple[int, bytes, bytes]], int]:
    """Return the whole packets from a position on, as type, name and message; and where they end.

    Only events have a name here. It ends before what is no packet, or has more than `most` octets.
    """
    found: list[tuple[int, bytes, bytes]] = []
    end = len(data)
    while position + 4 < end:
        start = position + 4
        size = int.from_bytes(data[position:start], "big")
        after = start + size
        if after > end or not 0 < size <= most:
            break
        kind = data[start]
        if kind == _EVENT:
            middle = start + 2 + data[start + 1] if size > 1 else after + 1
            if middle > after:
                break
            found.append((kind, data[start + 2 : middle], data[middle:after]))
        elif kind < _EVENT:
            found.append((kind, b"", data[start + 1 : after]))
        else:
            break
        position = after
    return found, position


# What stands before a value: the type of the element, and its name. Names of keys recur.
_heads: dict[Any, bytes] = {}
_MOST_HEADS: Final = 1024  # then all are forgotten
_HUGE: Final = 10**18  # for one of 5,000 digits, what mypyc 2.4 makes of "%d" crashes
_LENGTHS: Final = [size.to_bytes(2, "big") for size in range(256)]


def octets_of(sections: dict[str, Any], most: int) -> bytes:
    """Return the octets that a message is; ValueError if it is none, or has more than `most`."""
    octets = bytearray()
    around: list[Any] = []  # iterators over the sections that this one is in
    entries: Any = iter(sections.items())
    while True:
        for name, value in entries:
            if type(value) is dict:
                octets += _named(_SECTION_START, name)
                around.append(entries)
                entries = iter(value.items())
                break
            if type(value) is list or type(value) is tuple:
                octets += _named(_LIST_START, name)
                for item in value:
                    octets += b"\5" + _value(item)
                octets += b"\6"
            else:
                octets += _heads.get(name) or _head(name)
                octets += _value(value)
        else:
            if not around:
                break
            entries = around.pop()
            octets += b"\2"
        if len(octets) > most:
            raise ValueError
    if len(octets) > most:
        raise ValueError
    return bytes(octets)


def _head(name: Any) -> bytes:
    """Return what stands before a value, and remember it."""
    if len(_heads) >= _MOST_HEADS:
        _heads.clear()
    head = _heads[name] = _named(_KEY_VALUE, name)
    return head


def _named(kind: int, name: Any) -> bytes:
    """Return the type and the name of an element."""
    if type(name) is not str:
        raise ValueError
    octets = name.encode("utf-8", "surrogateescape")
    return bytes((kind, len(octets))) + octets  # ValueError above 255


def _value(value: Any) -> bytes:
    """Return a value, its length in front."""
    if type(value) is str:
        data = value.encode("utf-8", "surrogateescape")
    elif type(value) is bytes:
        data = value
    elif type(value) is int and -_HUGE < value < _HUGE:
        data = b"%d" % value
    elif type(value) is bool:
        data = b"yes" if value else b"no"
    else:
        raise ValueError
    size = len(data)
    if size < 256:
        return _LENGTHS[size] + data
    if size < 65536:
        return size.to_bytes(2, "big") + data
    raise ValueError
