"""Compiles the codec with mypyc when a wheel is built where there is a compiler.

Nothing here makes an installation fail: whatever is missing or goes wrong, the package is pure
Python, does the same, and says so: `anyvici.compiled`. The warning is seen with `pip install -v`.
ANYVICI_COMPILE=no in the environment asks for pure Python, ANYVICI_COMPILE=yes makes an error of
the warning. An editable installation is never compiled.
"""

import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULES = ["anyvici/wire/loops.py"]

# They are asked for only where they come as wheels and can be of use: without a compiler nothing
# more is needed than hatchling.
REQUIREMENTS = ["mypy>=1.18", "setuptools>=77"]
WHEELS_UP_TO = (3, 15)
WHEELS_FOR = {"x86_64", "aarch64", "arm64"}

MYPYC = "from mypyc.__main__ import main; main()"
TRIAL = r"""
import sys; sys.path.insert(0, ".")
from anyvici.wire import loops
assert not loops.__file__.endswith(".py"), "it is not found"
assert loops.message(b"\3\1k\0\1v", None, None) == {"k": "v"}
"""


class CompileHook(BuildHookInterface):
    """Adds extension modules beside the sources that they are made of."""

    _folder: TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """Called by hatchling: what the build needs besides."""
        return [] if wish() == "no" or hindrance() else REQUIREMENTS

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built."""
        if version == "editable" or wish() == "no":
            return
        self._folder = TemporaryDirectory(prefix="anyvici-build-")
        folder = Path(self._folder.name)
        try:
            extensions = compiled(Path(self.root) / "src", folder)
        except Exception as error:
            if wish() == "yes":
                raise
            self.app.display_warning(f"anyvici is built without its compiled codec: {error}")
            return
        for path in extensions:
            build_data["force_include"][str(path)] = str(path.relative_to(folder))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling when the wheel is there."""
        if self._folder:
            self._folder.cleanup()


def wish() -> str:
    """Return what is asked for: yes, no, or empty for whatever is possible."""
    word = os.environ.get("ANYVICI_COMPILE", "")
    if word not in ("yes", "no", ""):
        raise ValueError(f"ANYVICI_COMPILE is yes or no, not {word!r}")
    return word


def hindrance() -> str:
    """Return what is missing here, and how to get it; empty if it can be tried."""
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC") or "a compiler"
    header = Path(sysconfig.get_path("include"), "Python.h")
    if sys.implementation.name != "cpython":
        return f"mypyc is for CPython, and this is {platform.python_implementation()}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "in a free-threaded Python, what mypyc makes would bring the lock back"
    if sys.version_info[:2] > WHEELS_UP_TO or platform.machine() not in WHEELS_FOR:
        return f"mypyc is not known to be had for {platform.python_version()} {platform.machine()}"
    if not shutil.which(shlex.split(compiler)[0]):
        return f"there is no {compiler} (on Debian: apt-get install gcc)"
    if not header.exists():
        return f"there is no {header} (on Debian: apt-get install python3-dev)"
    return ""


def compiled(source: Path, folder: Path) -> list[Path]:
    """Compile copies of the modules in an empty folder; return the extension modules made there.

    There may be more of them than modules: mypyc makes some that are only for the others.
    """
    if lack := hindrance():
        raise RuntimeError(lack)
    for module in map(Path, MODULES):
        for package in module.parents[:-1]:
            (folder / package).mkdir(parents=True, exist_ok=True)
            (folder / package / "__init__.py").touch()
        shutil.copy(source / module, folder / module)
    run(folder, MYPYC, "--config-file=", "--ignore-missing-imports", *MODULES)
    run(folder, TRIAL)
    return [path for path in folder.rglob("*.so") if "build" not in path.relative_to(folder).parts]


def run(folder: Path, program: str, *arguments: str) -> None:
    """Run a Python program; RuntimeError with the end of what it said, if it fails."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=os.environ | {"MYPYC_OPT_LEVEL": "3", "MYPYC_DEBUG_LEVEL": "0"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode:
        raise RuntimeError(f"mypyc: ...{(done.stdout + done.stderr).strip()[-500:]}")
