from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.building import OPEN, Page, Told
from crmsync.mapping.gathering import listed
from crmsync.mapping.values import OnTexts, Remark
from crmsync.payloads import Field, FieldKind, OnFault
from crmsync.receipts import Problem
from crmsync.records import Record
from tests.examples import CHARACTERS, examples
from tests.mapping.samples import both_ways, plugin

GATHERED = plugin(
    Field(name="id", kind=FieldKind.TEXT, required=True),
    Field(name="cut", kind=FieldKind.TEXT_LIST, max_length=8, on_fault=OnFault.CLIP, unlike="name"),
    Field(name="few", kind=FieldKind.TEXT_LIST, max_length=8, max_items=2),
    Field(name="strict", kind=FieldKind.TEXT_LIST, max_length=8, on_fault=OnFault.REJECT),
    Field(name="name", kind=FieldKind.TEXT, max_length=16, on_fault=OnFault.CLIP),
    Field(name="about", kind=FieldKind.LONG_TEXT),
)
PARTS: list[object] = [
    *"abcd",
    "owner.email",
    {"from": "a", "transforms": "upper"},
    {"from": "b", "transforms": {"split": ";"}},
    {"from": "c", "values": {"x": "X", "y": 1}, "otherwise": "keep"},
    {"from": "d", "default": {"const": "x"}},
    {"const": 7},
    {"join": ["c", "d"], "separator": "  "},
    {"list": ["a", "a"]},
]
HARD = (
    "x", "X", "xx", " x", "x ", "x  y", "x\ny", "\n", "ß", "ss", "\u017f", "k", "\u212a", "\u0130",
    "\u0131", "I", "e\u0301", "\u200b", "x;y;X", "a\0b", "\u00a0x", "😀" * 5, "too long by far",
)  # fmt: skip
TEXTS = st.sampled_from(HARD) | st.text(CHARACTERS, min_size=1, max_size=9)
EMPTY = st.sampled_from([None, "", "x"])


@st.composite
def pages(draw: st.DrawFn) -> list[Record]:
    """A page in whose columns some are texts alone, some have gaps, and the last has anything."""
    rows = st.fixed_dictionaries(
        {"a": TEXTS, "b": TEXTS, "c": TEXTS | EMPTY},
        optional={"d": TEXTS | EMPTY | st.sampled_from([0, 7, True, 1.5, ["x", "y"], {}])},
    )
    owners = st.sampled_from([{}, {"owner": {"id": "9", "email": "Jo@acme.com"}}])
    made = st.builds(Record, id=st.just("7"), fields=rows, joins=owners)
    return draw(st.lists(made, max_size=6))


@examples(0.6)
@given(page=pages(), parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=5))
def test_lists_and_joins_by_columns_are_those_of_record_by_record(page, parts):
    lists = {name: {"list": parts} for name in ("cut", "few", "strict")}
    joins = {"name": {"join": parts}, "about": {"join": parts, "separator": "\n"}}
    by_columns, by_rules = both_ways(lists | joins, page, destination=GATHERED)
    assert by_columns == by_rules


def fit(text: str) -> object:
    if text == "gone":
        return Remark(None, "GONE", "gone")
    return Remark("cut", "CUT", "cut") if len(text) > 3 else text.strip() or None


def close(row: Sequence[object]) -> object:
    if Remark(None, "GONE", "gone") in row:
        return ("closed", *row)
    return Told("the list", (Problem("f", "CUT", f"one of {len(row)}"),))


def told(*texts: str, of: int) -> Told:
    return Told([*texts], (Problem("f", "CUT", f"one of {of}"),))


ITEM = OnTexts(
    fit, lambda texts: [None if len(text) > 3 or text != text.strip() else text for text in texts]
)


@pytest.mark.parametrize(
    ("values", "made"),
    [
        pytest.param(["x", "y"], ["x", "y"], id="as-they-are"),
        pytest.param(["x", None], ["x"], id="a-gap"),
        pytest.param([None, None], None, id="nothing"),
        pytest.param(["x", " y "], ["x", "y"], id="one-is-mended"),
        pytest.param(["ß", "SS"], ["ß"], id="alike-but-for-case"),
        pytest.param(["Ab", "x", "aB"], ["Ab", "x"], id="alike-in-letters-that-ascii-has"),
        pytest.param(["\u0131", "I"], ["\u0131", "I"], id="alike-in-capitals-alone"),
        pytest.param(["x", None, None, "x"], ["x"], id="alike-around-gaps"),
        pytest.param(["x", "too long"], told("x", "cut", of=2), id="a-remark"),
        pytest.param(["cut", "x", "too long"], told("cut", "x", of=3), id="a-remark-and-alike"),
        pytest.param(["x", "gone", None], ("closed", "x", fit("gone")), id="nothing-is-mended"),
        pytest.param(["x", " "], ("whole", "x", " "), id="nothing-is-left"),
        pytest.param(["x", 0], ("whole", "x", 0), id="no-text"),
        pytest.param(["x", ["y"]], ("whole", "x", ["y"]), id="a-list"),
        pytest.param(["x", OPEN], OPEN, id="open"),
    ],
)
def test_a_list_takes_its_own_way_only_where_texts_stay_alone(values, made):
    columns = [lambda _, value=value: [value, "z"] for value in values]
    gathered = listed(columns, ITEM, closed=close, whole=lambda row: ("whole", *row))
    assert gathered(Page([])) == [made, ["z"]]


def test_what_closes_lists_where_nothing_is_told_does_so_each_time():
    columns = [lambda _, value=value: [value] for value in ("x", "too long")]
    gathered = listed(columns, ITEM, closed=lambda _: OPEN, whole=tuple)
    assert gathered(Page([])) == [OPEN]
