from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.building import OPEN, Page, Recipe, Told
from crmsync.mapping.columns import (
    either,
    ended,
    of_path,
    of_reference,
    remembered,
    rows,
    through,
    unknown,
)
from crmsync.mapping.paths import compile_path
from crmsync.mapping.values import OnTexts, Remark, Texts
from crmsync.receipts import Problem
from crmsync.records import Record
from tests.examples import examples
from tests.mapping.samples import both_ways, made, mapping, record

REFUSED = Remark(None, "REFUSED", "refused")
PROBLEM = Problem("f", "ODD", "odd")

PARTS: list[object] = [
    "a",
    "owner",
    "owner.email",
    "nested.b",
    "record.id",
    {"const": "x"},
    {"const": 7},
    {"from": "a", "transforms": "upper"},
    {"from": "a", "values": {"x": 1, "y": "1", "lead": 1.5}},
    {"from": "a", "values": {"x": "", "lead": "y", "7": "seven"}, "otherwise": "drop"},
    {"from": ["b", "a"], "transforms": "trim"},
    {"from": "a", "transforms": [{"split": ";"}, "first"]},
    {"from": "b", "when": "a"},
    {"from": "b", "default": {"const": "none"}},
]
RULES: list[tuple[str, object]] = [
    *(("code", part) for part in PARTS if part not in ({"const": 7}, {"const": "x"})),
    ("name", {"from": ["a", "b"], "transforms": "strip_html"}),
    ("name", {"template": "{a}: {b?}"}),
    ("strict", {"from": "a", "required": True}),
    ("strict", {"from": "a", "default": {"from": "owner.email"}, "when": "b"}),
    ("stage", "a"),
    ("stage", {"from": "a", "values": {"x": "LEAD"}, "otherwise": "reject"}),
    ("tags", "a"),
    ("tags", {"from": "a", "transforms": {"split": ";"}}),
    ("tags", {"list": ["a", "b"], "required": True}),
    ("tags", {"list": ["a", "b"], "default": {"const": ["none"]}, "when": "a"}),
    ("roles", {"pairs": [{"key": "owner.email", "value": "b", "when": "owner.active"}]}),
    (
        "roles",
        {"pairs": [{"key": one, "value": {"const": "BOSS"}} for one in ("a", "owner.email")]},
    ),
    ("closedAt", "a"),
    ("enabled", "a"),
    ("ref.url", {"from": "a", "transforms": "url", "default": {"from": "b", "transforms": "url"}}),
]
PLAIN = "x|y|LEAD| lead |acme.com|a@acme.com|<p>x</p>|A;B; a|| |true|1|HELPER|boss|Köln|x\u200by"
LONGER = ["2022-06-08T12:55:24.602Z", "2031-01-01", "much too long for any of the fields"]
TEXTS = st.sampled_from([*PLAIN.split("|"), *LONGER])
VALUES = TEXTS | st.sampled_from([None, 1, 1.0, True, False, 0, [], ["x", "y"], {"value": "x"}])
OWNERS = st.none() | st.fixed_dictionaries(
    {"id": st.just("9")}, optional={"email": TEXTS, "active": st.booleans()}
)


FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(["a", "b", "nested", "owner"], VALUES))


@st.composite
def records(draw: st.DrawFn) -> Record:
    owner = draw(OWNERS)
    return Record(
        id=draw(st.sampled_from(["7", "8"])),
        fields=draw(FIELDS),
        joins={} if owner is None else {"owner": owner},
        modified_at=draw(st.sampled_from([None, datetime(2026, 1, 2, tzinfo=UTC)])),
    )


PAGES = st.lists(records(), max_size=8)


@pytest.mark.parametrize(("field", "rule"), RULES, ids=str)
@examples(0.4)
@given(page=PAGES)
def test_a_column_gives_what_the_whole_rule_gives(field, rule, page):
    by_columns, by_rules = both_ways({field: rule}, page)
    assert by_columns == by_rules


@examples(0.4)
@given(page=PAGES, parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=3))
def test_columns_of_parts_together_give_what_the_whole_rule_gives(page, parts):
    rules = {"name": {"join": parts, "separator": "-"}, "tags": {"list": parts}}
    by_columns, by_rules = both_ways(rules, page)
    assert by_columns == by_rules


