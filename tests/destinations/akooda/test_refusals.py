from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.akooda.refusals import read_refusals

BATCH = ("a.com", "b.com", "c.com", "d.com")
PHONE = "phone is too long"


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"domain": "c.com", "message": PHONE}]},
        {"errors": [{"index": 2, "domain": "c.com", "message": PHONE}]},
        {"errors": [{"index": 3, "domain": "c.com", "message": PHONE}]},
        [{"entity": {"domain": "c.com"}, "reason": PHONE}],
        {"message": "Validation failed", "details": {"invalid": [{"id": "c.com", "msg": PHONE}]}},
        {"errors": {"c.com": [PHONE]}},
        {"failed": [{"key": "c.com", "errors": [{"detail": PHONE}]}]},
    ],
    ids=["domain", "both", "both-from-1", "entity", "nested", "by-domain", "errors-inside"],
)
def test_a_domain_of_the_batch_is_certain(answer):
    refusals = read_refusals(orjson.dumps(answer), BATCH)
    assert refusals.named == {2: PHONE}
    assert refusals.certain


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"index": 2, "message": PHONE}]},
        {"errors": [{"position": 2, "error": PHONE}]},
        {"errors": {"2": PHONE}},
        [{"row": 2, "reason": PHONE}],
    ],
    ids=["index", "position", "by-index", "row"],
)
def test_an_index_alone_is_a_guess(answer):
    refusals = read_refusals(orjson.dumps(answer), BATCH)
    assert refusals.named == {2: PHONE}
    assert not refusals.certain


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"instancePath": "/2/properties/phone", "message": PHONE}]},
        {"issues": [{"path": [2, "properties", "phone"], "message": PHONE}]},
        {"detail": [{"loc": ["body", 2, "phone"], "msg": PHONE}]},
        {"message": ["[2].properties.phone: " + PHONE]},
        {"message": ["2.properties.phone: " + PHONE]},
        {"details": ['"[2].properties.phone" ' + PHONE]},
        {"errors": [{"field": "organizations[2].phone", "message": PHONE}]},
    ],
    ids=["pointer", "list", "loc", "brackets", "dots", "quoted", "named-list"],
)
def test_a_path_into_the_batch_names_its_payload(answer):
    refusals = read_refusals(orjson.dumps(answer), BATCH)
    assert list(refusals.named) == [2]
    assert PHONE in refusals.named[2]


def test_an_entry_with_both_tells_what_the_others_count_from():
    errors = [{"index": 1, "domain": "a.com", "message": "x"}, {"index": 3, "message": "y"}]
    refusals = read_refusals(orjson.dumps({"errors": errors}), BATCH)
    assert refusals.named == {0: "x", 2: "y"}
    assert refusals.certain


def test_several_words_about_one_payload_are_joined_once_each():
    errors = [{"domain": "a.com", "message": text} for text in ("x", "y", "x")]
    assert read_refusals(orjson.dumps(errors), BATCH).named == {0: "x; y"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"Bad Request",
        b"<html>400</html>",
        b'{"message": "a.com is bad, see https://akooda.co"}',
        b'{"statusCode": 400, "path": "/organizations", "message": "bad"}',
        b'{"errors": [{"index": 99, "message": "bad"}]}',
        b'{"errors": [{"domain": "elsewhere.com", "message": "bad"}]}',
        b'{"errors": [{"index": true, "message": "bad"}]}',
        b"400",
        b"null",
    ],
)
def test_who_is_not_named_for_sure_is_not_named(answer):
    refusals = read_refusals(answer, BATCH)
    assert refusals.named == {}
    assert refusals.reason


def test_words_are_made_safe_for_a_terminal_and_short():
    body = orjson.dumps({"message": "bad\x1b[31m\nred " + "x" * 5000})
    reason = read_refusals(body, BATCH).reason
    assert "\x1b" not in reason
    assert "\n" not in reason
    assert len(reason) < 400


@pytest.mark.security(47)
def test_deep_nesting_is_not_followed():
    deep = b'{"errors":' * 900 + b"{}" + b"}" * 900
    assert read_refusals(deep, BATCH).named == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 9) | st.sampled_from([*BATCH, "[1].x", "7", "é"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from([*BATCH, "errors", "index", "domain", "path", "message", "1"]), inner
        )
    ),
)


@given(JSON)
def test_whatever_the_answer_positions_exist_and_nothing_raises(answer):
    refusals = read_refusals(orjson.dumps(answer), BATCH)
    assert set(refusals.named) <= set(range(len(BATCH)))
    assert refusals.reason
    assert all(refusals.named.values())
