"""A process that has loaded crmsync, and becomes a command over and over.

Loading is four fifths of what a short command costs. Each command is a process of its own all the
same: a copy (fork) of the one that has loaded everything, with its own folder, variables, files
for stdout and stderr, and the interpreter's own way out. What is settled before crmsync loads,
a locale for one, needs a process that starts afresh.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

NOT_LOADED = ("crmsync.testing", "crmsync.sandbox", "crmsync.__main__")
"""What no command loads, but those that serve a sandbox."""

WHEN_NEEDED = ("idna.uts46data", "pydantic.type_adapter", "regex", "typer._adapters")
"""What commands load only when they come to it, which most do."""


class Warm:
    """Runs one command at a time.

    Attributes:
        env: The variables that the process loaded crmsync with.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self._files = TemporaryDirectory(prefix="crmsync-warm-")
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def crmsync(
        self, arguments: Sequence[str], folder: Path, env: Mapping[str, str]
    ) -> tuple[int, str, str]:
        """Run a command in a folder to its end, with these variables and no others.

        Gives its exit code (negative is the signal that ended it), stdout and stderr.
        """
        out, err = (Path(self._files.name, name) for name in ("out", "err"))
        order = {"arguments": arguments, "folder": str(folder), "env": dict(env)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order | {"out": str(out), "err": str(err)}) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        told, wrong = (path.read_text(encoding="utf-8") for path in (out, err))
        return os.waitstatus_to_exitcode(status), told, wrong

    def stop(self) -> None:
        """Let the process end."""
        self._process.communicate(timeout=20)
        self._files.cleanup()


def _load() -> None:
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # as the command line does
    package = import_module("crmsync")
    for module in pkgutil.walk_packages(package.__path__, "crmsync."):
        if not module.name.startswith(NOT_LOADED):
            import_module(module.name)
    for name in WHEN_NEEDED:
        import_module(name)
    # What is made once a process: the options of all commands, the list of suffixes, of countries.
    import_module("crmsync.cli.app").command()
    import_module("crmsync.mapping.transforms.suffixes").known_top_level("com")
    import_module("crmsync.mapping.transforms.countries").country_name.function("SE")
    gc.collect()
    gc.freeze()  # else each copy would look through, and so copy, all that is loaded


def _become(order: Mapping[str, object]) -> None:
    """Take over a command's folder, variables and files."""
    os.chdir(str(order["folder"]))
    os.environ.clear()
    assert isinstance(order["env"], dict)
    os.environ.update(order["env"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path in enumerate((os.devnull, str(order["out"]), str(order["err"]))):
        opened = os.open(path, flags if number else os.O_RDONLY, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    assert isinstance(order["arguments"], list)
    sys.argv = ["crmsync", *order["arguments"]]


def _serve() -> bool:
    """Take orders to the end of stdin; gives whether this is a copy, with a command to run."""
    for line in sys.stdin:
        assert threading.active_count() == 1  # else a copy might hold a lock for ever
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return True
        sys.stdout.write(f"{os.waitpid(child, 0)[1]}\n")
        sys.stdout.flush()
    return False


def _run() -> int:
    """Run as `python -m crmsync` does; gives the exit code."""
    try:
        runpy.run_module("crmsync", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _leave(code: int) -> NoReturn:
    """End as an interpreter does, but without taking apart, and so copying, all that is loaded."""
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.path.remove(str(Path(__file__).parent))
    _load()
    if _serve():
        _leave(_run())
