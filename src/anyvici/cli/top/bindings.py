"""What each key does, and how the help tells of it."""

from collections.abc import Callable
from typing import NamedTuple

from anyvici.cli.top.rows import SORTS
from anyvici.cli.top.view import Page, View


class Binding(NamedTuple):
    """Some keys that do one thing."""

    keys: tuple[str, ...]
    shown: str
    """The keys, as people call them."""
    help: str
    act: Callable[[View], None]
    word: str = ""
    """What stands in the line of keys, where there is room."""


def _over(view: View) -> None:
    view.over = True


def _turn_to_details(view: View) -> None:
    view.turn_to(Page.DETAILS)


def _type(view: View) -> None:
    view.page, view.typing = Page.SAS, True


def _draw_anew(view: View) -> None:
    view.fresh = True


def _sorting(by: str) -> Callable[[View], None]:
    return lambda view: view.sort(by)


BINDINGS = [
    Binding(("q",), "q", "quit, or leave this page", View.quit, "quit"),
    Binding(("ctrl-c", "ctrl-d"), "Ctrl-C", "quit", _over),
    Binding(("h", "?"), "h ?", "this help", lambda view: view.turn_to(Page.HELP), "help"),
    Binding(("/",), "/", "only what has these words", _type, "filter"),
    Binding(("up", "k"), "↑ k", "up", lambda view: view.move(-1)),
    Binding(("down", "j"), "↓ j", "down", lambda view: view.move(1)),
    Binding(("page up", "ctrl-b"), "PgUp", "a page up", lambda view: view.move(-view.body)),
    Binding(("page down", "ctrl-f"), "PgDn", "a page down", lambda view: view.move(view.body)),
    Binding(("home", "g"), "Home g", "to the first", View.first),
    Binding(("end", "G"), "End G", "to the last", View.last),
    Binding(("enter", "l"), "Enter l", "all about this SA", _turn_to_details, "details"),
    Binding(("escape",), "Esc", "leave page, filter, selection", View.go_back),
    Binding(("left",), "←", "fold this IKE_SA", lambda view: view.fold(True)),
    Binding(("right",), "→", "unfold it", lambda view: view.fold(False)),
    Binding((" ",), "Space", "one or the other", lambda view: view.fold()),
    Binding(("c",), "c", "fold, unfold all IKE_SAs", View.fold_all, "fold"),
    Binding(("e",), "e", "events: more, none, some", View.next_pane, "events"),
    Binding(("p",), "p", "pause, go on", View.pause, "pause"),
    Binding(("ctrl-l",), "Ctrl-L", "draw anew", _draw_anew),
    Binding(("s", ">"), "s >", "sort by the next column", lambda view: view.next_sort(1), "sort"),
    Binding(("<",), "<", "sort by the one before", lambda view: view.next_sort(-1)),
    Binding(("r",), "r", "sort the other way round", View.reverse),
    *(
        Binding((sort.letter,), sort.letter, f"sort by {sort.words}", _sorting(by))
        for by, sort in SORTS.items()
    ),
]

_ACTIONS = {key: binding.act for binding in BINDINGS for key in binding.keys}

# What goes on while a filter is typed.
_BESIDE = ("up", "down", "page up", "page down", "home", "end", "ctrl-c", "ctrl-l")


def press(view: View, key: str) -> None:
    """Do what a key is for."""
    if view.typing and key not in _BESIDE:
        _into_filter(view, key)
    elif key in _ACTIONS:
        _ACTIONS[key](view)


def _into_filter(view: View, key: str) -> None:
    match key:
        case "enter":
            view.typing = False
        case "escape":
            view.typing = False
            view.filter("")
        case "backspace":
            view.filter(view.words[:-1])
        case "ctrl-u":
            view.filter("")
        case "ctrl-w":
            view.filter(view.words.rstrip().rpartition(" ")[0])
        case _ if len(key) == 1:
            view.filter(view.words + key)
