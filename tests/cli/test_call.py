"""call: messages out of arguments and JSON, answers as JSON."""

import base64
import json
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvici import Message, decode, encode
from anyvici.cli.exits import UsageError
from anyvici.cli.messages import from_arguments, from_json, to_text
from anyvici.testing import SimulatedCharon
from tests.cli.program import PATIENCE, Ended, Running, anyvici, clean
from tests.cli.tunnels import ENDS, loaded

pytestmark = pytest.mark.anyio


async def piped(charon: SimulatedCharon, text: str | bytes, *arguments: str) -> Ended:
    """Run call with something on its standard input."""
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "call", *arguments]
    octets = text.encode() if isinstance(text, str) else text
    with anyio.fail_after(PATIENCE):
        ended = await anyio.run_process(line, input=octets, check=False, env=clean())
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


# The command.


async def test_an_answer_for_people(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "call", "version")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.lines[:2] == ["{", '  "daemon": "charon",']
    assert json.loads(ended.out)["version"] == "5.9.8"


async def test_an_answer_in_a_line(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "--json", "call", "get-conns")
    assert ended.out == '{"conns":[]}\n'


async def test_arguments(charon: SimulatedCharon) -> None:
    ended = await anyvici(
        charon.address,
        *("call", "load-conn", "gw.local.auth=psk", "gw.remote.auth=psk", "gw.version=2"),
        *("gw.remote_addrs=192.0.2.7", "gw.remote_addrs=192.0.2.8"),
        *("gw.children.net.local_ts[]=10.1.0.0/16",),
    )
    assert (ended.code, ended.out) == (0, '{\n  "success": "yes"\n}\n')
    ended = await anyvici(charon.address, "call", "list-conns", "--stream", "list-conn")
    item, *_ = ended.lines
    (connection,) = json.loads(item).values()
    assert connection["remote_addrs"] == ["192.0.2.7", "192.0.2.8"]
    assert connection["children"]["net"]["local-ts"] == ["10.1.0.0/16"]


async def test_a_stream(charon: SimulatedCharon) -> None:
    async with loaded(charon):
        line = ["call", "initiate", "child=net", "timeout=5000", "--stream", "control-log"]
        ended = await anyvici(charon.address, *line, "--json")
    *log, reply = ended.records
    assert ended.code == 0
    assert log[0]["msg"] == "initiating IKE_SA gw[1] to 192.0.2.7"
    assert reply == {"success": "yes"}


async def test_what_fails_is_printed_all_the_same(charon: SimulatedCharon) -> None:
    ended = await anyvici(charon.address, "--json", "call", "terminate", "ike=gw")
    assert ended.code == 1
    errmsg = "no matching SAs to terminate found"
    (reply,) = ended.records
    assert reply == {"success": "no", "matches": "0", "terminated": "0", "errmsg": errmsg}
    assert ended.errors == f"anyvici: terminate: {errmsg}\n"


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("call nothing", 1, "this daemon does not have the command 'nothing'"),
        ("call list-sas --stream alerts", 1, "this daemon does not have the event 'alerts'"),
        ("call version child", 2, "'child' is not key=value"),
        ("call version - child=net", 2, "a message is either '-' or arguments, not both"),
        ("call", 2, "COMMAND"),
    ],
)
async def test_errors(charon: SimulatedCharon, line: str, code: int, told: str) -> None:
    ended = await anyvici(charon.address, *line.split())
    assert ended.code == code
    assert told in ended.errors
    assert ended.errors.count("\n") == 1


async def test_it_waits_for_a_daemon() -> None:
    ended = await anyvici("/nonexistent/charon.vici", "--wait", "0.05", "call", "version")
    assert (ended.code, ended.out) == (3, "")


# Standard input.


async def test_standard_input(charon: SimulatedCharon, tmp_path: Path) -> None:
    ended = await piped(charon, json.dumps({"gw": ENDS}), "load-conn", "-")
    assert (ended.code, json.loads(ended.out)) == (0, {"success": "yes"})
    file = tmp_path / "message"
    file.write_text('{"type": "IKE", "data": "secret"}')
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "call", "load-shared", "-"]
    with file.open() as opened:
        ended_ = await anyio.run_process(line, stdin=opened, env=clean())
    assert json.loads(ended_.stdout) == {"success": "yes"}
    ended = await piped(charon, '{"child": "net", "timeout": 5000}', "initiate", "-")
    assert (ended.code, json.loads(ended.out)) == (0, {"success": "yes"})


async def test_standard_input_that_is_no_json(charon: SimulatedCharon) -> None:
    ended = await piped(charon, '{"child": "net",\n "timeout": fast}', "initiate", "-")
    assert (ended.code, ended.out) == (2, "")
    told = "standard input is no JSON: line 2, column 13: Expecting value"
    assert ended.errors == f"anyvici: {told}\n"


async def test_an_interruption_while_it_is_typed(charon: SimulatedCharon) -> None:
    line = [sys.executable, "-m", "anyvici", "--uri", charon.address, "call", "version", "-"]
    async with await anyio.open_process(line, stdin=PIPE, stderr=PIPE, env=clean()) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        await process.stdin.send(b"{")
        program = Running(process)
        await program.ready()
        ended = await program.interrupted(2)
    assert (ended.code, ended.errors) == (130, "interrupted: nothing was sent\n")


