from __future__ import annotations

import stat

import pytest

from crmsync.history import Entry, HistoryFile, Item, What, entry_of, meaning, read_history

CREATED = Entry(
    12.5,
    What.DONE,
    system="atoka",
    exchange=7,
    call="POST /v2/leadevents",
    items=(Item("x", id="5000001", tag="4f9a21c0d3b8", date="2026-11-21"),),
)


@pytest.mark.parametrize(
    "entry",
    [CREATED, Entry(0.0, What.CRASHED, "run-1"), Entry(1.0, What.ANSWERED, status=429, wait=2.0)],
    ids=["effect", "crash", "answer"],
)
def test_an_entry_comes_back_from_its_line(entry):
    assert entry_of(entry.line()) == entry


def test_a_line_tells_nothing_that_is_left_out():
    assert Entry(0.0, What.CRASHED, "run-1").line() == (
        b'{"at":0.0,"what":"crashed","runner":"run-1"}\n'
    )


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"at":1,"what":"sung"}', b'{"what":1}', b"x"])
def test_what_is_no_line_is_refused(line):
    with pytest.raises(ValueError):  # noqa: PT011 - of JSON's own words, too
        entry_of(line)


def test_several_writers_append_to_one_private_file(tmp_path):
    path = tmp_path / "history.jsonl"
    with HistoryFile(path) as one, HistoryFile(path) as other:
        for writer in (one, other, one):
            writer.write(CREATED)
    assert list(read_history(path)) == [CREATED] * 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_bytes(CREATED.line() + CREATED.line()[:20])
    assert list(read_history(path)) == [CREATED]


def test_nulls_empty_lists_and_order_mean_nothing():
    said = {"domain": "a.com", "isEnabled": True, "properties": {"a": 1, "b": None, "c": []}}
    assert meaning(said) == meaning({"properties": {"a": 1}, "domain": "a.com"})
    assert meaning(said) != meaning({**said, "isEnabled": False})
