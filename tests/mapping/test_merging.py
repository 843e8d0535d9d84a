from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.mapping.merging import compile_merge
from crmsync.payloads import Contribution
from tests.mapping.samples import SAMPLE, contribution

merge = compile_merge(SAMPLE)

OLD = contribution("1", modified_at=1)
NEW = contribution("2", modified_at=2)


def merged(field, *contributions):
    return merge(contributions)[0].get(field)


def with_(name, value, given=OLD):
    return given._replace(fields={"id": "k", **given.fields, name: value})


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        pytest.param(
            contribution(rank=(0, 9)), contribution("2", rank=(1, 0), modified_at=9), id="object"
        ),
        pytest.param(
            contribution(rank=(0, 0)), contribution("2", rank=(0, 1), modified_at=9), id="source"
        ),
        pytest.param(NEW, OLD, id="latest"),
        pytest.param(OLD, contribution("9", modified_at=0), id="no-moment-is-oldest"),
        pytest.param(contribution("9"), contribution("10"), id="ids-are-numbers"),
        pytest.param(contribution("10"), contribution("9a"), id="numbers-before-text"),
        pytest.param(contribution("0a"), contribution("0b"), id="ids-as-text"),
        pytest.param(contribution("007"), contribution("7"), id="equal-numbers-as-text"),
    ],
)
def test_one_record_wins_whatever_the_order(winner, loser):
    assert merge([winner, loser])[1] is winner
    assert merge([loser, winner])[1] is winner


def test_a_record_alone_gives_just_what_it_has():
    alone = with_("tags", ["a", "A"])
    assert merge([alone]) == (alone.fields, alone)


def test_what_the_winner_lacks_comes_from_the_best_runner_up():
    third = contribution("3", modified_at=0)
    assert merged("code", third, with_("code", "old"), NEW) == "old"
    assert merged("code", with_("code", "x", third), with_("code", "old"), NEW) == "old"


def test_fields_that_belong_together_come_from_the_winner_alone():
    loser = with_("ref.url", "https://a", with_("ref.id", "1"))
    winner = with_("ref.id", "2", NEW)
    fields, _ = merge([loser, winner])
    assert (fields.get("ref.id"), fields.get("ref.url")) == ("2", None)


def test_a_timestamp_is_the_winners_alone():
    assert merged("closedAt", with_("closedAt", "2026-01-01T00:00:00.000Z"), NEW) is None


def test_the_last_change_is_the_latest_of_all():
    old = with_("modifiedAt", "2026-02-01T00:00:00.000Z")
    new = with_("modifiedAt", "2026-01-01T00:00:00.000Z", NEW)
    assert merged("modifiedAt", old, new) == "2026-02-01T00:00:00.000Z"


def test_the_winners_stage_stands_though_another_is_better():
    assert merged("stage", with_("stage", "CUSTOMER"), with_("stage", "LOST", NEW)) == "LOST"


def test_without_one_the_best_stage_of_the_others_is_taken():
    third = with_("stage", "CUSTOMER", contribution("3"))
    assert merged("stage", NEW, with_("stage", "LOST"), third) == "CUSTOMER"


def test_lists_are_united_without_regard_to_case_the_winners_first():
    assert merged("tags", with_("tags", ["b", "A"]), with_("tags", ["a"], NEW)) == ["a", "b"]


def test_a_united_list_is_cut_to_what_the_field_takes():
    fields = merged("tags", with_("tags", ["d", "e"]), with_("tags", ["a", "b"], NEW))
    assert fields == ["a", "b", "d"]


def test_a_list_repeats_nothing_that_the_name_says():
    fields, _ = merge([with_("tags", ["ACME", "x"]), with_("name", "Acme", NEW)])
    assert fields["tags"] == ["x"]


def test_of_two_roles_for_one_person_the_stronger_stays():
    old, new = with_("roles", {"jo": "OWNER"}), with_("roles", {"jo": "HELPER"}, NEW)
    assert merged("roles", old, new) == {"jo": "OWNER"}


def test_too_many_people_keep_the_winners_then_the_most_recent():
    late = with_("roles", {"c": "OWNER"}, contribution("3", rank=(1, 0), modified_at=9))
    old = with_("roles", {"d": "OWNER"})
    winner = with_("roles", {"a": "OWNER", "b": "OWNER"}, NEW)
    assert merged("roles", old, late, winner) == dict.fromkeys("abc", "OWNER")


@pytest.mark.parametrize(
    ("values", "enabled"),
    [
        pytest.param((False, False), False, id="all-disabled"),
        pytest.param((False, None), None, id="one-is-live"),
        pytest.param((None, False), None, id="the-winner-is-disabled"),
        pytest.param((False, True), True, id="one-says-enabled"),
        pytest.param((None, True), True, id="absent-and-enabled"),
    ],
)
def test_a_disabled_record_does_not_disable_a_live_key(values, enabled):
    given = [
        one if value is None else with_("enabled", value, one)
        for one, value in zip((OLD, NEW), values, strict=True)
    ]
    assert merged("enabled", *given) is enabled


def test_a_true_name_beats_one_that_only_stands_in():
    stand_in, own = with_("name", "k", NEW), with_("name", "Acme")
    assert merged("name", stand_in, own) == "Acme"
    assert merged("name", stand_in, with_("name", "k")) == "k"


def test_fields_come_out_in_the_destinations_order():
    fields, _ = merge([with_("code", "x"), with_("name", "y", NEW)])
    assert list(fields) == ["id", "name", "code"]


moments = st.sampled_from(["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"])
words = st.sampled_from(["a", "A", "b", "c", "d"])
payloads = st.fixed_dictionaries(
    {"id": st.just("k")},
    optional={
        "enabled": st.booleans(),
        "name": st.sampled_from(["k", "Acme", "a"]),
        "code": words,
        "stage": st.sampled_from(["LEAD", "CUSTOMER", "LOST", "ODD"]),
        "tags": st.lists(words, min_size=1, max_size=3),
        "roles": st.dictionaries(words, st.sampled_from(["OWNER", "HELPER"]), min_size=1),
        "closedAt": moments,
        "modifiedAt": moments,
        "ref.id": words,
    },
)
contributions = st.lists(
    st.builds(
        Contribution,
        sync=st.sampled_from(["s", "t"]),
        record_id=st.sampled_from(["1", "2", "02", "10", "x"]),
        rank=st.tuples(st.integers(0, 1), st.integers(0, 1)),
        modified_at=st.integers(0, 2),
        fields=payloads,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: (one.sync, one.record_id),
)


@given(st.data(), contributions)
def test_the_order_of_contributions_does_not_matter(data, given_):
    shuffled = data.draw(st.permutations(given_))
    fields, winner = merge(given_)
    again, same = merge(shuffled)
    assert winner == same
    assert list(fields.items()) == list(again.items())
    assert [list(v) for v in fields.values() if isinstance(v, dict)] == [
        list(v) for v in again.values() if isinstance(v, dict)
    ]
