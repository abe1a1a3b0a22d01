"""Text as charon takes it: cut to the size of its buffer, split where its tokens end."""


def printable(value: bytes) -> str | None:
    """Return text if charon takes it for such: all of it printable ASCII."""
    return value.decode("ascii") if all(0x20 <= octet < 0x7F for octet in value) else None


def cut(value: bytes, size: int = 512) -> str | None:
    """Return what fits into a buffer of this size; None for what is not all printable ASCII."""
    text = printable(value)
    return None if text is None else text[: size - 1]


def tokens(text: str, separator: str) -> list[str]:
    """Split a text. Blanks around tokens do not count, nor do empty tokens; one may be quoted."""
    found = []
    rest = text.lstrip(separator + " ")
    while rest:
        if rest[0] in "'\"" and rest[0] in rest[1:]:
            token, _, rest = rest[1:].partition(rest[0])
            found.append(token)
        else:
            token, _, rest = rest.partition(separator)
            found.append(token.rstrip(" "))
        rest = rest.lstrip(separator + " ")
    return found
