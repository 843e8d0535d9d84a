from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.datatalks.encoding import decode, encode
from tests.examples import CHARACTERS

OWNERS = {"z@a.com": "CSM", "a@a.com": "AM"}


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"group_key": "abc123"}, b'{"data":{},"group_key":"abc123"}'),
        (
            {"namn": "John Doe", "group_key": "abc123", "epost": "j@x.se", "tags": ["A", "B"]},
            b'{"data":{"epost":"j@x.se","namn":"John Doe","tags":["A","B"]},"group_key":"abc123"}',
        ),
        (
            {"group_key": "g", "owners": OWNERS},
            b'{"data":{"owner_emails":["a@a.com","z@a.com"],"owner_roles":["AM","CSM"]},"group_key":"g"}',
        ),
        (
            {"owners": None, "group_key": "g"},
            b'{"data":{"owner_emails":[],"owner_roles":[]},"group_key":"g"}',
        ),
        ({"n": 1.5, "b": True, "å": "👍"}, '{"data":{"b":true,"n":1.5,"å":"👍"}}'.encode()),
    ],
    ids=["nothing", "the-document's", "owners", "owners-cleared", "kinds"],
)
def test_a_body_is_as_the_document_has_it(fields, body):
    assert encode(fields) == body
    assert decode(body) == fields


def test_a_list_of_emails_alone_stays_one():
    fields = {"owner_emails": ["x@a.com"], "group_key": "g"}
    assert decode(encode(fields)) == fields


VALUES = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('aå👍"\\\n', max_size=9)
    | st.lists(st.sampled_from(["ä", ""]), max_size=3)
)  # fmt: skip
PAYLOADS = st.dictionaries(st.sampled_from(["crm_id", "namn", "a b", "data", "å"]), VALUES)
ROLES = st.none() | st.dictionaries(
    st.sampled_from(["a@x.se", "b@x.se"]), st.text(CHARACTERS), min_size=1
)


@given(PAYLOADS, ROLES, st.randoms(use_true_random=False))
def test_equal_values_are_equal_bytes_and_come_back(fields, owners, random):
    fields = {**fields, "owners": owners, "group_key": "g"}
    names = list(fields)
    random.shuffle(names)
    body = encode(fields)
    assert orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS) == body
    assert encode({name: fields[name] for name in names}) == body
    assert decode(body) == fields


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({"owners": None, "owner_emails": ["b@a.com"]}, (["b@a.com"], [])),
        ({"owners": OWNERS, "owner_emails": []}, (["a@a.com", "z@a.com"], ["AM", "CSM"])),
        (
            {"owners": OWNERS, "owner_emails": ["b@a.com", "z@a.com"]},
            (["a@a.com", "z@a.com", "b@a.com"], ["AM", "CSM"]),
        ),
    ],
    ids=["to-a-list-alone", "from-a-list-alone", "two-syncs"],
)
def test_a_change_of_mapping_loses_no_address(fields, data):
    sent = orjson.loads(encode(fields))["data"]
    assert (sent["owner_emails"], sent["owner_roles"]) == data


def test_lists_of_unequal_length_stay_lists():
    fields = {"owner_emails": ["x@a.com"], "owner_roles": []}
    assert decode(encode(fields)) == fields
