"""Who may import whom: each module only what stands above it in the table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyvici

# A room is a folder (or a lone file) and its modules, in order. Every file of the library stands
# here; a new one is put where it belongs, a new room gets a line: models, client, watch and
# swanctl below connection, testing and cli at the very end, as they may use the public names.
ROOMS = [
    ("exceptions", ""),
    ("wire", "elements loops message packet protocol"),
    (
        "connection",
        (
            "background mailbox pauses unix unix_asyncio transport listeners pending turns reading "
            "conversation streams subscriptions connection"
        ),
    ),
    (
        "models",
        "enums sections conversion results pools daemon credentials connections sas events",
    ),
    ("config", "values numbers words texts methods networks options types sections check"),
    (
        "client",
        (
            "parameters opening pool shared leased progress commands daemon sas configuration "
            "credentials events tunnel client"
        ),
    ),
    ("watch", "changes comparison registry hearsay picture difference feed mirror table waiting"),
    ("", ""),  # anyvici/__init__.py, the public names
    ("testing.replies", ""),
    (
        "testing.values",
        (
            "numbers texts hosts services selectors algorithms proposals der distinguished_names "
            "addresses identities x509 certificates"
        ),
    ),
    ("testing.requests", ""),
    ("testing.agenda", ""),
    ("testing.state", "configs pools credentials authorities counters"),
    (
        "testing.sas",
        (
            "sa watching telling tasks deleting policies registry removing agreement "
            "establishing uniqueness rekeying lifetimes peers accepting responding manager"
        ),
    ),
    ("testing.gateway", ""),
    (
        "testing.commands",
        (
            "readers options rounds listing connections pool_values pools certificates "
            "credentials authorities algorithms counters daemon control queries table"
        ),
    ),
    ("testing.faults", ""),
    ("testing.session", ""),
    ("testing.memory", ""),
    ("testing.listener", ""),
    ("testing.life", ""),
    ("testing.charon", ""),
    ("testing", "plugin"),
    (
        "cli",
        (
            "text units columns records output exits status interrupts "
            "session happenings messages app completion options listing insides x509"
        ),
    ),
    ("cli.show", "details sas policies conns pools authorities certs daemon log events"),
    ("cli.control", "sentences lines selected others attempt results"),
    ("cli.demo", "cast traffic stage lives scene place"),
    (
        "cli.top",
        (
            "keys rates tracks happenings rows lines grid cursor board view bindings pages screen "
            "terminal run"
        ),
    ),
    ("cli.commands", "top sas control events call configuration credentials daemon simulation"),
    ("cli.every", ""),
    ("cli.entry", ""),
    ("__main__", ""),
]

# Here an annotation may name what holds a thing: a task knows the manager that it works for.
HELD = "anyvici.testing.sas."

# These rooms are pure: no I/O, no clock, nothing async. They need no more than this to be so.
PURE = {"exceptions", "wire", "config"}
PURE_IMPORTS = {
    *("collections", "dataclasses", "datetime", "difflib", "enum", "ipaddress", "re", "typing")
}

SOURCE = Path(anyvici.__file__).parent


def dotted(*parts: str) -> str:
    return ".".join(part for part in ("anyvici", *parts) if part)


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return dotted(*(part for part in parts if part != "__init__"))


ORDER = [dotted(room, module) for room, modules in ROOMS for module in ["", *modules.split()]]
PACKAGES = {dotted(room) for room, modules in ROOMS if modules or not room}
TEXTS = {name_of(path): path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py"))}


def imports(module: str, tree: ast.AST) -> Iterator[str]:
    """Iterate over what is imported anywhere in a module, functions included."""
    package = module.split(".") if module in PACKAGES else module.split(".")[:-1]
    skipped = set(annotations_only(tree)) if module.startswith(HELD) else set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:  # a module of a package, or something out of a module
                inner = f"{origin}.{alias.name}"
                yield inner if inner in ORDER else origin


def annotations_only(tree: ast.AST) -> Iterator[ast.AST]:
    """Iterate over what stands under `if TYPE_CHECKING:`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body


