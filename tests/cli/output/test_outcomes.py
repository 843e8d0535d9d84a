from __future__ import annotations

import pytest

from crmsync.cli.output.outcomes import (
    ATTENTION,
    MEANINGS,
    headline,
    remainder,
    segments,
    tiles,
    trouble,
)
from crmsync.engine.previews import ACTIONS


def changes(**counts):
    return dict.fromkeys(ACTIONS, 0) | counts


def sync(error=None, status="succeeded", **counts):
    return {"changes": changes(**counts), "error": error, "status": status, "balanced": True}


def test_every_action_has_its_words_and_its_place():
    assert list(MEANINGS) == list(ACTIONS)
    assert sorted(ATTENTION) == sorted(ACTIONS)


def test_every_count_has_a_tile_zeros_too():
    shown = tiles(changes(create=3))
    assert [(tile.action, tile.records) for tile in shown][:2] == [("create", 3), ("change", 0)]
    assert len(shown) == len(ACTIONS)


def test_parts_of_the_bar_follow_each_other_to_its_end():
    parts = segments(changes(create=60, unchanged=30, invalid=10))
    assert [(part.action, part.start, part.width) for part in parts] == [
        ("create", 0, 60),
        ("unchanged", 60, 30),
        ("invalid", 90, 10),
    ]


def test_one_record_in_many_can_still_be_seen_but_holds_no_number():
    many, one = segments(changes(create=20_000, invalid=1))
    assert one.width > 0.5
    assert many.start + many.width == pytest.approx(one.start)
    assert (many.labelled, one.labelled) == (True, False)


def test_no_records_make_no_bar():
    assert segments(changes()) == ()


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "No records to look at."),
        ({"unchanged": 4}, "A run would send nothing."),
        ({"create": 1}, "A run would create 1 record."),
        ({"change": 2500}, "A run would change 2,500 records."),
        ({"create": 2, "change": 1}, "A run would create 2 and change 1 record."),
        (
            {"create": 2, "status": "guarded", "error": "stop"},
            "But for a guard, a run would create 2 records.",
        ),
        (
            {"create": 2, "status": "temporary", "error": "later"},
            "As far as was read, a run would create 2 records.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_headline_says_what_a_run_would_do(counts, words):
    assert headline(sync(**counts)) == words


def test_what_stays_behind_is_what_is_skipped_or_invalid():
    assert remainder(sync(skipped=3, invalid=2, filtered=9)) == "5 would stay behind."
    assert remainder(sync(filtered=9)) == ""


def test_an_error_comes_before_books_that_do_not_balance():
    counts = {"source_total": 2, "read": 1}
    off = {"error": None, "status": "partial", "balanced": False, "counts": counts}
    assert trouble(off) == ("The books do not balance", "1 read, the CRM counts 2")
    assert trouble(off | {"error": "why"}) == ("The preview ended early", "why")
    assert trouble(off | {"balanced": True}) is None
