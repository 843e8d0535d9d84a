from __future__ import annotations

import pytest

from crmsync.engine.reconciling import reconcile
from crmsync.records import Drift


def never() -> Drift:
    raise AssertionError("asked for drift without need")


@pytest.mark.parametrize(("total", "live"), [(None, 5), (5, 5), (0, 0)])
def test_equal_or_missing_counts_ask_for_nothing(total, live):
    assert reconcile(total, live, never).balanced


@pytest.mark.parametrize(
    ("live", "drift", "balanced"),
    [
        pytest.param(11, Drift(1, 0), True, id="one-created"),
        pytest.param(11, Drift(0, 0), False, id="one-from-nowhere"),
        pytest.param(9, Drift(0, 1), True, id="one-archived"),
        pytest.param(9, Drift(3, 0), False, id="one-lost"),
        pytest.param(0, Drift(0, 4), False, id="cut-short"),
    ],
)
def test_a_difference_is_explained_up_to_what_moved(live, drift, balanced):
    verdict = reconcile(10, live, lambda: drift)

    assert verdict.balanced is balanced
    assert str(live) in verdict.note
