"""The queue of those who want to post."""

from functools import partial

from anyvici.connection.turns import Turn, Turns


class Daemon:
    """Somebody who answers when told to."""

    def __init__(self) -> None:
        self.unanswered: list[str] = []
        self.turns = Turns(lambda: not self.unanswered)

    def turn(self, name: str, *, together: bool = False, lasting: bool = False) -> Turn:
        turn = Turn(partial(self.unanswered.append, name), together=together, lasting=lasting)
        self.turns.ask(turn)
        return turn

    def answer(self) -> list[str]:
        """Answer everything, and tell what was posted then."""
        self.unanswered.clear()
        self.turns.go_on()
        return list(self.unanswered)


def test_the_first_has_its_turn_at_once_and_the_others_in_order() -> None:
    daemon = Daemon()
    a, b, c = daemon.turn("a"), daemon.turn("b"), daemon.turn("c")
    assert daemon.unanswered == ["a"]
    assert (a.had, b.had, c.had) == (True, False, False)
    assert daemon.answer() == ["b"]
    assert daemon.answer() == ["c"]
    assert daemon.answer() == []


def test_a_turn_that_leaves_nothing_to_answer_is_over_at_once() -> None:
    daemon = Daemon()
    daemon.turn("a")
    done: list[str] = []
    daemon.turns.ask(Turn(lambda: done.append("nothing to post")))
    daemon.turn("b")
    assert daemon.answer() == ["b"]
    assert done == ["nothing to post"]


def test_single_commands_that_wait_go_together() -> None:
    daemon = Daemon()
    daemon.turn("first", together=True)
    for name in "abc":
        daemon.turn(name, together=True)
    daemon.turn("alone")
    daemon.turn("d", together=True)
    assert daemon.unanswered == ["first"]
    assert daemon.answer() == ["a", "b", "c"]
    assert daemon.answer() == ["alone"]
    assert daemon.answer() == ["d"]


def test_no_more_than_64_go_together() -> None:
    daemon = Daemon()
    for number in range(131):
        daemon.turn(str(number), together=True)
    counts = [len(daemon.answer()) for _ in range(4)]
    assert counts == [64, 64, 2, 0]


def test_one_that_lasts_holds_the_others_up_until_it_is_given_back() -> None:
    daemon = Daemon()
    batch = daemon.turn("batch", lasting=True)
    daemon.turn("next")
    assert daemon.answer() == []
    daemon.unanswered.append("more of the batch")
    daemon.turns.give_back(batch)
    assert daemon.unanswered == ["more of the batch"]
    assert daemon.answer() == ["next"]
    daemon.turns.give_back(batch)  # once more does nothing
    assert daemon.answer() == []


def test_one_that_is_given_back_when_all_is_answered_lets_the_next_in() -> None:
    daemon = Daemon()
    batch = daemon.turn("batch", lasting=True)
    daemon.turn("next")
    daemon.answer()
    daemon.turns.give_back(batch)
    assert daemon.unanswered == ["next"]


def test_who_has_gone_before_its_turn_has_none() -> None:
    daemon = Daemon()
    daemon.turn("a")
    gone = daemon.turn("gone")
    daemon.turn("b")
    daemon.turns.give_back(gone)
    assert daemon.answer() == ["b"]
    assert not gone.had


def test_at_the_end_all_have_theirs() -> None:
    daemon = Daemon()
    began: list[str] = []
    daemon.turn("a", lasting=True)
    for name in "bc":
        daemon.turns.ask(Turn(partial(began.append, name)))
    daemon.turns.finish()
    assert began == ["b", "c"]
