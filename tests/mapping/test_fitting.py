from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.fitting import compile_fitter
from crmsync.mapping.transforms.clipping import units
from crmsync.mapping.values import Code, Remark
from crmsync.payloads import Field, FieldKind, OnFault
from tests.examples import CHARACTERS


def fitter(kind, **attributes):
    return compile_fitter(Field(name="properties.x", kind=kind, **attributes))


name = fitter(FieldKind.TEXT, max_length=49, on_fault=OnFault.CLIP)
object_id = fitter(FieldKind.TEXT, max_length=49)
about = fitter(FieldKind.LONG_TEXT, max_length=100_000, on_fault=OnFault.CLIP)
domain = fitter(FieldKind.DOMAIN, on_fault=OnFault.REJECT)
boolean = fitter(FieldKind.BOOLEAN)
moment = fitter(FieldKind.TIMESTAMP)
link = fitter(FieldKind.URL, max_length=100_000)
segments = fitter(FieldKind.TEXT_LIST, max_length=49, max_items=255, on_fault=OnFault.CLIP)
stage = fitter(
    FieldKind.ENUM,
    choices=("CUSTOMER", "LEAD", "CLOSED_WON", "LIST", "LIVE"),
    aliases={"closedwon": "CLOSED_WON"},
)
source = fitter(FieldKind.ENUM, choices=("HUBSPOT", "SALESFORCE", "PIPEDRIVE"))
risk = fitter(FieldKind.ENUM, choices=("LOW", "MEDIUM", "HIGH"))
owners = fitter(
    FieldKind.ROLES,
    max_items=255,
    choices=("ACCOUNT MANAGER", "CUSTOMER SUCCESS MANAGER", "PRODUCT MANAGER"),
    aliases={"CSM": "CUSTOMER SUCCESS MANAGER", "ACCOUNT_OWNER": "ACCOUNT MANAGER"},
)

AM = "ACCOUNT MANAGER"
CSM = "CUSTOMER SUCCESS MANAGER"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"

FITS = [
    pytest.param(name, "A" * 49, "A" * 49, id="S01"),
    pytest.param(name, "Cafe\u0301", "Café", id="S07"),
    pytest.param(name, "\u202eabc", "abc", id="S09"),
    pytest.param(name, "x\ud83d", "x\ufffd", id="S10"),
    pytest.param(about, "a\x00\n\tb\x07", "a\n\tb", id="S11"),
    pytest.param(name, "   ", None, id="S12"),
    pytest.param(name, None, None, id="S13"),
    pytest.param(about, "x" * 100_000, "x" * 100_000, id="S14"),
    pytest.param(
        segments, ["Technology", "technology ", None, "", 7], ["Technology", "7"], id="S19"
    ),
    pytest.param(segments, "COMPUTER_SOFTWARE", ["COMPUTER_SOFTWARE"], id="S21"),
    pytest.param(segments, [], None, id="empty-list"),
    pytest.param(segments, [None, " "], None, id="list-of-nothing"),
    pytest.param(object_id, 4802619497, "4802619497", id="S25"),
    pytest.param(object_id, 4802619497.0, "4802619497", id="S27"),
    pytest.param(stage, "closed won", "CLOSED_WON", id="E01-blank"),
    pytest.param(stage, "Closed_Won", "CLOSED_WON", id="E01-underscore"),
    pytest.param(stage, " CLOSED  WON ", "CLOSED_WON", id="E01-blanks"),
    pytest.param(stage, "", None, id="empty-enum"),
    pytest.param(
        owners, {"jo@acme.com": "Customer Success Manager"}, {"jo@acme.com": CSM}, id="E06"
    ),
    pytest.param(
        owners, {"jo@acme.com": "customer_success_manager"}, {"jo@acme.com": CSM}, id="E06-low"
    ),
    pytest.param(source, "hubspot", "HUBSPOT", id="E09"),
    pytest.param(owners, {"John.Doe@Example.COM ": AM}, {"john.doe@example.com": AM}, id="O01"),
    pytest.param(owners, {"jo@münchen.de": AM}, {"jo@xn--mnchen-3ya.de": AM}, id="O07"),
    pytest.param(owners, {}, None, id="O08"),
    pytest.param(owners, {"": AM, "jo@acme.com": None}, None, id="O08-nothing-left"),
    pytest.param(owners, None, None, id="no-owners"),
    pytest.param(owners, {"me@gmail.com": AM}, {"me@gmail.com": AM}, id="O09"),
    pytest.param(domain, "acme.com", "acme.com", id="domain"),
    pytest.param(domain, "Acme.com ", "acme.com", id="domain-capitals"),
    pytest.param(domain, "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai", id="domain-idn"),
    pytest.param(domain, "", None, id="no-domain"),
    pytest.param(boolean, False, False, id="false"),
    pytest.param(boolean, "true", True, id="true-text"),
    pytest.param(moment, "2022-06-08T14:55:24+02:00", "2022-06-08T12:55:24.000Z", id="T03"),
    pytest.param(link, "https://acme.com/x", "https://acme.com/x", id="url"),
    pytest.param(link, "acme.com", "https://acme.com", id="U01"),
    pytest.param(name, "25 First Street\nCambridge", "25 First Street Cambridge", id="L04"),
]

