from __future__ import annotations

import pytest

from crmsync.errors import FatalError
from crmsync.sources.paging import Tokens, highest


def test_a_token_is_given_back():
    assert Tokens("hubspot").add("17") == "17"


@pytest.mark.fault(22)
def test_a_token_that_comes_twice_ends_the_read():
    tokens = Tokens("hubspot")
    tokens.add("17")
    tokens.add("18")

    with pytest.raises(FatalError, match=r"hubspot: the CRM gave the page token '17' twice"):
        tokens.add("17")


@pytest.mark.parametrize(
    ("ids", "last", "expected"),
    [
        (["1", "2"], "", "2"),
        (["9", "10"], "", "10"),  # as numbers: "9" > "10" as text
        (["10", "9"], "8", "10"),
        (["9007199254740993", "9007199254740992"], "1", "9007199254740993"),  # beyond 2**53
        (["", "7"], "6", "7"),
    ],
)
def test_the_highest_id_is_found_as_a_number(ids, last, expected):
    assert highest("hubspot", ids, last) == expected


@pytest.mark.parametrize(("ids", "last"), [(["7"], "7"), (["9"], "10"), (["", "x"], "")])
def test_a_keyset_page_that_does_not_move_on_ends_the_read(ids, last):
    with pytest.raises(FatalError, match="reading on would never end"):
        highest("hubspot", ids, last)
