from __future__ import annotations

import pytest

from crmsync.mapping.transforms import compile_transform
from crmsync.mapping.values import Code, Remark

CASES = [
    pytest.param("lower", None, "ÅCME", "åcme", id="lower"),
    pytest.param("upper", None, "åcme", "ÅCME", id="upper"),
    pytest.param("title", None, "ACME o'NEIL", "Acme O'neil", id="title"),
    pytest.param("trim", None, "\u00a0 Acme\n", "Acme", id="trim"),
    pytest.param("trim", "-_", "_-Acme-", "Acme", id="trim-characters"),
    pytest.param("replace", {"a": "b", "b": "c"}, "a", "c", id="replace-in-order"),
    pytest.param("prefix", "id-", 7.0, "id-7", id="prefix-number"),
    pytest.param("suffix", "!", "Acme", "Acme!", id="suffix"),
    pytest.param("digits", None, "(02) 9999", "029999", id="digits"),
    pytest.param("clip", 6, " Acme Corporation ", "Acme…", id="clip"),
    pytest.param("clip", {"length": 4}, "Acme", "Acme", id="clip-named"),
    pytest.param("salesforce_id", None, "0019000000DmehK", "0019000000DmehKAAR", id="S31"),
    pytest.param("salesforce_id", None, "0019000000DmehKAAR", "0019000000DmehKAAR", id="S31-long"),
]


@pytest.mark.parametrize(("name", "options", "given", "expected"), CASES)
def test_text_is_changed_as_asked(name, options, given, expected):
    assert compile_transform(name, options)(given) == expected


EMPTY = {"prefix": "x", "suffix": "x", "replace": {"a": "b"}, "clip": 3}


@pytest.mark.parametrize(
    "name", ["lower", "upper", "title", "trim", "digits", "salesforce_id", *EMPTY]
)
def test_what_is_empty_stays_empty(name):
    change = compile_transform(name, EMPTY.get(name))
    assert change("") is None
    assert change(None) is None
    assert change([]) is None


def test_what_is_no_salesforce_id_is_dropped():
    remark = compile_transform("salesforce_id")("0019000000Dmeh")
    assert isinstance(remark, Remark)
    assert (remark.value, remark.code) == (None, Code.BAD_TYPE)


def test_sec35_no_replacement_makes_a_text_as_long_as_memory_is():
    doubling = compile_transform("replace", {"a": "aa"})
    grown: object = "a" * 600_000
    at_once = compile_transform("replace", {"a": "a" * 1_000})(grown)
    for remark in (doubling(grown), at_once):
        assert isinstance(remark, Remark)
        assert (remark.value, remark.code) == (None, Code.DROPPED_TOO_LONG)


def test_sec35_an_option_is_no_novel():
    with pytest.raises(ValueError, match="1,000 characters at most"):
        compile_transform("prefix", {"text": "a" * 1_001})
