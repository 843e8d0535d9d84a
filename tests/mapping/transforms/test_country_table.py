from __future__ import annotations

from collections import Counter

from crmsync.mapping.transforms.country_table import TABLE

ROWS = [row.split(" ", 2) for row in TABLE.strip().splitlines()]


def test_there_are_249_countries_in_the_order_of_their_codes():
    codes = [row[0] for row in ROWS]
    assert len(codes) == len(set(codes)) == 249
    assert codes == sorted(codes)


def test_codes_have_two_and_three_letters_and_are_unique():
    assert all(len(two) == 2 and len(three) == 3 for two, three, _ in ROWS)
    assert len({three for _, three, _ in ROWS}) == 249


def test_no_spelling_means_two_countries():
    spellings = [
        spelling
        for two, three, names in ROWS
        for spelling in {two.casefold(), three.casefold(), *names.casefold().split("|")}
    ]
    assert [spelling for spelling, count in Counter(spellings).items() if count > 1] == []


def test_names_carry_no_blanks_at_their_ends():
    names = [name for _, _, names in ROWS for name in names.split("|")]
    assert [name for name in names if not name or name != " ".join(name.split())] == []