@examples(0.4)
@given(
    page=PAGES, key=st.sampled_from([{"from": ["a", "b"], "transforms": "domain"}, "owner.email"])
)
def test_records_without_a_key_leave_the_others_as_they_are(page, key):
    rules = {"id": key, "enabled": "b", "name": "a", "closedAt": "b"}
    by_columns, by_rules = both_ways(rules, page)
    assert by_columns == by_rules


def texts(*values: object) -> Page:
    return Page([record(a=value) for value in values])


NONE = Page([])


def column(*values):
    return lambda given: list(values)


@pytest.mark.parametrize(
    ("functions", "value"),
    [
        pytest.param([], "x", id="none"),
        pytest.param([str.upper], "X", id="one"),
        pytest.param([str.upper, lambda text: [text]], ["X"], id="a-list-at-last"),
        pytest.param([lambda _: ["x"], str.upper], OPEN, id="a-list-on-the-way"),
        pytest.param([lambda _: REFUSED, str.upper], OPEN, id="refused-on-the-way"),
        pytest.param([lambda _: REFUSED], OPEN, id="refused-at-last"),
        pytest.param([lambda _: None], OPEN, id="nothing-at-last"),
        pytest.param([lambda _: False], OPEN, id="false-at-last"),
    ],
)
def test_texts_go_through_functions_as_long_as_they_are_texts(functions, value):
    onward = through([OnTexts(function) for function in functions])
    assert onward(["x", None, OPEN]) == [value, None, OPEN]


def upper_at_once(texts):
    return [text.upper() if text in {"x", "y"} else None for text in texts]


def as_they_are(texts):
    return texts


def twice(text: str) -> str:
    return text * 2


def joined(values: Sequence[object]) -> str:
    return "".join(map(str, values))


@pytest.mark.parametrize(
    ("at_once", "values", "left"),
    [
        pytest.param(upper_at_once, Texts("xy"), ["X", "Y"], id="all-at-once"),
        pytest.param(upper_at_once, Texts("xz"), ["X", "zz"], id="one-asked-for"),
        pytest.param(upper_at_once, ["x", None, OPEN, "z"], ["X", None, OPEN, "zz"], id="gaps"),
        pytest.param(upper_at_once, [None, OPEN], [None, OPEN], id="nothing-but-gaps"),
        pytest.param(as_they_are, Texts("xy"), ["x", "y"], id="all-as-they-are"),
        pytest.param(as_they_are, ["x", None, OPEN], ["x", None, OPEN], id="as-they-are-with-gaps"),
    ],
)
def test_texts_are_tried_at_once_and_the_others_one_by_one(at_once, values, left):
    step = OnTexts(twice, at_once)
    assert through([step])(values) == left


def noting():
    seen: list[object] = []

    def note(value):
        seen.append(value)
        return value

    return seen, note


def test_each_of_few_values_is_worked_out_once():
    seen, note = noting()
    onward = remembered(lambda value, _: note(value))

    assert onward(["x", "x", 7, 1.5, None, OPEN]) == ["x", "x", 7, 1.5, None, OPEN]
    assert seen == ["x", 7, 1.5]


def test_one_of_few_values_that_is_reported_takes_the_whole_rule():
    assert remembered(exclaim)(["x", "y", "x"]) == [OPEN, "y", OPEN]


def test_one_of_few_values_that_is_reported_may_be_told():
    told = Told("x", (PROBLEM,))
    assert remembered(exclaim, telling=True)(["x", "y", "x"]) == [told, "y", told]


def test_whole_numbers_come_where_they_are_wanted():
    given = texts(*["x", 0, 7, True, 1.5, None])
    for path in ("a", "record.a"):
        of_a = of_path(path, lambda one: one.fields["a"], lambda *_: None, numbers=True)

        assert of_a(given) == ["x", 0, 7, OPEN, OPEN, None]


def test_a_field_is_empty_only_where_it_was_answered_and_nothing_is_joined():
    of_a = of_path("a", lambda _: None, lambda *_: None)
    joined = record(joins={"a": {"id": "9"}}, a=None)
    given = Page([*texts("x", "", None, 7, ["x"]), record(), joined])
    assert of_a(given) == ["x", None, None, OPEN, OPEN, OPEN, OPEN]


def test_a_records_own_facts_are_taken_at_once_where_none_is_empty():
    of_url = of_path("record.url", compile_path("record.url"), lambda *_: None)
    given = [record(), record()._replace(url="")]
    assert of_url(Page(given[:1])) == ["https://crm.test/7"]
    assert of_url(Page(given)) == ["https://crm.test/7", None]


