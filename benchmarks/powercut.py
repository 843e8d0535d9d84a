"""Cuts the power at every write of small syncs, and opens what the disk may hold then.

    python -m benchmarks.powercut
    python -m benchmarks.powercut --every 10

Two runs to Akooda and two to Atoka are traced, each write and each sync of every file beside the
ledger. After each of these calls the folder is built anew: what was synced, with none, all, a
prefix, some, or torn parts (512 bytes) of what was not; names of files are lost, too, until their
folder is synced. crmsync's own code opens each ledger. It must be whole; each payload and event
whose request had left must be known as sent, or as sent perhaps; and when a run had ended, nothing
of it may be missing. Then the same with syncs that do nothing, and with `synchronous = NORMAL`:
there it must find faults, or it could not find any. Prints a line each, and ends with 1 where it
is otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from benchmarks.disks import Disk
from benchmarks.failpoints import victim
from benchmarks.kernel import PLAN, Call, calls, library
from benchmarks.kills import without_nulls
from benchmarks.victims import Victim, whole
from crmsync.errors import LedgerError
from crmsync.interfaces import Ledger
from crmsync.ledger import open_ledger
from crmsync.state import UNCERTAIN, Phase
from crmsync.testing.clocks import FakeClock

LEDGER = "ledger.db"
SYNCS = {"akooda": "companies", "atoka": "deals"}
MODES = ("as it is", "without syncs", "synchronous = NORMAL")
CARELESS = """
import sys
from crmsync.ledger import files
files._SETTINGS = tuple(one.replace("= FULL", "= NORMAL") for one in files._SETTINGS)
from crmsync.cli import main
sys.argv[0] = "crmsync"
sys.exit(main())
"""
_TAG = re.compile(r"\[cs:([0-9a-f]{12})\]")
_SHOWN = 5


def traced(victim: Victim, folder: Path, mode: str) -> list[Sequence[Call]]:
    """Two runs, the second after a change; gives what each asked of the kernel."""
    victim.begin()
    segments: list[Sequence[Call]] = []
    for number in range(2):
        path = folder / f"trace-{number}"
        path.unlink(missing_ok=True)
        plan = f"trace:{path}" + (";skip" if mode == "without syncs" else "")
        if mode == "synchronous = NORMAL":
            careless(victim, plan)
        elif victim.run(plan)[0]:
            raise SystemExit(f"{victim.name}: a run that nothing disturbs failed")
        segments.append(list(calls(path)))
        victim.change(1)
    return segments


def careless(victim: Victim, plan: str) -> None:
    """A run of a crmsync that makes less durable than it should."""
    command = [sys.executable, "-c", CARELESS, "-q", "run", "--json"]
    env = {**victim.env, PLAN: plan}
    subprocess.run(command, cwd=victim.folder, env=env, stdout=subprocess.DEVNULL, check=True)


class Departures:
    """What left, by the trace: whole requests, put together by connection."""

    def __init__(self) -> None:
        self.payloads: dict[str, Any] = {}
        self.tags: set[str] = set()
        self._streams: dict[int, bytes] = {}

    def add(self, call: Call) -> None:
        """A part of a request left."""
        stream = self._streams.get(call.fd, b"")
        stream = call.data if call.data.startswith((b"POST ", b"GET ")) else stream + call.data
        self._streams[call.fd] = stream
        _, _, body = stream.partition(b"\r\n\r\n")
        if body.startswith(b"[") and body.endswith(b"]"):
            self.payloads |= {one["domain"]: without_nulls(one) for one in json.loads(body)}
        self.tags.update(_TAG.findall(unquote_plus(body.decode(errors="replace"))))


def cuts(
    victim: Victim, segments: Sequence[Sequence[Call]], chance: random.Random, every: int
) -> Iterator[tuple[str, dict[str, bytes], Departures, bool]]:
    """Every state of the disk: a word for it, the files, what had left, whether a run had ended."""
    disk, left, number = Disk(victim.folder), Departures(), 0
    seen: set[int] = set()
    for run, segment in enumerate(segments):
        disk.restart()
        last = len(segment) - 1
        for at, call in enumerate(segment):
            if call.name == "sendto":
                left.add(call)
            changed = disk.apply(call) or call.name == "sendto"
            number += changed
            if at != last and (not changed or number % every):
                continue
            for word, files in disk.states(chance):
                state = hash((tuple(sorted(files.items())), len(left.tags), at == last, call.name))
                if state not in seen:
                    seen.add(state)
                    yield f"run {run + 1}, call {at}: {word}", files, left, at == last


def forgotten(victim: Victim, folder: Path, left: Departures, *, ended: bool) -> Iterator[str]:
    """What is wrong with the ledger in a folder."""
    ledger = folder / LEDGER
    if not ledger.exists():
        if left.payloads or left.tags or ended:
            yield "there is no ledger"
        return
    try:
        with closing(open_ledger(f"sqlite:///{ledger}", clock=FakeClock())) as opened:
            owed = opened.standing(SYNCS[victim.name], victim.name).owed
            if ended and owed:
                yield f"{owed} owed after the run had ended"
            yield from _unknown(opened, victim.name, left)
    except LedgerError as error:
        yield f"it cannot be used: {error.message}"
        return
    if not whole(ledger):
        yield "it is damaged"


def _unknown(ledger: Ledger, platform: str, left: Departures) -> Iterator[str]:
    for tag in left.tags:
        event = ledger.event(platform, tag)
        if event is None or event.phase is Phase.PLANNED:
            yield f"event {tag} had left and is {event.phase if event else 'not there'}"
    ledger.recover(platform)
    known = ledger.deliveries(platform, list(left.payloads))
    for key, payload in left.payloads.items():
        one = known.get(key)
        if one is None:
            yield f"{key} had left and is not there"
        elif one.digest != UNCERTAIN and without_nulls(json.loads(one.body)) != payload:
            yield f"{key} had left and is known as it was before"


class Found(NamedTuple):
    """How many states were looked at, and what is wrong with some."""

    states: int
    wrong: list[str]


def searched(victim: Victim, folder: Path, mode: str, seed: int, every: int) -> Found:
    """Trace a victim, and look at what its disk may hold."""
    segments = traced(victim, folder, mode)
    states, wrong = 0, list[str]()
    scratch = folder / "cut"
    for word, files, left, ended in cuts(victim, segments, random.Random(seed), every):
        states += 1
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        for name, held in files.items():
            (scratch / name).write_bytes(held)
        wrong += [f"{word}: {fault}" for fault in forgotten(victim, scratch, left, ended=ended)]
    return Found(states, wrong)


def main() -> None:
    """Print a line a platform and mode."""
    parser = argparse.ArgumentParser(description="cut the power at every write")
    parser.add_argument("--every", type=int, default=1, help="look after one of so many calls")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'platform':<10}{'ledger':<24}{'states':>8}{'wrong':>8}", flush=True)
    sound = True
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - Linux's own folder
    with tempfile.TemporaryDirectory(dir=memory) as name:
        built = library(Path(name))
        for platform in SYNCS:
            with victim(platform, built, within=memory) as one:
                for mode in MODES:
                    found = searched(one, Path(name), mode, options.seed, options.every)
                    sound = sound and bool(found.wrong) is (mode != MODES[0])
                    line = f"{platform:<10}{mode:<24}{found.states:>8}{len(found.wrong):>8}"
                    faults = "".join(f"\n    {fault}" for fault in found.wrong[:_SHOWN])
                    print(line + faults, flush=True)
    raise SystemExit(not sound)


if __name__ == "__main__":
    main()
