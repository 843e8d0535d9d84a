from __future__ import annotations

import pytest

from crmsync.sources.pipedrive.values import Fields, layout, reach, text_id

KEY = {letter: letter * 40 for letter in "abcdef"}
ZONE = {"timezone_id": 295, "timezone_name": "Europe/Stockholm"}


def described(code, name, kind="varchar", *, options=None, custom=True, optional=False):
    return {"field_code": code, "field_name": name, "field_type": kind, "options": options,
            "is_custom_field": custom, "is_optional_response_field": optional}  # fmt: skip


def filled(path, kind, value, *, options=None, found=None):
    row = {"id": 1, "custom_fields": {KEY["a"]: value}}
    found_layout = layout({path}, Fields([described(KEY["a"], "Its name", kind, options=options)]))
    found_layout.fill(row, found or {})
    return row[path]


OPTIONS = [{"id": 31, "label": "Gold"}, {"id": "32", "label": "Silver; grey"}]


@pytest.mark.parametrize(
    ("kind", "value", "tail", "given"),
    [
        ("varchar", "x", "", "x"),
        ("text", "a\nb", "", "a\nb"),
        ("double", 0, "", 0),
        ("int", 7, "", 7),
        ("phone", "+46 8 1", "", "+46 8 1"),
        ("varchar_auto", "INV 1", "", "INV 1"),
        ("date", "2026-01-02", "", "2026-01-02"),
        ("enum", 31, "", "Gold"),
        ("enum", 31, ".id", 31),
        ("enum", 39, "", "39"),
        ("enum", None, "", None),
        ("set", [31, 32, 39], "", ["Gold", "Silver; grey", "39"]),
        ("set", [31], ".id", [31]),
        ("monetary", {"value": 5.5, "currency": "SEK"}, "", 5.5),
        ("monetary", {"value": 5.5, "currency": "SEK"}, ".currency", "SEK"),
        ("address", {"value": "Lund, Sweden", "locality": "Lund"}, "", "Lund, Sweden"),
        ("address", {"value": "Lund, Sweden", "locality": "Lund"}, ".locality", "Lund"),
        ("address", None, ".locality", None),
        ("daterange", {"value": "2026-01-02", "until": "2026-02-03"}, "", "2026-01-02"),
        ("daterange", {"value": "2026-01-02", "until": "2026-02-03"}, ".until", "2026-02-03"),
        ("time", {"value": "10:00:00", **ZONE}, "", "10:00:00"),
        ("timerange", {"value": "10:00:00", "until": "11:00:00", **ZONE}, ".timezone_name",
         "Europe/Stockholm"),
        ("user", 22, "", 22),
        ("org", 33, "", 33),
        ("people", 44, "", 44),
        ("brand_new_type", {"value": 1}, "", 1),
        ("varchar", "x", ".nothing", None),
    ],
)  # fmt: skip
def test_each_type_of_value_is_reached_by_name_and_by_key(kind, value, tail, given):
    options = OPTIONS if kind in {"enum", "set"} else None
    for head in ("Its name", KEY["a"]):
        assert filled(f"{head}{tail}", kind, value, options=options) == given


@pytest.mark.parametrize(
    ("kind", "target", "tail", "given"),
    [
        ("user", "users", "email", "a@x.se"),
        ("org", "organizations", "address.locality", "Lund"),
        ("people", "persons", "emails", [{"value": "b@x.se"}]),
        ("user", "users", "nothing", None),
    ],
)
def test_a_path_leads_on_through_a_field_that_points_to_something(kind, target, tail, given):
    record = {"email": "a@x.se", "address": {"locality": "Lund"}, "emails": [{"value": "b@x.se"}]}

    assert filled(f"Its name.{tail}", kind, 7, found={target: {"7": record}}) == given
    assert filled(f"Its name.{tail}", kind, 8, found={target: {"7": record}}) is None


def test_names_may_have_dots_and_the_longest_beginning_counts():
    fields = Fields([described(KEY["a"], "Co."), described(KEY["b"], "Co. name", "address")])
    match = fields.match("Co. name.locality")

    assert match is not None
    assert (match.fields[0].key, match.tail) == (KEY["b"], "locality")
    assert fields.match("Company") is None


def test_a_standard_field_goes_by_its_code_alone():
    fields = Fields([described("title", "Title", custom=False)])

    assert fields.match("title") is not None
    assert fields.match("Title") is None


def test_outer_blanks_of_a_name_do_not_count_since_no_path_can_have_them():
    assert Fields([described(KEY["a"], " Its name ")]).match("Its name") is not None


def test_two_fields_of_one_name_are_ambiguous_and_neither_is_taken():
    found = layout({"Tier"}, Fields([described(KEY["a"], "Tier"), described(KEY["b"], "Tier")]))

    assert found.fillings == ()
    assert [one.key for one in found.ambiguous[0][1].fields] == [KEY["a"], KEY["b"]]


def test_only_what_is_reached_is_asked_for():
    fields = Fields([
        described(KEY["a"], "One"), described(KEY["b"], "Other"),
        described("products_count", "Products", "int", custom=False, optional=True),
    ])  # fmt: skip
    found = layout({"One", KEY["a"], "products_count", "unheard of"}, fields)

    assert found.custom == (KEY["a"],)
    assert found.optional == ("products_count",)
    assert found.unknown == ("unheard of",)


@pytest.mark.parametrize("custom", [None, [], {}])
def test_a_row_without_custom_fields_has_nulls_for_them(custom):
    row = {"id": 1, "custom_fields": custom}
    layout({"One"}, Fields([described(KEY["a"], "One")])).fill(row, {})

    assert row["One"] is None


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7"), ("8", "8"), (None, ""), (True, ""), ({}, "")]
)
def test_an_id_is_text(value, text):
    assert text_id(value) == text


def test_what_is_not_there_is_reached_as_nothing():
    assert reach(None, "a.b") is None
    assert reach({"a": 1}, "a.b") is None
