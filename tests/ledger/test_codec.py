from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.ledger.codec import (
    from_micros,
    pack_body,
    pack_payloads,
    pack_problems,
    to_micros,
    union,
    unpack_body,
    unpack_payloads,
    unpack_problems,
)
from crmsync.receipts import Problem, Severity
from tests.examples import CHARACTERS

TEXT = st.text(CHARACTERS)
PROBLEMS = st.builds(Problem, TEXT, TEXT, TEXT, st.sampled_from(Severity))


@given(st.datetimes(min_value=datetime(1900, 1, 1)), st.just(UTC))  # noqa: DTZ001 - made aware below
def test_a_moment_comes_back_to_the_microsecond(moment, zone):
    aware = moment.replace(tzinfo=zone)
    assert from_micros(to_micros(aware)) == aware


@given(st.lists(PROBLEMS).map(tuple))
def test_problems_come_back(problems):
    assert unpack_problems(pack_problems(problems)) == problems


@given(st.lists(st.tuples(TEXT, st.binary())))
def test_payloads_come_back_in_their_order(payloads):
    assert unpack_payloads(pack_payloads(payloads)) == payloads


@given(st.binary())
def test_a_body_comes_back(body):
    assert unpack_body(pack_body(body)) == body


@pytest.mark.parametrize(
    ("older", "newer", "both"),
    [
        (b"", b'{"a":1}', b'{"a":1}'),
        (b'{"a":1}', b'{"b":2}', b'{"a":1,"b":2}'),
        (b'{"a":1}', b'{"a":2}', b'{"a":2}'),
        (b'{"a":1}', b'{"a":null}', b'{"a":1}'),
        (b"{}", b'{"a":null,"b":[]}', b"{}"),
        (b'{"a":["x"]}', b'{"a":[]}', b'{"a":["x"]}'),
        (b'{"p":{"a":1}}', b'{"p":{"b":2}}', b'{"p":{"a":1,"b":2}}'),
        (b'{"p":{"r":{"x":1}}}', b'{"p":{"r":{"y":2}}}', b'{"p":{"r":{"y":2}}}'),
        (b'{"a":1}', b'{"a":{"b":2}}', b'{"a":{"b":2}}'),
        (b'{"a":{"b":2}}', b'{"a":1}', b'{"a":1}'),
        (b"<xml/>", b'{"a":1}', b'{"a":1}'),
        (b'{"a":1}', b"<xml/>", b"<xml/>"),
        (b"[1]", b"[2]", b"[2]"),
    ],
)
def test_a_union_has_every_field_that_may_be_there(older, newer, both):
    assert union(older, newer) == both