def test_a_path_is_empty_only_where_its_absence_is_no_matter():
    def missed(given, report):
        report.extend(given.fields["report"])

    of_b = of_path("a.b", lambda given: given.fields["b"], missed)
    given = [record(b=b, report=report) for b, report in [("x", []), (None, []), (None, "!")]]
    assert of_b(Page([*given, record(b=7)])) == ["x", None, OPEN, OPEN]


def test_where_a_column_is_empty_the_other_is_asked_for_the_rest_alone():
    asked: list[Record] = []

    def other(given):
        asked.extend(given)
        return [*"abcd"]

    page = texts("x", *[None] * 4, 7)
    assert either(column("x", *[None] * 4, OPEN), other)(page) == ["x", *"abcd", OPEN]
    assert asked == page[1:5]


def test_few_records_where_a_column_is_empty_take_the_whole_rule():
    assert either(column("x", None), column())(texts("x", None)) == ["x", OPEN]


@pytest.mark.parametrize("times", [1, 2])
def test_values_are_combined_where_none_is_open(times):
    both = rows([column(*["x", "y"] * times), column(*["z", OPEN] * times)], joined)
    assert both(NONE) == ["xz", OPEN] * times
    assert rows([], joined)(texts("x")) == [OPEN]


def test_sets_of_values_that_come_back_are_worked_out_once():
    seen, note = noting()
    found = rows([column("x", "x", "y", "y")], note)
    assert found(NONE) == found(NONE) == [("x",), ("x",), ("y",), ("y",)]
    assert seen == [("x",), ("y",)]


def test_sets_of_values_that_do_not_come_back_go_on_together():
    found = rows([column("x", "y")], str, together=lambda columns: columns[0], onward=exclaimed)
    assert found(NONE) == ["x!", "y!"]


def exclaimed(made: list[object]) -> list[object]:
    return [f"{one}!" for one in made]


def test_equal_values_of_other_types_are_not_taken_for_one():
    equal: list[object] = [1, True, 1.0, 1, True, 1.0]
    assert rows([column(*equal)], str)(NONE) == ["(1,)", "(True,)", "(1.0,)"] * 2


def test_what_is_made_of_a_reference_is_worked_out_once_for_its_mapping():
    seen, note = noting()
    owner, other = {"id": "9"}, {"id": "9"}
    page = [record(joins={"owner": one}) for one in (owner, other, owner)]
    alone = Recipe(lambda one, _: note(one.joins["owner"]), unknown)
    found = of_reference("owner", alone)

    assert found(Page([*page, record()])) == [owner, other, owner, OPEN]
    assert [id(one) for one in seen] == [id(owner), id(other)]


def test_what_is_reported_of_a_reference_is_told_each_time():
    page = Page([record(joins={"owner": {"id": "9"}})] * 2)
    reporting = Recipe(lambda _, report: exclaim("x", report), unknown)
    assert of_reference("owner", reporting)(page) == [Told("x", (PROBLEM,))] * 2


def exclaim(value, report):
    report.extend([PROBLEM] if value == "x" else [])
    return value


@pytest.mark.parametrize(
    ("combined", "end"),
    [
        pytest.param(OPEN, OPEN, id="open"),
        pytest.param("", None, id="empty"),
        pytest.param(0, 0, id="zero-is-a-value"),
        pytest.param("x", OPEN, id="reported"),
    ],
)
def test_what_is_combined_ends_as_a_value_or_open(combined, end):
    assert ended(lambda _: combined, exclaim, telling=False)(()) is end


def test_what_is_reported_of_the_combined_is_told_where_it_ends_the_rule():
    assert ended(lambda _: "x", exclaim, telling=True)(()) == Told("x", (PROBLEM,))


@pytest.mark.parametrize("email", ["Acme <b@acme.com>", "jo@acme.com"])
def test_a_remembered_object_is_a_new_one_each_time(email):
    rule = {"pairs": [{"key": "a", "value": {"const": "OWNER"}}]}
    compiled = mapping({"roles": rule})
    one, other = (mapped.fields["roles"] for mapped in compiled.map_page(texts(email, email)))
    assert one == other == made(rule, "roles", record(a=email))
    assert one is not other