def offences(module: str, source: str) -> list[str]:
    """Return what is wrong with a module, in words."""
    if module not in ORDER:
        return [f"{module} stands in no room of the table in {Path(__file__).name}"]
    tree = ast.parse(source)
    above = ORDER[: ORDER.index(module)]
    imported = sorted(set(imports(module, tree)))
    own = [name for name in imported if name.split(".")[0] == "anyvici"]
    found = [f"{module} imports {name}, which is not above it" for name in own if name not in above]
    if module.removeprefix("anyvici.").split(".")[0] in PURE:
        foreign = {name.split(".")[0] for name in imported} - PURE_IMPORTS - {"anyvici"}
        found += [f"{module} is pure and imports {name}" for name in sorted(foreign)]
        waiting = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
        found += [
            f"{module} is pure and async in line {node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, waiting)
        ]
    return found


# The rule.


@pytest.mark.parametrize("module", TEXTS)
def test_a_module_imports_only_from_those_above_it(module):
    assert offences(module, TEXTS[module]) == []


def test_every_module_of_the_table_exists():
    assert set(ORDER) <= TEXTS.keys()


def test_nothing_is_imported_past_the_rule():
    for text in TEXTS.values():
        assert "importlib" not in text.replace("importlib.metadata", "")
        assert "__import__" not in text


# That the rule can fail.


@pytest.mark.parametrize(
    ("module", "source", "name"),
    [
        ("wire.message", "from anyvici.wire.packet import pack", "wire.packet"),
        ("wire.packet", "from anyvici.wire import protocol", "wire.protocol"),
        ("wire.packet", "from anyvici.wire import message, protocol", "wire.protocol"),
        ("wire.packet", "from . import protocol", "wire.protocol"),
        ("wire.packet", "from .protocol import Request", "wire.protocol"),
        ("wire.packet", "from .. import connection", "connection"),
        ("wire.packet", "from ..connection.mailbox import Mailbox", "connection.mailbox"),
        ("wire", "from .message import decode", "wire.message"),
        (
            "wire.protocol",
            "def late():\n    import anyvici.connection.mailbox",
            "connection.mailbox",
        ),
        ("connection.mailbox", "from anyvici.connection.streams import *", "connection.streams"),
        ("connection.mailbox", "if TYPE_CHECKING:\n    from anyvici import Stream", ""),
        ("connection.connection", "import anyvici", ""),
        ("exceptions", "import anyvici.exceptions", "exceptions"),
        ("connection.streams", "import anyvici.no.such.module", "no.such.module"),
    ],
)
def test_an_import_from_below_is_found(module, source, name):
    expected = f"{dotted(module)} imports {dotted(name)}, which is not above it"
    assert offences(dotted(module), source) == [expected]


@pytest.mark.parametrize("name", ["anyio", "trio", "asyncio", "socket", "selectors", "time"])
@pytest.mark.parametrize("source", ["import {}", "import {}.inner as x", "from {} import y"])
@pytest.mark.parametrize("module", ["exceptions", "wire", "wire.protocol"])
def test_what_can_wait_is_found_in_a_pure_module(module, source, name):
    expected = f"{dotted(module)} is pure and imports {name}"
    assert offences(dotted(module), source.format(name)) == [expected]
    assert offences("anyvici.connection.transport", source.format(name)) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("async def function():\n    pass", 1),
        ("def function():\n    await other()", 2),
        ("def function():\n    async with other():\n        pass", 2),
        ("def function():\n    async for item in other():\n        pass", 2),
    ],
)
def test_async_is_found_in_a_pure_module(source, line):
    assert offences("anyvici.wire.protocol", source) == [
        f"anyvici.wire.protocol is pure and async in line {line}"
    ]
    assert offences("anyvici.connection.streams", source) == []


def test_a_file_that_is_in_no_room_is_found():
    [offence] = offences("anyvici.wire.cellar", "")
    assert offence.startswith("anyvici.wire.cellar stands in no room")


def test_what_holds_a_thing_can_be_named_where_the_table_says_so():
    source = "if TYPE_CHECKING:\n    from anyvici.testing.sas.manager import Sas"
    assert offences("anyvici.testing.sas.tasks", source) == []
    assert len(offences("anyvici.testing.state.pools", source)) == 1
    assert len(offences("anyvici.testing.sas.tasks", source.replace("TYPE_", "NO_"))) == 1


def test_imports_from_above_are_no_offence():
    source = "import enum\nfrom collections.abc import Mapping\nfrom . import message, packet"
    assert offences("anyvici.wire.protocol", source) == []
    assert offences("anyvici", "from anyvici.connection.connection import Connection") == []
