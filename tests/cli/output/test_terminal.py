from __future__ import annotations

import subprocess
import sys

from crmsync.cli.output.terminal import emit, is_terminal, note, offer


def test_results_go_to_stdout_and_remarks_to_stderr(capsys):
    emit("result")
    note("remark")
    assert capsys.readouterr() == ("result\n", "remark\n")


def test_without_a_terminal_nobody_is_asked(capsys):
    assert sys.stdin is not None
    assert not is_terminal()


def test_what_is_offered_to_a_reader_is_told_apart_from_what_nobody_reads(capsys):
    assert offer("line")
    assert capsys.readouterr().out == "line\n"


def test_a_long_list_ends_when_its_reader_has_left():
    body = "import itertools as i; from crmsync.cli.output.terminal import offer"
    endless = f"{body}; print(sum(1 for _ in i.takewhile(offer, i.repeat('x'))) and 'x')"
    line = [sys.executable, "-c", endless]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 0
