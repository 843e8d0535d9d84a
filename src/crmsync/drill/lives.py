"""Runs of crmsync in processes of their own: left alone, stopped, or killed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_LONGEST: Final = 600.0
"""Seconds after which a run that was left alone counts as stuck."""

_FIRST_GUESS: Final = 3.0
"""How many seconds a run takes, as long as none has ended."""

_EARLIEST: Final = 0.3
"""Seconds in which a process only begins: to cut it off then would show nothing."""


@dataclass
class Lives:
    """The runs of one configuration, and what became of them.

    Attributes:
        config: The configuration's path.
        chance: Draws the moments of signals.
        killed: Runs that were alive when they were killed; `stopped` likewise.
        ended: How many ended by themselves, by exit code.
        said: What syncs that failed said, and how often.
        tracebacks: Runs that wrote one.
        stuck: Runs that had to be killed though they were left alone.
        unbalanced: Reports whose books do not balance.
    """

    config: Path
    chance: random.Random
    killed: int = 0
    stopped: int = 0
    ended: dict[int, int] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    tracebacks: int = 0
    stuck: int = 0
    unbalanced: int = 0
    _longest: float = 0.0

    def kill(self) -> None:
        """Start a run and kill it."""
        self.killed += self._cut(signal.SIGKILL)

    def stop(self) -> None:
        """Start a run and ask it to end."""
        self.stopped += self._cut(signal.SIGTERM)

    def run(self) -> dict[str, Any]:
        """Run to the end; gives its report, empty where it wrote none."""
        began = time.monotonic()
        child = self._start()
        try:
            out, err = child.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            self.stuck += 1
        self._longest = max(self._longest, time.monotonic() - began)
        self.ended[child.returncode] = self.ended.get(child.returncode, 0) + 1
        return self._heard(out, err)

    def _cut(self, number: signal.Signals) -> bool:
        """Start a run and send it a signal; gives whether that found it alive."""
        child = self._start()
        after = self.chance.uniform(_EARLIEST, max(self._longest or _FIRST_GUESS, 2 * _EARLIEST))
        try:
            out, err = child.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            child.send_signal(number)
            out, err = child.communicate()
            self._heard(out, err)
            return True
        self.ended[child.returncode] = self.ended.get(child.returncode, 0) + 1
        self._heard(out, err)
        return False

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "crmsync", "--config", str(self.config), "-q"]
        return subprocess.Popen(  # noqa: S603 - ourselves, with a file that we wrote
            [*command, "run", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def _heard(self, out: str, err: str) -> dict[str, Any]:
        self.tracebacks += "Traceback" in err
        try:
            report: dict[str, Any] = json.loads(out)
        except ValueError:
            return {}
        self.unbalanced += sum(not sync["balanced"] for sync in report["syncs"])
        self.said.update(sync["error"] for sync in report["syncs"] if sync["error"])
        return report