CLIPPED = [
    pytest.param(name, "A" * 50, "A" * 48 + "…", id="S02"),
    pytest.param(name, "x" * 48 + "👍", "x" * 48 + "…", id="S03"),
    pytest.param(name, FAMILY * 5, FAMILY * 4 + "…", id="S04"),
    pytest.param(name, "🇸🇪" * 20, "🇸🇪" * 12 + "…", id="S05"),
    pytest.param(name, "e\u0301" * 60, "é" * 48 + "…", id="S06"),
    pytest.param(about, "x" * 100_001, "x" * 99_999 + "…", id="S14"),
    pytest.param(segments, ["y" * 60], ["y" * 48 + "…"], id="S20"),
]

DROPPED = [
    pytest.param(object_id, "1" * 60, Code.DROPPED_TOO_LONG, id="S26"),
    pytest.param(object_id, "+46 " + "1" * 76, Code.DROPPED_TOO_LONG, id="P08"),
    pytest.param(name, float("nan"), Code.BAD_NUMBER, id="S30-nan"),
    pytest.param(name, float("inf"), Code.BAD_NUMBER, id="S30-infinity"),
    pytest.param(moment, float("nan"), Code.BAD_TIMESTAMP, id="S30-timestamp"),
    pytest.param(stage, "Prospect", Code.NOT_IN_ENUM, id="E04-prospect"),
    pytest.param(stage, "Partner", Code.NOT_IN_ENUM, id="E04-partner"),
    pytest.param(stage, "1234567", Code.NOT_IN_ENUM, id="E05"),
    pytest.param(owners, {"jo@acme.com": "Sales Rep"}, Code.NOT_IN_ENUM, id="E08"),
    pytest.param(source, "zoho", Code.NOT_IN_ENUM, id="E10"),
    pytest.param(risk, "LARGE", Code.NOT_IN_ENUM, id="E11"),
    pytest.param(risk, "med", Code.NOT_IN_ENUM, id="E12"),
    pytest.param(stage, "lıve", Code.NOT_IN_ENUM, id="E14-dotless"),
    pytest.param(stage, "LİST", Code.NOT_IN_ENUM, id="E14-dotted"),
    pytest.param(moment, True, Code.BAD_TIMESTAMP, id="T18"),
    pytest.param(owners, {"a@localhost": AM}, Code.BAD_EMAIL, id="O06-localhost"),
    pytest.param(owners, {"a@b": AM}, Code.BAD_EMAIL, id="O06-one-label"),
    pytest.param(owners, {"not an email": AM}, Code.BAD_EMAIL, id="O06-words"),
    pytest.param(owners, ["jo@acme.com"], Code.BAD_TYPE, id="owners-list"),
    pytest.param(link, "javascript:alert(1)", Code.BAD_URL, id="U02"),
    pytest.param(link, "https://acme.com/" + "x" * 4983, Code.DROPPED_TOO_LONG, id="U08"),
    pytest.param(link, {"url": "x"}, Code.BAD_TYPE, id="url-object"),
    pytest.param(name, True, Code.BAD_TYPE, id="truth-value-as-text"),
    pytest.param(name, {"a": 1}, Code.BAD_TYPE, id="object-as-text"),
    pytest.param(stage, ["LEAD"], Code.BAD_TYPE, id="list-as-enum"),
    pytest.param(domain, "not a domain", Code.BAD_DOMAIN, id="no-domain"),
    pytest.param(domain, "10.0.0.1", Code.BAD_DOMAIN, id="ip-as-domain"),
    pytest.param(domain, ["acme.com"], Code.BAD_TYPE, id="list-as-domain"),
    pytest.param(boolean, "perhaps", Code.BAD_BOOLEAN, id="perhaps"),
]