# Messages.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", {}),
        ("child=net", {"child": "net"}),
        ("child=", {"child": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a.b.c=1 a.b.d=2 a.e=3", {"a": {"b": {"c": "1", "d": "2"}, "e": "3"}}),
        ("a=1 a=2 a=3", {"a": ["1", "2", "3"]}),
        ("a[]=1", {"a": ["1"]}),
        ("a[]=1 a=2 a[]=3", {"a": ["1", "2", "3"]}),
        ("a=@@home", {"a": "@home"}),
    ],
)
def test_messages_of_arguments(arguments: str, message: Message) -> None:
    assert from_arguments(arguments.split()) == message


def test_files(tmp_path: Path) -> None:
    (tmp_path / "cert.der").write_bytes(b"\x30\x82\xff")
    assert from_arguments([f"data=@{tmp_path}/cert.der"]) == {"data": b"\x30\x82\xff"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("a", "'a' is not key=value"),
        ("=b", "'=b' is not key=value"),
        ("a..b=c", "'a..b=c' is not key=value"),
        ("[]=c", "is not key=value"),
        ("a=b a.c=d", "'a.c=d': a is a value already, and no section"),
        ("a.c=d a=b", "'a=b': a is a section already, and no value"),
        ("a=@/nonexistent/file", "/nonexistent/file: No such file or directory"),
    ],
)
def test_arguments_that_are_no_message(arguments: str, told: str) -> None:
    with pytest.raises(UsageError, match=".*") as caught:
        from_arguments(arguments.split())
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("{}", {}),
        ('{"a": "b", "c": ["d", 5], "e": {"f": {}}}', {"a": "b", "c": ["d", "5"], "e": {"f": {}}}),
        ('{"a": 1.50, "b": -1e3, "c": 18446744073709551616}', None),
        ('{"a": true, "b": false}', {"a": "yes", "b": "no"}),
        ('\\ufeff{"a": "\\u00fc"}', {"a": "ü"}),
        ('{"a": {"base64": "/w=="}, "b": [{"base64": ""}]}', {"a": b"\xff", "b": [b""]}),
        ('{"a": {"base64": "eA==", "b": "c"}}', {"a": {"base64": "eA==", "b": "c"}}),
    ],
)
def test_messages_of_json(text: str, octets: Any) -> None:
    if octets is None:
        octets = {"a": "1.50", "b": "-1e3", "c": "18446744073709551616"}
    text = text.replace("\\ufeff", "\ufeff")
    assert encode(from_json(text.encode())) == encode(octets)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "standard input is no JSON: line 1, column 1: Expecting value"),
        ('{"a":\n\n 1,}', "line 3, column "),
        ('{"a": 1} {}', "line 1, column 10: Extra data"),
        ("[]", "a message is a JSON object, not a list"),
        ("5", "a message is a JSON object, not a value"),
        ('{"a": null}', "a is null, which cannot be sent: leave it out"),
        ('{"a": {"b": [1, {}]}}', "a.b[1] is an object: items of a list are values"),
        ('{"a": [[]]}', "a[0] is a list: items of a list are values"),
        ('{"a": 1, "a": 2}', "'a' stands twice in one object"),
        ('{"a": NaN}', "NaN cannot be sent"),
        ('{"a": {"base64": "!"}}', "a: "),
        ("[" * 100_000, "standard input is nested too deeply"),
        ('{"a":' * 100_000, "standard input is nested too deeply"),
    ],
)
def test_json_that_is_no_message(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_json(text.encode())
    assert told in str(caught.value)


def test_json_that_is_no_utf8() -> None:
    with pytest.raises(UsageError, match="no UTF-8 at octet 6"):
        from_json(b'{"a": \xff}')


def test_octets_are_not_lost() -> None:
    message = decode(encode({"data": b"\x30\x82", "list": [b"\xff", "text"], "text": "\x1bü"}))
    assert json.loads(to_text(message, indent=False)) == {
        "data": {"base64": base64.b64encode(b"\x30\x82").decode()},
        "list": [{"base64": "/w=="}, "text"],
        "text": "\x1bü",
    }
    assert to_text(message, indent=True).isascii()
    assert "\x1b" not in to_text(message, indent=True)


NAMES = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.binary(max_size=9) | st.text(max_size=9).map(
    lambda text: text.encode("utf-8", "replace")
)
MESSAGES = st.dictionaries(
    NAMES,
    st.recursive(
        VALUES | st.lists(VALUES),
        lambda inner: st.dictionaries(NAMES.filter("base64".__ne__), inner, max_size=4),
        max_leaves=9,
    ),
    max_size=4,
)


@given(MESSAGES, st.booleans())
def test_what_was_printed_can_be_sent(message: Any, indent: bool) -> None:
    octets = encode(message)
    printed = to_text(decode(octets), indent=indent)
    assert encode(from_json(printed.encode())) == octets
