"""Commands from a process that has loaded crmsync, and becomes one over and over.

Loading is four fifths of what a short command costs. Each command is a process of its own all the
same: a copy (fork) of the one that has loaded everything, with its own folder, variables, files
for stdout and stderr, and the interpreter's own way out. What is settled before crmsync loads,
a locale for one, needs a process that starts afresh.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any, Self

PROGRAM = Path(__file__).with_name("warm_process.py")
LOOK_EVERY_S = 0.01


class Warm:
    """Where commands come from.

    Attributes:
        env: The variables that the process loaded crmsync with.
        longest: Seconds that a command which is waited for may take; then it is killed.
    """

    def __init__(self, env: Mapping[str, str], longest: float = 300.0) -> None:
        self.env = dict(env)
        self.longest = longest
        self._files = TemporaryDirectory(prefix="crmsync-warm-")
        self._numbers = count()
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
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
        return self._ran(self._order(arguments, folder, env))

    def python(self, program: str, folder: Path) -> tuple[int, str, str]:
        """Run a program of the caller's own in a copy, to its end; gives the same."""
        return self._ran(self._order(["-c"], folder, self.env) | {"program": program})

    def _ran(self, order: Mapping[str, object]) -> tuple[int, str, str]:
        files = [Path(self._files.name, name) for name in ("out", "err")]
        child = self._begin(order, files)
        watch = Timer(self.longest, os.kill, (child, signal.SIGKILL))
        watch.start()
        try:
            code = self.ended(child, wait=True)
        finally:
            watch.cancel()
        assert code is not None
        told, wrong = (path.read_text(encoding="utf-8") for path in files)
        return code, told, wrong

    def start(self, arguments: Sequence[str], folder: Path, env: Mapping[str, str]) -> Started:
        """Start a command that goes on while its caller does."""
        number = next(self._numbers)
        pipes = [Path(self._files.name, f"{name}-{number}") for name in ("out", "err")]
        for pipe in pipes:
            os.mkfifo(pipe)
        return Started(self, self._begin(self._order(arguments, folder, env), pipes), pipes)

    def ended(self, child: int, *, wait: bool) -> int | None:
        """A command's exit code; None where it has not ended, and is not to be waited for."""
        status = self._asked({"ended": child, "wait": wait})
        return None if status is None else os.waitstatus_to_exitcode(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)
        self._files.cleanup()

    @staticmethod
    def _order(arguments: Sequence[str], folder: Path, env: Mapping[str, str]) -> dict[str, object]:
        return {"arguments": arguments, "folder": str(folder), "env": dict(env)}

    def _begin(self, order: Mapping[str, object], files: Sequence[Path]) -> int:
        out, err = map(str, files)
        return int(self._asked({**order, "out": out, "err": err}))

    def _asked(self, order: Mapping[str, object]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Started:
    """A command that goes on; what it has of subprocess.Popen's is as there.

    Attributes:
        pid: Its process's id.
        returncode: Its exit code, None as long as it is not known to have ended.
        stdout: What it writes; `stderr` likewise.
    """

    def __init__(self, warm: Warm, pid: int, pipes: Sequence[Path]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._warm = warm
        # Opened in the order in which the command opens them: each waits for the other's end.
        self.stdout, self.stderr = (path.open(encoding="utf-8") for path in pipes)
        for path in pipes:
            path.unlink()

    def poll(self) -> int | None:
        """Its exit code, None where it has not ended."""
        if self.returncode is None:
            self.returncode = self._warm.ended(self.pid, wait=False)
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        """Wait for its end; gives its exit code."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < deadline, "it goes on and on"
            time.sleep(LOOK_EVERY_S)
        return code

    def communicate(self, timeout: float = 60.0) -> tuple[str, str]:
        """Wait for its end; gives what it wrote to stdout and stderr."""
        with ThreadPoolExecutor() as both:
            reading = [both.submit(pipe.read) for pipe in (self.stdout, self.stderr)]
            self.wait(timeout)
            out, err = (one.result() for one in reading)
        return out, err

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.stderr.close()
        self.wait()
