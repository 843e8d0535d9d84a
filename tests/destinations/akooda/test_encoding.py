from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.akooda.encoding import decode, encode, encode_page
from crmsync.destinations.akooda.fields import FIELDS, PROPERTIES


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        pytest.param({}, b"{}", id="nothing"),
        pytest.param({"domain": "acme.com"}, b'{"domain":"acme.com"}', id="a-key-alone"),
        pytest.param(
            {"domain": "acme.com", "isEnabled": False, "properties.phone": "1"},
            b'{"domain":"acme.com","isEnabled":false,"properties":{"phone":"1"}}',
            id="top-level-and-nested",
        ),
        pytest.param(
            {"properties.stage": None, "domain": "acme.com"},
            b'{"domain":"acme.com","properties":{"stage":null}}',
            id="a-null-that-clears",
        ),
        pytest.param({"properties.phone": "1"}, b'{"properties":{"phone":"1"}}', id="no-key"),
        pytest.param(
            {"properties.owners": {"z@a.com": "R", "a@a.com": "R"}},
            b'{"properties":{"owners":{"a@a.com":"R","z@a.com":"R"}}}',
            id="owners-by-email",
        ),
        pytest.param(
            {"properties.owners": None}, b'{"properties":{"owners":null}}', id="no-owners"
        ),
        pytest.param(
            {"domain": "a.com", "properties.segments": ["x", "properties.phone"]},
            b'{"domain":"a.com","properties":{"segments":["x","properties.phone"]}}',
            id="a-text-like-a-name",
        ),
        pytest.param(
            {"properties.displayName": "Å👍"},
            '{"properties":{"displayName":"Å👍"}}'.encode(),
            id="text-unescaped",
        ),
    ],
)
def test_a_payload_is_nested_as_the_document_wants(fields, body):
    assert encode(fields) == body


def test_a_name_that_is_no_field_is_a_fault_of_the_caller():
    with pytest.raises(KeyError):
        encode({"domain": "acme.com", "properties.nickname": "x"})


def test_decoding_keeps_what_the_fields_lack():
    assert decode(b'{"domain":"a.com","x":1,"properties":{"y":null}}') == {
        "domain": "a.com",
        "x": 1,
        "properties.y": None,
    }


VALUES = (
    st.none() | st.text('aå👍"\\\n', max_size=20) | st.lists(st.sampled_from(["ä", ""]), max_size=3)
)
OWNERS = st.dictionaries(
    st.sampled_from(["z@a.com", "ä@a.com", "a@a.com"]), st.just("R"), min_size=1
)
PAYLOADS = st.builds(
    lambda fields, owners: fields | ({"properties.owners": owners} if owners else {}),
    st.dictionaries(st.sampled_from(list(FIELDS)), VALUES),
    st.none() | OWNERS,
)


@given(PAYLOADS, st.randoms(use_true_random=False))
def test_equal_values_are_equal_bytes_and_come_back(fields, random):
    names = list(fields)
    random.shuffle(names)
    body = encode(fields)
    assert orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS) == body
    assert encode({name: fields[name] for name in names}) == body
    assert decode(body) == fields


def test_no_two_names_are_alike_without_what_they_stand_under():
    assert len({name.removeprefix(PROPERTIES) for name in FIELDS}) == len(FIELDS)


@given(st.lists(PAYLOADS, max_size=3))
def test_a_page_is_encoded_as_each_of_its_payloads(payloads):
    columns = {name: [payload.get(name) for payload in payloads] for name in FIELDS}
    alone = [{name: one[name] for name in one if one[name] is not None} for one in payloads]
    assert encode_page(columns, len(payloads)) == [encode(fields) for fields in alone]
