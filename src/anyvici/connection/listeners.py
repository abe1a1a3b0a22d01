"""Who on this side waits for which event, and what the daemon was told of it.

The daemon delivers an event twice to a client that registered twice, so registrations are
counted here: the first subscriber registers, the last one takes it back.
"""

from collections import Counter
from collections.abc import Iterable

from anyvici.connection.mailbox import Mailbox
from anyvici.wire.protocol import Event


class Listeners:
    """The mailboxes of one connection, by the name of the event they take."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, list[Mailbox[Event]]] = {}
        self._subscribers: Counter[str] = Counter()
        self.unknown: set[str] = set()  # events that this daemon does not have

    def deliver(self, event: Event) -> None:
        """Put an event into every mailbox that takes it; it stays undecoded."""
        for mailbox in self._mailboxes.get(event.name, ()):
            mailbox.put(event)

    def add(self, name: str, mailbox: Mailbox[Event]) -> None:
        """Let a mailbox take an event from now on."""
        self._mailboxes.setdefault(name, []).append(mailbox)

    def remove(self, name: str, mailbox: Mailbox[Event]) -> None:
        """Let it take the event no more; nothing happens if it did not."""
        mailboxes = self._mailboxes.get(name, [])
        if mailbox in mailboxes:
            mailboxes.remove(mailbox)

    def is_registered(self, name: str) -> bool:
        """Tell whether the daemon has been asked for this event for good."""
        return self._subscribers[name] > 0

    def subscribe(self, names: Iterable[str], mailbox: Mailbox[Event]) -> list[str]:
        """Let a mailbox take these events, and return those that have to be registered."""
        to_register = self._unregistered(names)
        for name in names:
            self._subscribers[name] += 1
            self.add(name, mailbox)
        return to_register

    def unsubscribe(self, names: Iterable[str], mailbox: Mailbox[Event]) -> list[str]:
        """Undo subscribe(), and return those that have to be unregistered."""
        for name in names:
            self._subscribers[name] -= 1
            self.remove(name, mailbox)
        return self._unregistered(names)

    def _unregistered(self, names: Iterable[str]) -> list[str]:
        return [n for n in names if not self.is_registered(n) and n not in self.unknown]

    def someone_is_behind(self) -> bool:
        """Tell whether much waits in a mailbox that throws nothing away."""
        return any(mailbox.is_behind for mailbox in self.mailboxes())

    def mailboxes(self) -> set[Mailbox[Event]]:
        """Return every mailbox that takes anything."""
        return {mailbox for mailboxes in self._mailboxes.values() for mailbox in mailboxes}
