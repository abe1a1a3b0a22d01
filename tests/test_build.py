"""hatch_build.py: what is in a wheel, with a compiler and without. None fails for lack of one."""

import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
ANY_TAG = "py3-none-any.whl"
USE = """
import anyvici
print(anyvici.__file__)
print(anyvici.compiled)
print(anyvici.decode(bytes((4, 1, 97, 6))))
try:
    anyvici.decode(bytes((4,)))
except anyvici.RemoteProtocolError as error:
    print(error)
"""
SAID = "anyvici is built without its compiled codec: "


def hook() -> ModuleType:
    """hatch_build.py as a module."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(
    root: Path, folder: Path, target: str = "wheel", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Build with what is installed here; that it works in isolation, too, nox shows every time."""
    others = {name: value for name, value in os.environ.items() if name != "ANYVICI_COMPILE"}
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=root,
        env=others | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=250,
        check=False,
    )


def content(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution: what is built from it is built from the checkout as well."""
    folder = tmp_path_factory.mktemp("sdist")
    built = build(ROOT, folder, "sdist")
    assert built.returncode == 0, built.stdout
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    [root] = [path for path in folder.iterdir() if path.is_dir()]
    return root


@pytest.fixture(scope="module")
def compiled_wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if lack := hook().hindrance():
        if os.environ.get("CI") == "true":
            pytest.fail(lack)
        pytest.skip(lack)
    folder = tmp_path_factory.mktemp("compiled")
    built = build(unpacked, folder, ANYVICI_COMPILE="yes")
    assert built.returncode == 0, built.stdout
    assert SAID not in built.stdout
    [wheel] = folder.glob("*.whl")
    return wheel


def pure_wheel(folder: Path) -> Path:
    [wheel] = folder.glob("*.whl")
    assert wheel.name.endswith(ANY_TAG)
    assert not [name for name in content(wheel) if name.endswith((".so", ".c"))]
    return wheel


# With a compiler.


def test_a_compiled_wheel_has_all_of_the_pure_one_and_extension_modules(
    compiled_wheel: Path, unpacked: Path, tmp_path: Path
) -> None:
    assert build(unpacked, tmp_path, ANYVICI_COMPILE="no").returncode == 0
    pure = content(pure_wheel(tmp_path))
    assert "anyvici/wire/loops.py" in pure
    assert pure < content(compiled_wheel)
    added = content(compiled_wheel) - pure
    assert all(name.startswith("anyvici/wire/loops") and name.endswith(".so") for name in added)
    assert [name for name in added if name.startswith("anyvici/wire/loops.")]


def test_the_tag_of_a_compiled_wheel_is_of_this_python_only(compiled_wheel: Path) -> None:
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert f"-{python}-{python}-" in compiled_wheel.name


def test_what_is_in_a_compiled_wheel_is_used(compiled_wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(compiled_wheel).extractall(tmp_path)
    (tmp_path / "program.py").write_text(USE)  # its folder is where Python looks first
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    ran = subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [
        str(tmp_path / "anyvici" / "__init__.py"),
        "True",
        "{'a': []}",
        "malformed message at octet 1: a text would end at octet 2 of 1",
    ]


# Without.


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"CC": "nonexistent-cc -pthread"}, "there is no nonexistent-cc -pthread (on Debian: apt"),
        ({"CC": "false"}, "mypyc: ..."),
        ({"PYTHONPATH": "broken"}, "no mypyc today"),
    ],
    ids=["no compiler", "one that fails", "no mypyc"],
)
def test_what_is_missing_is_told_and_the_wheel_is_pure(
    unpacked: Path, tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    if hook().hindrance() and "CC" not in environment:
        pytest.skip("there is no compiler")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "mypyc.py").write_text("raise ImportError('no mypyc today')")
    environment = environment | {"PYTHONPATH": str(tmp_path / environment.get("PYTHONPATH", ""))}
    built = build(unpacked, tmp_path, **environment)
    assert built.returncode == 0, built.stdout
    assert SAID in built.stdout
    assert reason in built.stdout
    pure_wheel(tmp_path)

    (tmp_path / "strict").mkdir()
    built = build(unpacked, tmp_path / "strict", ANYVICI_COMPILE="yes", **environment)
    assert built.returncode != 0
    assert reason in built.stdout
    assert list((tmp_path / "strict").iterdir()) == []


@pytest.mark.parametrize(("version", "wish"), [("standard", "no"), ("editable", "")])
def test_what_is_not_to_be_compiled_is_not(
    monkeypatch: pytest.MonkeyPatch, version: str, wish: str
) -> None:
    hatch_build = hook()
    monkeypatch.setenv("ANYVICI_COMPILE", wish)
    monkeypatch.delattr(hatch_build, "compiled")
    hatch_build.CompileHook(str(ROOT), {}, None, None, "", "wheel").initialize(version, {})


def test_a_wish_that_is_none_is_refused(unpacked: Path, tmp_path: Path) -> None:
    built = build(unpacked, tmp_path, ANYVICI_COMPILE="maybe")
    assert built.returncode != 0
    assert "ANYVICI_COMPILE is yes or no, not 'maybe'" in built.stdout


# What the build asks for, and what keeps it from asking.


def test_mypy_is_asked_for_only_where_it_is_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    hatch_build = hook()
    build_hook = hatch_build.CompileHook(str(ROOT), {}, None, None, "", "wheel")
    monkeypatch.setenv("ANYVICI_COMPILE", "")
    monkeypatch.setattr(hatch_build, "hindrance", lambda: "")
    assert [each.partition(">")[0] for each in build_hook.dependencies()] == ["mypy", "setuptools"]
    monkeypatch.setenv("ANYVICI_COMPILE", "no")
    assert build_hook.dependencies() == []
    for wish in ("yes", ""):
        monkeypatch.setenv("ANYVICI_COMPILE", wish)
        monkeypatch.setattr(hatch_build, "hindrance", lambda: "there is no compiler")
        assert build_hook.dependencies() == []


@pytest.fixture
def hatch_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """hatch_build.py in a Python where nothing is missing."""
    module = hook()
    (tmp_path / "Python.h").touch()
    monkeypatch.setenv("CC", sys.executable)
    monkeypatch.setattr(module, "sysconfig", SimpleNamespace(
        get_path={"include": str(tmp_path)}.get, get_config_var={"CC": "unknown-cc"}.get
    ))  # fmt: skip
    monkeypatch.setattr(module, "platform", SimpleNamespace(
        machine=lambda: "x86_64", python_version=lambda: "3.11.2",
        python_implementation=lambda: "CPython",
    ))  # fmt: skip
    monkeypatch.setattr(module, "sys", SimpleNamespace(
        implementation=SimpleNamespace(name="cpython"), version_info=(3, 11, 2)
    ))  # fmt: skip
    return module


def test_nothing_is_missing(hatch_build: ModuleType) -> None:
    assert hatch_build.hindrance() == ""


def test_no_header(hatch_build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "Python.h").unlink()
    told = f"there is no {tmp_path / 'Python.h'} (on Debian: apt-get install python3-dev)"
    assert hatch_build.hindrance() == told


def test_no_compiler(hatch_build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC")
    told = "there is no unknown-cc (on Debian: apt-get install gcc)"
    assert hatch_build.hindrance() == told


def test_pypy(hatch_build: ModuleType) -> None:
    hatch_build.sys.implementation.name = "pypy"
    hatch_build.platform.python_implementation = lambda: "PyPy"
    assert hatch_build.hindrance() == "mypyc is for CPython, and this is PyPy"


def test_free_threads(hatch_build: ModuleType) -> None:
    hatch_build.sysconfig.get_config_var = {"CC": "cc", "Py_GIL_DISABLED": 1}.get
    assert hatch_build.hindrance().startswith("in a free-threaded Python")


@pytest.mark.parametrize(("version", "machine"), [((3, 99, 0), "x86_64"), ((3, 11, 2), "s390x")])
def test_no_wheels_of_mypy(
    hatch_build: ModuleType, version: tuple[int, int, int], machine: str
) -> None:
    hatch_build.sys.version_info = version
    hatch_build.platform.machine = lambda: machine
    assert hatch_build.hindrance() == f"mypyc is not known to be had for 3.11.2 {machine}"
