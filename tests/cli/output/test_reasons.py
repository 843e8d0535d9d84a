from __future__ import annotations

from collections import Counter

import pytest

from crmsync.cli.output.reasons import Found, fields_of, reasons_of, words
from crmsync.mapping.values import Code


def test_every_code_of_the_mapping_has_words():
    plain = {code: f"{code.replace('_', ' ').lower()} in stage" for code in Code}
    assert [code for code in Code if words(code, "stage") == plain[code]] == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("MISSING_DOMAIN", "without a usable domain"),
        ("UNKNOWN_OWNER", "whose owner the CRM does not list"),
        ("REJECTED", "refused by the platform"),
        ("NO_GROUP_KEY", "that no rule gives a group key"),
        ("LEAD_AMBIGUOUS", "whose company is several at the platform"),
        ("STATUS_UNKNOWN", "with a status that the platform does not have"),
        ("SEVERAL_GROUP_KEYS", "that rules give different group keys"),
        ("A_NEW_ONE", "a new one in stage"),
    ],
)
def test_a_code_is_told_in_words(code, said):
    assert words(code, "stage") == said


def test_errors_come_first_then_what_is_most_frequent():
    kinds = [
        Found("owners", "BAD_EMAIL", "warning"),
        Found("stage", "UNMAPPED_VALUE", "warning"),
        Found("domain", "MISSING_DOMAIN", "error"),
    ]
    reasons = reasons_of(Counter(dict(zip(kinds, [5, 50, 1], strict=True))))
    assert [(reason.code, reason.number) for reason in reasons] == [
        ("MISSING_DOMAIN", 2),
        ("UNMAPPED_VALUE", 1),
        ("BAD_EMAIL", 0),
    ]
    assert [reason.share for reason in reasons] == [4, 100, 10]  # 1/50 could not be seen


def test_a_field_tells_how_it_would_be_written():
    marks = {
        "size": Counter(added=2),
        "phone": Counter(changed=1200, added=300, removed=1),
    }
    phone, size = fields_of(marks)
    assert (phone.field, phone.records, phone.number) == ("phone", 1501, 1)
    assert phone.told == "1,200 changed, 300 added, 1 removed"
    assert size.told == "added"


def test_nothing_found_is_nothing_told():
    assert reasons_of({}) == ()
    assert fields_of({}) == ()
