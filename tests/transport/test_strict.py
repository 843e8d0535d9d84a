"""Strict JSON."""

from __future__ import annotations

import orjson
import pytest

from crmsync.transport.strict import MalformedError, loads

REFUSED = {
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "1e999": b"[1e999]",
    "5000-digits": b"1" * 5000,
    "100k-nesting": b"[" * 100_000 + b"]" * 100_000,
    "100k-objects": b'{"a":' * 100_000,
    "lone-surrogate": b'"\\ud83d"',
    "invalid-utf8": b'"\xff"',
    "overlong-utf8": b'"\xc0\x80"',
    "utf16": '{"a":1}'.encode("utf-16"),
    "byte-order-mark": b"\xef\xbb\xbf{}",
    "raw-nul": b'"\x00"',
    "two-documents": b"{} {}",
    "single-quotes": b"{'a': 1}",
    "comment": b"{} // x",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.fault(33, 34)
@pytest.mark.security(47)
def test_what_is_no_strict_json_is_refused_in_one_short_line(body):
    with pytest.raises(MalformedError) as caught:
        loads(body)
    assert len(caught.value.message) < 200
    assert caught.value.message.isprintable()


FOUND = {
    "empty": (b"", "an empty body"),
    "blank": (b" \r\n", "an empty body"),
    "html": (
        b"\n<!DOCTYPE html><html><head><title> Log\x1bin </title>",
        r"an HTML or XML page titled 'Log\x1bin'",
    ),
    "xml": (b"<error/>", "an HTML or XML page"),
    "cut-in-an-object": (b'{"results":[{"id":', "JSON cut off after 18 bytes"),
    "cut-in-a-string": (b'{"results":[{"id":"12', "JSON cut off after 21 bytes"),
    "cut-in-an-array": (b"[1,", "JSON cut off after 3 bytes"),
    "text": (b"upstream error", "something else"),
}


@pytest.mark.parametrize(("body", "found"), FOUND.values(), ids=FOUND.keys())
@pytest.mark.fault(33)
def test_the_error_says_what_was_found(body, found):
    with pytest.raises(MalformedError) as caught:
        loads(body)
    assert caught.value.found.startswith(found)
    assert caught.value.__cause__ is None


@pytest.mark.fault(5)
def test_any_cut_of_a_page_is_refused_as_cut():
    page = orjson.dumps({"results": [{"id": "1", "ok": True, "n": None, "x": -1.5}], "t": "å"})

    for end in range(1, len(page)):
        with pytest.raises(MalformedError):
            loads(page[:end])


EXACT = {
    "duplicate-key": (b'{"a":1,"a":2}', "'a' stands twice"),
    "nested-duplicate": (b'[{"b":{"a":1,"a":1}}]', "'a' stands twice"),
    "duplicate-by-escape": (b'{"a":1,"\\u0061":2}', "'a' stands twice"),
    "2^64": (b"[18446744073709551616]", "beyond 64 bits"),
    "-2^63-1": (b"[-9223372036854775809]", "beyond 64 bits"),
    "300-digits": (b"1" * 300, "beyond 64 bits"),
}


@pytest.mark.parametrize(("body", "says"), EXACT.values(), ids=EXACT.keys())
@pytest.mark.fault(34)
@pytest.mark.security(47)
def test_exact_also_refuses_what_would_be_lost(body, says):
    loads(body)

    with pytest.raises(MalformedError, match=says):
        loads(body, exact=True)


TAKEN = {
    "compact": b'{"a":[1,2.5,null,true],"b":"\xc3\xa5"}',
    "spaced": b' { "a" : 1 } ',
    "escaped": b'{"a":"\\u00e5\\/\\u0000"}',
    "2^64-1": b"[18446744073709551615]",
    "-2^63": b"[-9223372036854775808]",
    "1e3": b"[1e3]",
    "scalar": b'"x"',
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
def test_exact_takes_every_honest_document(body):
    assert loads(body, exact=True) == loads(body) == orjson.loads(body)
