"""The process behind `warm.Warm`: it loads crmsync once, and becomes a command over and over.

Each line of stdin is an order, each answer a line of stdout.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO

NOT_LOADED = ("crmsync.testing", "crmsync.sandbox", "crmsync.__main__")
"""What no command loads, but those that serve a sandbox."""

WHEN_NEEDED = ("idna.uts46data", "pydantic.type_adapter", "regex", "typer._adapters")
"""What commands load only when they come to it, which most do."""


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
    sys.stdout, sys.stderr = _like(sys.stdout, 1), _like(sys.stderr, 2)
    assert isinstance(order["arguments"], list)
    sys.argv = ["crmsync", *order["arguments"]]


def _like(stream: TextIO, descriptor: int) -> TextIO:
    """A stream for another file: the one that there is knows whether its first file could seek."""
    encoding, errors = stream.encoding, stream.errors
    return open(descriptor, "w", 1, encoding, errors, closefd=False)


def _serve() -> dict[str, str] | None:
    """Take orders to the end of stdin; gives what is to be run where this is a copy."""
    for line in sys.stdin:
        order = json.loads(line)
        if "ended" in order:  # whether it has, or, where it is waited for, how
            child, status = os.waitpid(order["ended"], 0 if order["wait"] else os.WNOHANG)
            _answer(status if child else None)
            continue
        assert threading.active_count() == 1  # else a copy might hold a lock for ever
        child = os.fork()
        if child == 0:
            _become(order)
            return dict(order)
        _answer(child)
    return None


def _answer(said: int | None) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


def _run(program: str | None) -> int:
    """Run as `python -m crmsync` does, or `python -c` a program; gives the exit code."""
    try:
        if program is not None:
            exec(program, {"__name__": "__main__"})  # noqa: S102 - a test wrote it
            return 0
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
    if (order := _serve()) is not None:
        _leave(_run(order.get("program")))
