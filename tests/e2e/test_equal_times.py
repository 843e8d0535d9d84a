"""An import gives very many records one and the same modification time: none is lost."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import pytest

from tests.e2e.crms import ACCOUNTS, COMPANIES, MANY, MANY_OPTIONS, ORGANIZATIONS, CrmWorld, Kind


class Import(NamedTuple):
    """An import into one CRM.

    Attributes:
        page: Records that one request gives at most.
        touched: Records of the import.
        beside: Requests that read what the records point to.
        source: More lines for the source.
    """

    kind: Kind
    page: int
    touched: int
    beside: tuple[str, ...] = ()
    source: str = ""


IMPORTS = (
    Import(COMPANIES, 200, 1_000),
    Import(ACCOUNTS, 2_000, MANY, source="bulk_threshold = 1000000"),  # by pages of a query
    Import(ORGANIZATIONS, 500, MANY, beside=("pipedrive.persons",)),
)


@pytest.mark.parametrize("case", IMPORTS, ids=lambda case: case.kind.sync)
@pytest.mark.fault(26)
def test_equal_times_are_read_to_the_end_in_few_requests(sandbox_at, tmp_path, warm, case):
    world = CrmWorld(sandbox_at(*MANY_OPTIONS), tmp_path, warm, case.kind)
    world.ask("/reset", {})
    world.configure(source=case.source)
    assert world.run().code == 0
    touched = world.act("touch", count=case.touched)
    world.tally()
    ended, tally = world.run(), world.tally()
    assert (ended.code, ended.sync["balanced"]) == (0, True)
    assert ended.sync["counts"]["read"] == len(touched) == case.touched
    own = {kind: n for kind, n in tally.items() if kind not in ("akooda.post", *case.beside)}
    assert sum(own.values()) <= ceil(case.touched / case.page) + 5, own
