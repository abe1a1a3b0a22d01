"""The commands as Typer has them: names, options, help, completion.

A command is an async function whose first parameter is its Session; the others are its options.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any, Literal, TypeVar

import typer

from anyvici import compiled
from anyvici.cli.session import Session

_PANEL = "Options of every command"

Uri = Annotated[
    str | None,
    typer.Option(
        "--uri",
        "-u",
        metavar="ADDRESS",
        help="Where the daemon is: a path, unix://PATH or tcp://HOST:PORT; else $ANYVICI_URI.",
        rich_help_panel=_PANEL,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON, one object a line.", rich_help_panel=_PANEL),
]
Backend = Annotated[
    Literal["asyncio", "trio"] | None,
    typer.Option("--backend", help="The event loop underneath.", rich_help_panel=_PANEL),
]
Wait = Annotated[
    float | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        help="Wait for a daemon that is not there (yet).",
        rich_help_panel=_PANEL,
    ),
]
Debug = Annotated[
    bool, typer.Option("--debug", help="Show tracebacks of errors.", rich_help_panel=_PANEL)
]


def take_note(
    context: typer.Context,
    *,
    uri: Uri = None,
    as_json: Json = False,
    wait: Wait = None,
    backend: Backend = None,
    debug: Debug = False,
) -> None:
    """Take note of the options of every command, before its name or after."""
    session: Session = context.obj
    settings = session.settings
    settings.uri = settings.uri if uri is None else uri
    settings.wait = settings.wait if wait is None else wait
    settings.backend = settings.backend if backend is None else backend
    settings.debug = settings.debug or debug
    session.output.as_json = session.output.as_json or as_json


_CONTEXT, *_COMMON = inspect.signature(take_note).parameters.values()

app: typer.Typer = typer.Typer(
    name="anyvici",
    help="Control strongSwan's IKE daemon charon, and see what it does.",
    epilog=(
        "Exit codes: 0 done, 1 refused by the daemon, 2 wrong arguments, 3 no daemon, "
        "4 connection lost, 5 not understood, 74 a file could not be read or written, "
        "130 interrupted."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        codec = "compiled codec" if compiled else "pure Python codec"
        typer.echo(f"anyvici {version('anyvici')} ({codec})")
        raise typer.Exit


def _with_common(run: Callable[..., None], own: Iterable[inspect.Parameter]) -> Callable[..., None]:
    """Let Typer see the options of every command behind those that are a function's own."""
    parameters = [_CONTEXT, *own, *_COMMON]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


_VERSION = inspect.Parameter(
    "version",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print our own version."
        ),
    ],
)


def _before_the_command(context: typer.Context, **options: Any) -> None:
    del options[_VERSION.name]  # it is printed already
    take_note(context, **options)


app.callback()(_with_common(_before_the_command, [_VERSION]))


def _help(function: Callable[..., Any]) -> str:
    """Return the docstring, each of its paragraphs in one line: it is wrapped to the terminal."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)


Function = TypeVar("Function", bound=Callable[..., Awaitable[None]])


def command(name: str, panel: str, *, endless: bool = False) -> Callable[[Function], Function]:
    """Register an async function as a command; see Session.run for `endless`.

    Its docstring is the help.
    """

    def register(function: Function) -> Function:
        _, *own = inspect.signature(function).parameters.values()

        def run(context: typer.Context, **options: Any) -> None:
            take_note(context, **{each.name: options.pop(each.name) for each in _COMMON})
            session: Session = context.obj
            raise typer.Exit(session.run(partial(function, **options), endless=endless))

        decorate = app.command(name, help=_help(function), rich_help_panel=panel)
        decorate(_with_common(run, own))
        return function

    return register
