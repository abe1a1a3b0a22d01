"""Times, octets and rates for people."""

_OCTETS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_TIMES = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def duration(seconds: float | None) -> str:
    """Return seconds in the two largest units: 3h12m, 45s; nothing for None."""
    if seconds is None:
        return ""
    sign, rest = ("-" if seconds < 0 else ""), abs(int(seconds))
    if rest == 0:
        return "0s"
    for index, (size, unit) in enumerate(_TIMES):
        if rest >= size:
            text = f"{rest // size}{unit}"
            smaller = _TIMES[index + 1 : index + 2]
            if smaller and (rest % size) // smaller[0][0]:
                text += f"{rest % size // smaller[0][0]}{smaller[0][1]}"
            return sign + text
    raise AssertionError  # pragma: no cover


def octets(number: float | None) -> str:
    """Return octets with a binary unit: 512 B, 1.2 GiB; nothing for None."""
    if number is None:
        return ""
    value, unit = float(number), ""
    for unit in _OCTETS:
        if value < 999.5 or unit == _OCTETS[-1]:
            break
        value /= 1024
    shown = f"{value:.0f}" if unit == "B" or value >= 99.95 else f"{value:.1f}"
    return f"{shown} {unit}"


def rate(octets_per_second: float | None) -> str:
    """Return a rate: 1.2 MiB/s; nothing for None."""
    return "" if octets_per_second is None else f"{octets(octets_per_second)}/s"


def in_time(seconds: int | None) -> str:
    """Return when something will be, or should have been: in 3h12m, 5s overdue."""
    if seconds is None:
        return ""
    return f"in {duration(seconds)}" if seconds >= 0 else f"{duration(-seconds)} overdue"


def counted(number: int, what: str) -> str:
    """Return a number of things: 1 packet, 5 packets."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
