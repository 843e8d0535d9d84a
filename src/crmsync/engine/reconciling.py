"""Whether the records read are as many as the CRM counts, and what explains a difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from crmsync.records import Drift


class Reconciliation(NamedTuple):
    """What a comparison of counts came to.

    Attributes:
        balanced: Whether nothing is unexplained.
        note: For people, what explains the difference, or that nothing does; else empty.
    """

    balanced: bool
    note: str = ""


def reconcile(total: int | None, live: int, drift: Callable[[], Drift]) -> Reconciliation:
    """Compare the live records read with the CRM's own count, taken as the read began.

    *drift* is asked only where they differ: what was created, changed or archived while
    the run read explains a difference up to its own size.
    """
    if total is None or total == live:
        return Reconciliation(balanced=True)
    moved = drift()
    if total - moved.vanished <= live <= total + moved.appeared:
        return Reconciliation(
            balanced=True,
            note=f"read {live} live records, the CRM counted {total} as the run began; "
            f"{moved.appeared} appeared and {moved.vanished} left while it read",
        )
    return Reconciliation(
        balanced=False,
        note=f"read {live} live records, but the CRM counted {total}, and what changed while "
        "the run read does not explain it: run again with --full, and see whether the token "
        "may see every record",
    )
