from __future__ import annotations

import time

import pytest

from crmsync.showing.masking import masked, masked_record, masked_text

pytestmark = pytest.mark.security(59)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("jane.doe@acme.com", "j***@acme.com"),
        ("Jane <jane@acme.com>, joe@åre.se;x@y", "Jane <j***@acme.com>, j***@åre.se;x***@y"),
        ('"owner.email": "jane@acme.com" is no role', '"owner.email": "j***@acme.com" is no role'),
        ("mailto:jane@acme.com", "m***@acme.com"),
        ("a@b@acme.com", "a***@acme.com"),
        ("@acme, me @ work, acme@", "@acme, me @ work, acme@"),
        ("call +46 (0)8-123 45 67 now", "call +46***67 now"),
        ("0046812345678", "004***78"),
        ("+46\u00a08\u2011123\u201345\u200967", "+46***67"),
        ("2026-11-22T08:00:00+01:00, 12345678901, 1+1234567", None),
        ("https://app.hubspot.com/contacts/24680135/company/90071992547", None),
        ("", None),
    ],
)
def test_addresses_and_numbers_are_masked_and_all_else_stays(text, shown):
    assert masked_text(text) == (text if shown is None else shown)


@pytest.mark.parametrize("field", ["properties.phone", "Phone", "mobilephone", "fax", "work_tel"])
def test_in_a_field_of_telephone_numbers_every_number_is_masked(field):
    assert masked_text("08-123 45 67, 12345", field=field) == "08-***67, ***45"
    assert masked_text("08\u2013123\u00a045\u00b767", field=field) == "08\u2013***67"
    assert masked(812345678, field=field) == "***"


@pytest.mark.parametrize("field", ["properties.hotel", "faxed_at", "telemetry", "objectId"])
def test_a_field_that_only_looks_like_one_is_none(field):
    assert masked_text("08-123 45 67", field=field) == "08-123 45 67"


def test_values_are_masked_wherever_they_stand():
    payload = {
        "domain": "acme.com",
        "properties": {"phone": "08-123 45 67", "employees": 100_000, "isEnabled": True},
        "owners": {"jane@acme.com": "CSM", "joe@acme.com": "AE"},
        "tags": ["joe@acme.com", None],
    }
    assert masked(payload) == {
        "domain": "acme.com",
        "properties": {"phone": "08-***67", "employees": 100_000, "isEnabled": True},
        "owners": {"j***@acme.com": "CSM", "j***@acme.com (2)": "AE"},
        "tags": ["j***@acme.com", None],
    }


def test_of_a_record_key_reasons_and_payload_are_masked():
    record = {
        "id": "1",
        "key": "jane@acme.com",
        "problems": [{"field": "phone", "message": "0812 34567 is no number", "code": "X"}],
        "payload": None,
    }
    shown = masked_record(record)
    assert (shown["id"], shown["key"], shown["payload"]) == ("1", "j***@acme.com", None)
    assert shown["problems"][0]["message"] == "081***67 is no number"


@pytest.mark.parametrize("text", ["@" * 100_000, "1 " * 50_000, "+1" * 50_000, "a@" * 50_000])
def test_no_text_takes_long(text):
    began = time.process_time()
    masked_text(text, field="phone")
    masked_text(text)
    assert time.process_time() - began < 1
