"""Protocol bugs, seeded on purpose: each a small change of the real code, for the time of a block.

That each is caught by a law shows that the laws, and the schedules, can see what they are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.simulation.bugs import events, pushes, reads
from benchmarks.simulation.bugs.seeding import Change

BUGS: Final[Mapping[str, Callable[[], list[Change]]]] = {
    change.__name__.replace("_", " "): change
    for change in (*events.BUGS, *pushes.BUGS, *reads.BUGS)
}
"""Each by its name."""


def about(name: str) -> str:
    """What a bug is, in a sentence."""
    return (BUGS[name].__doc__ or "").strip()


@contextmanager
def seeded(name: str) -> Iterator[None]:
    """Let the code have a bug while the block lasts."""
    undo: list[tuple[Any, str, Any]] = []
    try:
        for owner, attribute, make in BUGS[name]():
            real = vars(owner)[attribute]
            undo.append((owner, attribute, real))
            setattr(owner, attribute, make(real))
        yield
    finally:
        for owner, attribute, real in reversed(undo):
            setattr(owner, attribute, real)
