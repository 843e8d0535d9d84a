from __future__ import annotations

import signal

import pytest


@pytest.fixture
def impatient(warm):
    usual, warm.longest = warm.longest, 0.2
    yield warm
    warm.longest = usual


def test_a_command_that_does_not_end_is_killed(impatient, tmp_path):
    code, told, _ = impatient.python("import time; time.sleep(60)", tmp_path)
    assert (code, told) == (-signal.SIGKILL, "")
