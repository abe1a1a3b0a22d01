"""Who may post when: one turn at a time, in the order of asking."""

from collections import deque
from collections.abc import Callable

# So many commands that were asked for meanwhile are sent together.
_MOST_TOGETHER = 64


class Turn:
    """Somebody's turn to post: what is done in it, by a function that does not wait.

    Turns that are had `together` follow on each other without waiting for an answer. One that is
    `lasting` goes on until it is given back.
    """

    __slots__ = ("begin", "had", "lasting", "together")

    def __init__(
        self, begin: Callable[[], object], *, together: bool = False, lasting: bool = False
    ) -> None:
        self.begin: Callable[[], object] = begin
        self.together: bool = together
        self.lasting: bool = lasting
        self.had: bool = False


class Turns:
    """The queue of those who want to post.

    A turn comes when everything that was posted before is answered, wanted or not. Whoever has
    gone before has sent nothing.
    """

    def __init__(self, is_settled: Callable[[], bool]) -> None:
        self._is_settled = is_settled
        self._waiting: deque[Turn] = deque()
        self._lasting: Turn | None = None

    def ask(self, turn: Turn) -> None:
        """Put a turn into the queue; it may come at once."""
        self._waiting.append(turn)
        self.go_on()

    def give_back(self, turn: Turn) -> None:
        """Take note that somebody has had enough of a turn, or will not have it."""
        if turn is self._lasting:
            self._lasting = None
            self.go_on()
        elif not turn.had:
            self._waiting.remove(turn)

    def go_on(self) -> None:
        """Begin the turns that have come."""
        while self._waiting and self._lasting is None and self._is_settled():
            together = self._begin_next().together
            for _ in range(_MOST_TOGETHER - 1):
                if not (together and self._waiting and self._waiting[0].together):
                    break
                self._begin_next()

    def finish(self) -> None:
        """Begin all turns: no more answers will come."""
        while self._waiting:
            self._begin_next()

    def _begin_next(self) -> Turn:
        turn = self._waiting.popleft()
        turn.had = True
        if turn.lasting:
            self._lasting = turn
        turn.begin()
        return turn
