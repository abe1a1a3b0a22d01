"""Compiles the codec with mypyc when a wheel is built where there is a compiler.

Nothing here may make an installation fail: whatever goes wrong, the package is pure Python, and
`anyvici.compiled` says so. ANYVICI_COMPILE=no in the environment asks for that, and
ANYVICI_COMPILE=yes makes a failure an error. An editable installation is always pure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULES = ["anyvici/wire/loops.py"]


class CompileHook(BuildHookInterface):
    """Adds extension modules beside the sources they are made of."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built."""
        wanted = os.environ.get("ANYVICI_COMPILE", "")
        if version == "editable" or wanted == "no":
            return
        self._folder = tempfile.mkdtemp(prefix="anyvici-build-")
        try:
            extensions = compiled(Path(self.root) / "src", Path(self._folder))
        except Exception as error:
            if wanted == "yes":
                raise
            self.app.display_warning(f"anyvici is built without its compiled codec: {error}")
            return
        for path in extensions:
            build_data["force_include"][str(path)] = str(path.relative_to(self._folder))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling when the wheel is there."""
        shutil.rmtree(getattr(self, "_folder", ""), ignore_errors=True)


def compiled(source: Path, folder: Path) -> list[Path]:
    """Compile copies of the modules, each by itself, and return what came of it."""
    for module in map(Path, MODULES):
        for package in module.parents[:-1]:
            (folder / package).mkdir(parents=True, exist_ok=True)
            (folder / package / "__init__.py").touch()
        shutil.copy(source / module, folder / module)
    compiler = "import sys; from mypyc.__main__ import main; main()"
    command = [
        sys.executable,
        "-c",
        compiler,
        "--config-file=",
        "--ignore-missing-imports",
        *MODULES,
    ]
    environment = os.environ | {"MYPYC_OPT_LEVEL": "3", "MYPYC_DEBUG_LEVEL": "0"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"mypyc: {(done.stdout + done.stderr).strip()[-500:]}")
    return [p for p in folder.rglob("*") if p.suffix in (".so", ".pyd") and "build" not in p.parts]
