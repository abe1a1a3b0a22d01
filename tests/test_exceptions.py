"""The error tree."""

import copy
import pickle

import pytest

import anyvici
from anyvici import (
    BatchError,
    CommandError,
    ConnectError,
    ConnectionLost,
    EventsLost,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    UnknownCommand,
    UnknownEvent,
    ViciError,
    exceptions,
)
from anyvici.exceptions import LoadError

TREE = {
    ViciError: Exception,
    ConnectError: ViciError,
    ConnectionLost: ViciError,
    ProtocolError: ViciError,
    LocalProtocolError: ProtocolError,
    RemoteProtocolError: ProtocolError,
    CommandError: ViciError,
    BatchError: CommandError,
    LoadError: BatchError,
    UnknownCommand: ViciError,
    UnknownEvent: ViciError,
    EventsLost: ViciError,
}

NO = {"success": "no", "errmsg": "CHILD_SA config 'net' not found"}
FAILED = CommandError("initiate", NO["errmsg"], NO)
NOT_LOADED = BatchError(["load-conn", "load-conn"], {1: FAILED}, [{"success": "yes"}, NO])

# One of each, what str() of it must say, and its attributes.
EXAMPLES = [
    (ViciError("something"), "something", {}),
    (
        ConnectError("unix:///run/charon.vici", "no such file", "is charon running?"),
        "cannot connect to unix:///run/charon.vici: no such file (is charon running?)",
        {
            "address": "unix:///run/charon.vici",
            "reason": "no such file",
            "hint": "is charon running?",
        },
    ),
    (ConnectionLost("the daemon has hung up"), "the daemon has hung up", {}),
    (ProtocolError("something"), "something", {}),
    (LocalProtocolError("gw.id: a value"), "gw.id: a value", {}),
    (RemoteProtocolError("an empty packet"), "an empty packet", {}),
    (
        FAILED,
        "initiate: CHILD_SA config 'net' not found",
        {
            "command": "initiate",
            "errmsg": "CHILD_SA config 'net' not found",
            "reply": NO,
            "detail": "",
            "matches": None,
            "terminated": None,
        },
    ),
    (
        CommandError("terminate", "no match", {"matches": "2", "terminated": "0"}, "peer is gone"),
        "terminate: no match (peer is gone)",
        {
            "command": "terminate",
            "errmsg": "no match",
            "detail": "peer is gone",
            "matches": 2,
            "terminated": 0,
        },
    ),
    (
        CommandError("initiate", "", {"success": "no"}),
        "initiate: the daemon gave no reason",
        {"command": "initiate", "errmsg": "", "reply": {"success": "no"}},
    ),
    (
        BatchError(["version", "initiate", "nope"], {1: FAILED}, [{"v": "5"}, NO, {}]),
        "1 of 3 commands failed: [1] initiate: CHILD_SA config 'net' not found",
        {
            "command": "initiate",
            "errmsg": "CHILD_SA config 'net' not found",
            "reply": NO,
            "commands": ["version", "initiate", "nope"],
            "replies": [{"v": "5"}, NO, {}],
        },
    ),
    (
        LoadError(["gw", "rw"], NOT_LOADED),
        "1 of 2 were not loaded: rw: initiate: CHILD_SA config 'net' not found",
        {
            "command": "load-conn",
            "errmsg": "CHILD_SA config 'net' not found",
            "reply": NO,
            "commands": ["load-conn", "load-conn"],
            "replies": [{"success": "yes"}, NO],
            "names": ["gw", "rw"],
        },
    ),
    (UnknownCommand("nope"), "this daemon does not have the command 'nope'", {"name": "nope"}),
    (UnknownEvent("alert"), "this daemon does not have the event 'alert'", {"name": "alert"}),
    (EventsLost(7), "7 events were lost here: their reader was too slow", {"lost": 7}),
]


def test_the_tree():
    defined = {error for error in vars(exceptions).values() if isinstance(error, type)}
    assert {error for error in defined if issubclass(error, Exception)} == TREE.keys()
    assert {error: error.__base__ for error in TREE} == TREE


def test_all_are_exported():
    for error in TREE:
        assert error.__name__ in anyvici.__all__
        assert getattr(anyvici, error.__name__) is error


def test_there_is_an_example_of_each():
    assert {type(error) for error, _, _ in EXAMPLES} == TREE.keys()


each_example = pytest.mark.parametrize(
    ("error", "text", "attributes"),
    EXAMPLES,
    ids=[type(error).__name__ for error, _, _ in EXAMPLES],
)


@each_example
def test_the_text_says_what_matters(error, text, attributes):
    assert str(error) == text
    assert {name: getattr(error, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],
    ids=["copy", "deepcopy", "pickle"],
)
@each_example
def test_a_duplicate_is_the_same(error, text, attributes, duplicate):
    twin = duplicate(error)
    assert twin is not error
    assert type(twin) is type(error)
    assert str(twin) == text
    assert {name: getattr(twin, name) for name in attributes} == attributes
    assert repr(twin) == repr(error)


def test_a_batch_names_every_failure():
    unknown, broken = UnknownCommand("nope"), RemoteProtocolError("an empty packet")
    error = BatchError(["nope", "version", "stats"], {0: unknown, 2: broken}, [{}, {"v": "5"}, {}])
    assert str(error) == (
        "2 of 3 commands failed: [0] this daemon does not have the command 'nope'; "
        "[2] an empty packet"
    )
    assert error.errors == {0: unknown, 2: broken}
    assert (error.command, error.reply) == ("nope", {})
    assert error.errmsg == "this daemon does not have the command 'nope'"


def test_a_batch_that_failed_is_caught_like_one_command():
    with pytest.raises(CommandError) as caught:
        raise BatchError(["version", "initiate"], {1: FAILED}, [{}, NO])
    assert caught.value.command == "initiate"


def test_connections_that_were_not_loaded_are_found_by_their_names():
    error = LoadError(["gw", "rw"], NOT_LOADED)
    assert error.failed == {"rw": FAILED}
    assert error.errors == {1: FAILED}

    broken = RemoteProtocolError("an empty packet")
    both = BatchError(["load-conn", "load-conn"], {0: broken, 1: FAILED}, [{}, NO])
    assert str(LoadError(["gw", "rw"], both)) == (
        "2 of 2 were not loaded: gw: an empty packet; rw: initiate: CHILD_SA config 'net' not found"
    )


@pytest.mark.parametrize("error", [NOT_LOADED, LoadError(["gw", "rw"], NOT_LOADED)], ids=type)
def test_the_errors_of_a_batch_survive_pickling(error):
    twin = pickle.loads(pickle.dumps(error))
    assert list(twin.errors) == [1]
    assert str(twin.errors[1]) == str(FAILED)
    assert twin.errors[1].reply == NO
