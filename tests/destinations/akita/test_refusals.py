from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.destinations.akita.refusals import NO_REASON, read_refusal

EMAIL = "The selected roles.0.email is invalid."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            {
                "message": f"{EMAIL} (and 1 more error)",
                "errors": {"roles.0.email": [EMAIL], "name": ["The name field is required."]},
            },
            f"roles.0.email: {EMAIL}; name: The name field is required.",
            id="by-attribute",
        ),
        pytest.param({"errors": {"name": "bad"}}, "name: bad", id="text-by-attribute"),
        pytest.param({"message": "Too long."}, "Too long.", id="a-message-alone"),
        pytest.param({"error": "no such role"}, "no such role", id="an-error"),
        pytest.param(
            {"errors": ["bad name", {"message": "bad tag"}]}, "bad name; bad tag", id="list"
        ),
        pytest.param({"errors": {"tags.0": [{"code": 7}]}}, 'tags.0: {"code":7}', id="odd"),
        pytest.param({}, "{}", id="nothing-known"),
        pytest.param(["no"], '["no"]', id="a-list"),
    ],
)
def test_a_refusal_is_told_in_akitas_words(answer, words):
    assert read_refusal(orjson.dumps(answer)) == words


def test_an_empty_refusal_gives_no_reason():
    assert read_refusal(b"") == NO_REASON


def test_many_faults_are_counted():
    errors = {f"tags.{n}": ["bad"] for n in range(10)}
    words = read_refusal(orjson.dumps({"errors": errors}))
    assert words.count("bad") == 8
    assert words.endswith("(and 2 more)")


def test_words_are_made_safe_for_a_terminal_and_short():
    reason = read_refusal(orjson.dumps({"message": "bad\x1b[31m\nred " + "x" * 5000}))
    assert "\x1b" not in reason
    assert "\n" not in reason
    assert len(reason) < 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "bad", "é"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["errors", "message", "error", "name"]), inner)
    ),
)


@given(JSON)
def test_whatever_the_answer_there_are_words(answer):
    assert read_refusal(orjson.dumps(answer))
