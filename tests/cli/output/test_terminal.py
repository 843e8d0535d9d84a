from __future__ import annotations

import sys

from crmsync.cli.output.terminal import emit, is_terminal, note


def test_results_go_to_stdout_and_remarks_to_stderr(capsys):
    emit("result")
    note("remark")
    assert capsys.readouterr() == ("result\n", "remark\n")


def test_without_a_terminal_nobody_is_asked(capsys):
    assert sys.stdin is not None
    assert not is_terminal()
