from __future__ import annotations

import tracemalloc

from crmsync.sources.file.ids import Faults, Ids


def test_ids_that_come_twice_are_told_by_their_hashes():
    ids = Ids()
    for key in ("a", "", "b", "", "c", "b"):
        ids.add(key)

    assert ids.twice() == {hash("b")}


def test_ids_are_told_apart_by_less_than_they_take_themselves():
    tracemalloc.start()
    ids = Ids()
    for number in range(50_000):
        ids.add(f"0061t00000{number:08d}")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert not ids.twice()
    assert kept < 600_000


def test_of_many_faults_the_first_lines_are_named_whatever_the_order_they_came_in():
    faults = Faults()
    for line in (9, 3, 8, 2, 7, 1, 6):
        faults.add(line, "is odd")

    assert str(faults).startswith("line 1 is odd; line 2 is odd; line 3 is odd")
    assert str(faults).endswith("and 2 more")
