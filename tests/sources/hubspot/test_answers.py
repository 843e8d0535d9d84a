from __future__ import annotations

import pytest

from crmsync.sources.hubspot.answers import row_id, token_at_end


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (b'{"results":[],"paging":{"next":{"after":"7","link":"https://crm"}}}', "7"),
        (b'{"total":1,"results":[],"paging":{"next":{"after":7}}}', "7"),
        (b'{"results":[{"a":{},"paging":{"next":{"after":"7"}}}]}', ""),
        (b'{"results":[{"a":",\\"paging\\":{\\"next\\":{\\"after\\":\\"7\\"}}"}]}', ""),
        (b'{"paging":{"next":{"after":"7"}},"results":[]}', ""),
        (b'{"results":[],"paging":{"next":{"after":"7"', ""),
        (b'{"results":[],"paging":null}', ""),
        (b'{"results":[]}', ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_next_token_stands_at_the_end_of_a_page(body, token):
    assert token_at_end(body) == token


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "123"}, "123"),
        ({"id": 123}, "123"),
        ({"id": 2**60 + 1}, str(2**60 + 1)),
        ({"id": None}, ""),
        ({}, ""),
        ({"id": True}, ""),
        ({"id": ["1"]}, ""),
    ],
)
@pytest.mark.fault(35)
def test_an_id_is_text_whatever_it_came_as(row, expected):
    assert row_id(row) == expected
