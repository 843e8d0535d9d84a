from __future__ import annotations

from contextlib import closing
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.errors import FatalError
from crmsync.sources.salesforce.api import Chunk
from crmsync.sources.salesforce.bulk import Place, Results, goes_parallel, place, tables
from crmsync.sources.salesforce.objects import PAGE
from tests.examples import CHARACTERS

COLUMNS = {"Id": "id", "Name": "string"}


def csv(*rows, names=("Id", "Name")):
    lines = [names, *rows]
    quoted = ('","'.join(cell.replace('"', '""') for cell in line) for line in lines)
    return "".join(f'"{line}"\n' for line in quoted).encode("utf-8", "surrogatepass")


def rows(body, **options):
    return [
        row
        for table in tables("sf", body, COLUMNS, **options)
        for row in zip(table.columns["Id"], table.columns["Name"], strict=True)
    ]


@given(st.lists(st.tuples(st.text("abc1", min_size=1), st.text(CHARACTERS))))
def test_every_text_comes_back_but_nul(pairs):
    expected = [(one, name.replace("\0", "") or None) for one, name in pairs]

    assert rows(csv(*pairs)) == expected


def test_names_may_come_in_another_order_and_case():
    assert rows(csv(("Acme", "1"), names=("NAME", "id"))) == [("1", "Acme")]


def test_what_was_read_is_skipped():
    body = csv(*((str(number), "") for number in range(2 * PAGE + 5)))

    assert [one for one, _ in rows(body, skip=PAGE)] == [str(n) for n in range(PAGE, 2 * PAGE + 5)]
    assert rows(body, skip=3 * PAGE) == []


@pytest.mark.parametrize("body", [b"", b'"Id","Name"\n'], ids=["nothing", "names alone"])
def test_a_result_without_rows_is_one(body):
    assert rows(body) == []


def test_bytes_that_are_no_text_do_not_end_a_read():
    assert rows(b'"Id","Name"\n"1","a\xff"\n') == [("1", "a\ufffd")]


@pytest.mark.parametrize(
    "body",
    [
        b'"Id","Name"\n"1","Ac',
        b'"Id","Name"\n"1","a","b"\n',
        b'"Id","Name"\n"1"x,"a"\n',
        b'"Id"\n"1"\n',
    ],
    ids=["cut short", "too many cells", "a stray quote", "a column is missing"],
)
def test_what_is_not_the_csv_that_was_asked_for_is_refused(body):
    with pytest.raises(FatalError, match="Bulk job's result") as caught:
        rows(body)

    assert caught.value.hint


@pytest.mark.parametrize(
    "one",
    [
        Place("750a"),
        Place("750a", "MTA5", 0, 250, 20_250),
        Place("750a", "/services/x?locator=MT", 3, 9, 5, parallel=True),
    ],
)
def test_a_place_comes_back_from_its_word(one):
    assert place(one.encode()) == one


@pytest.mark.parametrize("word", ["", "750a", "750a x y z +"])
def test_a_word_that_is_no_place_is_refused(word):
    with pytest.raises(ValueError, match=r"."):
        place(word)


def fake(parts):
    """Parts by locator, as an org gives them."""

    def result_page(job, *, locator="", rows):
        number = int(locator or 0)
        onward = str(number + 1) if number + 1 < len(parts) else ""
        return Chunk(csv(*((one, "") for one in parts[number])), onward, -1)

    return SimpleNamespace(name="sf", result_page=result_page)


def read(api, start):
    results = Results(api, COLUMNS, rows=10, parallel=1)
    with closing(results.pieces(start)) as pieces:
        return [(list(one.table.columns["Id"]), one.after, one.last) for one in pieces]


def test_the_last_piece_alone_is_last_also_before_an_empty_part():
    found = read(fake([["1", "2"], []]), Place("j"))

    assert [(ids, last) for ids, _, last in found] == [(["1", "2"], True)]


def test_an_empty_result_is_one_empty_piece():
    assert read(fake([[]]), Place("j")) == [([], Place("j"), True)]


def test_every_place_counts_what_was_read_and_resumes_after_it():
    api = fake([["1", "2"], ["3"], ["4", "5"]])
    found = read(api, Place("j"))

    assert [after.read for _, after, _ in found] == [2, 3, 5]
    for number, (_, after, last) in enumerate(found[:-1], start=1):
        rest = read(api, place(after.encode()))
        assert not last
        assert [ids for ids, _, _ in rest if ids] == [ids for ids, _, _ in found[number:]]
        assert rest[-1][1].read == 5


@pytest.mark.fault(22)
def test_a_locator_that_comes_twice_ends_the_read():
    api = fake([["1"], ["2"]])
    api.result_page = lambda job, *, locator="", rows: Chunk(csv(("1", "")), "0", -1)

    with pytest.raises(FatalError, match="twice"):
        read(api, Place("j"))


@pytest.mark.parametrize(
    ("version", "parallel", "whether"), [("68.0", 1, False), ("68.0", 2, True), ("57.0", 5, False)]
)
def test_parts_go_side_by_side_where_the_api_can_and_it_is_wanted(version, parallel, whether):
    assert goes_parallel(version, parallel) is whether