@pytest.mark.parametrize(("fit", "given", "expected"), FITS)
def test_what_fits_is_sent_in_the_platform_shape(fit, given, expected):
    assert fit(given) == expected


@pytest.mark.parametrize(("fit", "given", "expected"), CLIPPED)
def test_names_and_texts_are_clipped_with_a_warning(fit, given, expected):
    remark = fit(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (expected, Code.CLIPPED)


@pytest.mark.parametrize(("fit", "given", "code"), DROPPED)
def test_what_cannot_be_mended_is_left_out_with_a_warning(fit, given, code):
    remark = fit(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, code)


@pytest.mark.parametrize(
    ("fit", "given", "expected"),
    [
        pytest.param(stage, "closedwon", "CLOSED_WON", id="E02"),
        pytest.param(owners, {"jo@acme.com": "CSM"}, {"jo@acme.com": CSM}, id="E06"),
        pytest.param(owners, {"jo@acme.com": "Account Owner"}, {"jo@acme.com": AM}, id="E07"),
    ],
)
def test_other_spellings_are_translated_with_a_warning(fit, given, expected):
    remark = fit(given)
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (expected, Code.ALIASED)


def test_a_list_is_cut_to_what_the_platform_takes_s18():
    remark = segments([f"segment {n}" for n in range(300)])
    assert isinstance(remark, Remark)
    assert remark.value == [f"segment {n}" for n in range(255)]
    assert remark.code == Code.TOO_MANY
    assert remark.message == "300 elements, 255 at most; the first 255 were kept"


def test_a_list_is_counted_after_equal_elements_are_one_s18():
    assert segments(["Tech", "TECH"] * 200) == ["Tech"]


def test_owners_are_cut_to_what_the_platform_takes_s24_s29():
    remark = owners({f"a{n}@acme.com": AM for n in range(256)})
    assert isinstance(remark, Remark)
    assert isinstance(remark.value, dict)
    assert (len(remark.value), remark.code) == (255, Code.TOO_MANY)


def test_one_address_in_two_spellings_keeps_its_first_role():
    remark = owners({"jo@acme.com": AM, "JO@acme.com": "PRODUCT MANAGER"})
    message = f"1 of 2 elements: jo@acme.com has several roles; {AM} was kept"
    assert remark == Remark({"jo@acme.com": AM}, Code.DUPLICATE, message)


def test_a_faulty_owner_leaves_the_others():
    remark = owners({"a@localhost": AM, "jo@acme.com": AM})
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == ({"jo@acme.com": AM}, Code.BAD_EMAIL)


def test_several_remarks_about_a_list_are_counted_into_one():
    remark = segments(["a" * 50, "b" * 51, {"c": 1}, "d"])
    assert isinstance(remark, Remark)
    assert remark.value == ["a" * 48 + "…", "b" * 48 + "…", "d"]
    assert remark.message == (
        "2 of 4 elements: shortened from 50 to 49 characters; "
        "1 of 4 elements: an object where a single value is wanted; left out"
    )


def test_a_list_that_must_be_whole_is_refused_when_an_element_is_lost():
    fit = fitter(FieldKind.TEXT_LIST, max_length=3, on_fault=OnFault.REJECT)
    remark = fit(["abc", "abcd"])
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.DROPPED_TOO_LONG)


def test_a_field_without_limits_takes_any_length():
    assert fitter(FieldKind.TEXT)("x" * 200_000) == "x" * 200_000


def test_a_message_says_what_would_fit():
    remark = risk("LARGE")
    assert isinstance(remark, Remark)
    assert remark.message == '"LARGE" is none of LOW, MEDIUM, HIGH'


ALL = [name, object_id, about, domain, boolean, moment, link, segments, stage, owners]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(ALL), JSON)
def test_fitting_what_fits_changes_nothing_and_no_value_makes_it_raise(fit, value):
    fitted = fit(value)
    kept = fitted.value if isinstance(fitted, Remark) else fitted
    assert kept not in ("", [], {})
    assert fit(kept) == kept


@given(st.text(CHARACTERS))
def test_a_text_is_never_longer_than_its_limit(text):
    fitted = name(text)
    kept = fitted.value if isinstance(fitted, Remark) else fitted
    assert kept is None or units(str(kept)) <= 49
