from __future__ import annotations

import pytest

from crmsync.mapping.fitting import compile_fitter
from crmsync.mapping.values import Code, Remark
from crmsync.payloads import Field, FieldKind


def fitter(kind, **attributes):
    return compile_fitter(Field(name="x", kind=kind, **attributes))


day = fitter(FieldKind.DAY, latest=lambda: "2026-11-21")
any_day = fitter(FieldKind.DAY, zone="Europe/Stockholm")
mail = fitter(FieldKind.EMAIL)
known = fitter(FieldKind.EMAIL, choices=("Jo@acme.com",))
number = fitter(FieldKind.NUMBER)
integer = fitter(FieldKind.INTEGER, labels={"Gold plan": 7})
tags = fitter(FieldKind.INTEGER_LIST, labels={"Gold": 7, "Silver": 8})
links = fitter(
    FieldKind.OBJECT_LIST,
    members=(
        Field(name="label", kind=FieldKind.TEXT),
        Field(name="value", kind=FieldKind.URL),
    ),
)
roles = fitter(
    FieldKind.OBJECT_LIST,
    members=(
        Field(name="email", kind=FieldKind.EMAIL),
        Field(name="role", kind=FieldKind.INTEGER, labels={"CSM": 6}),
    ),
    unique="role",
)
SITE = {"label": "Site", "value": "https://acme.com"}
JO = {"email": "jo@acme.com", "role": 6}


@pytest.mark.parametrize(
    ("fit", "value", "wanted"),
    [
        pytest.param(day, "2026-11-21", "2026-11-21", id="today"),
        pytest.param(any_day, "2031-01-01", "2031-01-01", id="no-latest"),
        pytest.param(any_day, "2022-06-08T22:30:00Z", "2022-06-09", id="a-moments-day"),
        pytest.param(day, 1654692924602, "2022-06-08", id="milliseconds"),
        pytest.param(day, "0000-00-00", None, id="an-empty-day"),
        pytest.param(mail, " Jo@Acme.com ", "jo@acme.com", id="an-address"),
        pytest.param(mail, None, None, id="no-address"),
        pytest.param(known, "jo@ACME.com", "jo@acme.com", id="a-known-address"),
        pytest.param(number, "250.0", 250, id="whole"),
        pytest.param(number, "1,500.5", 1500.5, id="a-fraction"),
        pytest.param(number, "", None, id="no-number"),
        pytest.param(integer, " gold  PLAN ", 7, id="a-label"),
        pytest.param(integer, "123", 123, id="digits"),
        pytest.param(integer, 123.0, 123, id="a-float"),
        pytest.param(tags, ["Gold", 7, "8", None, ""], [7, 8], id="each-once"),
        pytest.param(tags, "Silver", [8], id="a-lone-one"),
        pytest.param(tags, [], None, id="no-tags"),
        pytest.param(links, [SITE, SITE], [SITE], id="objects-once"),
        pytest.param(links, SITE, [SITE], id="a-lone-object"),
        pytest.param(links, {"Site": "acme.com"}, [SITE], id="keys-and-values"),
        pytest.param(links, [{"label": "Site", "value": "acme.com"}], [SITE], id="fitted"),
        pytest.param(links, [{"label": " ", "value": ""}, None], None, id="nothing"),
        pytest.param(links, {}, None, id="an-empty-object"),
        pytest.param(roles, {"jo@acme.com": "csm"}, [JO], id="email-to-role"),
    ],
)
def test_a_value_is_fitted(fit, value, wanted):
    assert fit(value) == wanted


@pytest.mark.parametrize(
    ("fit", "value", "kept", "code"),
    [
        pytest.param(day, "2026-11-22", None, Code.IN_FUTURE, id="tomorrow"),
        pytest.param(day, "yesterday", None, Code.BAD_TIMESTAMP, id="no-day"),
        pytest.param(day, True, None, Code.BAD_TIMESTAMP, id="a-truth-value"),
        pytest.param(mail, "a@localhost", None, Code.BAD_EMAIL, id="no-address"),
        pytest.param(mail, ["a@acme.com"], None, Code.BAD_TYPE, id="a-list"),
        pytest.param(known, "al@acme.com", None, Code.NOT_IN_ENUM, id="a-stranger"),
        pytest.param(number, "many", None, Code.BAD_NUMBER, id="no-number"),
        pytest.param(number, float("nan"), None, Code.BAD_NUMBER, id="nan"),
        pytest.param(integer, "Platinum", None, Code.NOT_IN_ENUM, id="no-label"),
        pytest.param(integer, 1.5, None, Code.BAD_NUMBER, id="not-whole"),
        pytest.param(tags, ["Gold", "VIP", "Bronze"], [7], Code.NOT_IN_ENUM, id="some-labels"),
        pytest.param(tags, [{"id": 7}], None, Code.BAD_TYPE, id="no-scalar"),
        pytest.param(links, ["acme.com", SITE], [SITE], Code.BAD_TYPE, id="no-object"),
        pytest.param(links, [{"value": "acme.com"}], None, Code.BAD_TYPE, id="no-label-member"),
        pytest.param(links, {"Site": "ftp://x"}, None, Code.BAD_URL, id="a-member-refused"),
        pytest.param(
            roles, {"jo@acme.com": 6, "al@acme.com": 6}, [JO], Code.DUPLICATE, id="two-holders"
        ),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_with_a_remark(fit, value, kept, code):
    found = fit(value)
    assert isinstance(found, Remark)
    assert (found.value, found.code) == (kept, code)
    assert found.message


def test_several_remarks_are_one():
    found = tags(["VIP", "Bronze", "VIP"])
    assert isinstance(found, Remark)
    assert found.message.count("neither a number nor one of Gold, Silver") == 2


def test_a_label_that_nobody_set_is_told_as_such():
    found = fitter(FieldKind.INTEGER)("VIP")
    assert found.message == '"VIP" is neither a number nor a label that is known'
