from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.akita.encoding import decode, encode, sent
from crmsync.destinations.akita.fields import FIELDS

KEY = {"internal_id": "hubspot:1", "name": "Acme"}
CSM = [{"email": "jo@acme.com", "role_id": 6}]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        pytest.param({}, b"{}", id="nothing"),
        pytest.param({"internal_id": "1"}, b'{"internal_id":"1"}', id="a-key-alone"),
        pytest.param(
            {"name": "Å", "internal_id": "1", "is_tracked": False},
            '{"internal_id":"1","is_tracked":false,"name":"Å"}'.encode(),
            id="sorted-and-unescaped",
        ),
        pytest.param(
            {"internal_id": "1", "traits.seats": 7, "traits.plan": None},
            b'{"internal_id":"1","traits":{"plan":null,"seats":7}}',
            id="traits-together",
        ),
        pytest.param(
            {"internal_id": "1", "roles": CSM},
            b'{"internal_id":"1","roles":[{"email":"jo@acme.com","role_id":6}]}',
            id="roles",
        ),
    ],
)
def test_a_payload_is_written_as_the_document_wants(fields, body):
    assert encode(fields) == body


def test_a_name_that_is_no_field_is_a_fault_of_the_caller():
    with pytest.raises(KeyError):
        encode({"internal_id": "1", "domain": "acme.com"})


def test_decoding_keeps_what_the_fields_lack():
    assert decode(b'{"internal_id":"1","x":1}') == {"internal_id": "1", "x": 1}


VALUES = st.none() | st.text('aå👍"\\\n', max_size=20) | st.lists(st.sampled_from([1, 2]))
PAYLOADS = st.dictionaries(st.sampled_from([*FIELDS, "traits.plan", "traits.seats"]), VALUES)


@given(PAYLOADS, st.randoms(use_true_random=False))
def test_equal_values_are_equal_bytes_and_come_back(fields, random):
    names = list(fields)
    random.shuffle(names)
    body = encode(fields)
    assert orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS) == body
    assert encode({name: fields[name] for name in names}) == body
    assert decode(body) == fields


@pytest.mark.parametrize("tracked", [True, False])
def test_a01_a_new_account_is_told_whether_it_is_tracked(tracked):
    new = {**KEY, "is_tracked": tracked}
    assert sent(new, None) == new


@pytest.mark.parametrize("tracked", [True, False])
def test_a02_what_people_set_in_akita_stays_while_the_value_stays(tracked):
    old = {**KEY, "is_tracked": tracked}
    assert sent({**old, "name": "Acme Inc"}, old) == {**KEY, "name": "Acme Inc"}


@pytest.mark.parametrize("tracked", [True, False])
def test_a03_crossing_the_boundary_is_sent(tracked):
    new = {**KEY, "is_tracked": tracked}
    assert sent(new, {**KEY, "is_tracked": not tracked}) == new


def test_an_account_that_was_created_without_a_word_is_tracked():
    assert sent({**KEY, "is_tracked": True}, KEY) == KEY
    assert sent({**KEY, "is_tracked": False}, KEY) == {**KEY, "is_tracked": False}
    assert sent({**KEY, "is_tracked": None}, KEY) == KEY


def test_a_list_goes_out_whole_and_only_when_it_changed():
    old = {**KEY, "roles": CSM, "tags": [1, 2]}
    assert sent({**old, "tags": [2]}, old) == {**KEY, "tags": [2]}
    assert sent({**old, "phones": [{"label": "Main", "value": "1"}]}, old).keys() == {
        *("internal_id", "name", "phones")
    }


def test_a_list_that_is_gone_is_emptied():
    old = {**KEY, "tags": [1]}
    assert sent({**KEY, "tags": None}, old) == {**KEY, "tags": []}
    assert sent({**KEY, "tags": []}, old) == {**KEY, "tags": []}


def test_who_is_no_longer_said_to_have_left_has_not():
    old = {**KEY, "is_churned": True, "customer_end_date": "2021-01-05"}
    assert sent({**KEY, "is_churned": None, "customer_end_date": None}, old) == {
        **KEY,
        "is_churned": False,
        "customer_end_date": None,
    }


def test_what_is_not_certainly_there_goes_out_whole():
    new = {**KEY, "is_tracked": False, "tags": [1], "roles": []}
    assert sent(new, None) == new


ACCOUNTS = st.fixed_dictionaries(
    {"internal_id": st.just("1")},
    optional={
        "name": st.sampled_from(["Acme", "Acme Inc"]),
        "is_tracked": st.booleans(),
        "is_churned": st.just(True),  # noqa: FBT003 - the value, not a flag
        "tags": st.lists(st.integers(1, 3), min_size=1),
    },
)


@given(st.lists(ACCOUNTS, min_size=1, max_size=6))
def test_after_every_payload_akita_holds_what_it_says(payloads):
    held: dict[str, object] = {}
    old = None
    for new in payloads:
        cleared: dict[str, object] = {}
        if old is not None:
            cleared |= {name: None for name in old if name not in new}
        if "is_tracked" in cleared:
            cleared["is_tracked"] = True  # as the engine enables what it disabled
        held = {**held, "is_tracked": held.get("is_tracked", True), **sent(cleared | new, old)}
        old = new
        wanted = {"is_tracked": True, "is_churned": False, "tags": [], "name": None, **new}
        got = {"is_churned": False, "tags": [], "name": None, **held}
        assert got == wanted
