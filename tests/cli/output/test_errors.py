from __future__ import annotations

import errno
import json

from crmsync.cli.output.errors import told, told_bug, told_unwritable
from crmsync.errors import ConfigError, FatalError
from crmsync.exit_codes import ExitCode
from crmsync.receipts import Problem


def test_every_fault_of_a_configuration_is_a_line(capsys):
    problems = [Problem("a", "x", "wrong"), Problem("b\x1b", "x", "bad\n")]
    assert told(ConfigError(problems, hint="mend it")) is ExitCode.USAGE
    assert capsys.readouterr().err == "error: a: wrong\nerror: b\\x1b: bad\\n\n  → mend it\n"


def test_an_error_without_a_hint_is_one_line(capsys):
    assert told(FatalError("no JSON")) is ExitCode.FAILED
    assert capsys.readouterr().err == "error: no JSON\n"


def test_a_bug_tells_its_kind_and_not_its_words(capsys):
    assert told_bug(ValueError("secret")) is ExitCode.FAILED
    err = capsys.readouterr().err
    assert "report it: ValueError" in err
    assert "secret" not in err


def test_where_json_was_promised_stdout_gets_one_document(capsys):
    told(ConfigError([Problem("a", "x", "wrong")], hint="mend it"), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["exit_code"], found["error"], found["hint"]) == (2, "a: wrong", "mend it")
    assert found["problems"] == [
        {"field": "a", "code": "x", "message": "wrong", "severity": "error"}
    ]


def test_a_full_disk_is_no_bug(capsys):
    assert told_unwritable(OSError(errno.ENOSPC, "No space left on device")) is ExitCode.FAILED
    err = capsys.readouterr().err
    assert err.splitlines()[0] == "error: cannot write: No space left on device"
