from __future__ import annotations

import json
import logging

import pytest

from crmsync import logs
from crmsync.cli.options import LogFormat, LogLevel
from crmsync.cli.output.log_lines import MAX_VALUE, JSONFormatter, name_run, set_up_logging
from crmsync.cli.output.terminal import note
from crmsync.transport.redaction import register

CANARY = "canary-0815-token"


@pytest.fixture
def lines(capsys, logging_as_before):
    """Set up logging, do something, give the lines on stderr."""

    def lines(form: LogFormat, do, level: LogLevel = LogLevel.DEBUG) -> list[str]:
        set_up_logging(level, form)
        do()
        captured = capsys.readouterr()
        assert captured.out == ""
        return list(captured.err.split("\n")[:-1])

    return lines


def test_an_event_is_a_json_object_with_its_values(lines):
    (text,) = lines(LogFormat.JSON, lambda: logs.event(logs.PAGE_READ, sync="a", records=100))
    found = json.loads(text)
    assert found.pop("time").endswith("Z")
    assert found == {"level": "info", "event": "page_read", "sync": "a", "records": 100}


def test_an_event_is_a_line_for_people(lines):
    (text,) = lines(LogFormat.TEXT, lambda: logs.event(logs.PAGE_READ, sync="a", records=100))
    assert text.endswith("INFO    page_read sync=a records=100")


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.security(29, 30)
def test_whatever_stands_in_a_value_an_event_stays_one_safe_line(lines, form):
    value = 'x\n{"level": "error"}\r\x1b[2J\u2028\0'
    (text,) = lines(form, lambda: logs.event(logs.PAGE_READ, value=value))
    assert text.isprintable()


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.security(30)
def test_a_long_value_is_cut(lines, form):
    (text,) = lines(form, lambda: logs.event(logs.PAGE_READ, value="x" * 1_000_000))
    assert len(text) < MAX_VALUE + 200


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.security(5)
def test_a_secret_is_scrubbed_from_values_messages_and_traces(lines, form):
    register(CANARY)

    def do() -> None:
        logs.event(logs.PAGE_READ, value=CANARY, nested={"x": [CANARY]})
        logging.getLogger("some.library").warning("sent %s", CANARY)
        error = ValueError(CANARY)
        logging.getLogger("some.library").error("failed", exc_info=error)

    texts = lines(form, do)
    assert len(texts) == 3
    assert CANARY not in "".join(texts)
    assert "ValueError" in texts[2]


def test_no_value_takes_the_place_of_time_level_and_event(lines):
    values = {"time": "x", "event": "x"}
    record = logging.makeLogRecord({"msg": "page_read", "levelname": "INFO", "values": values})
    found = json.loads(JSONFormatter().format(record))
    assert (found["event"], found["time"] == "x") == ("page_read", False)


def test_below_the_level_nothing_is_logged(lines):
    assert lines(LogFormat.TEXT, lambda: logs.event(logs.PAGE_READ), LogLevel.WARNING) == []


def test_a_second_set_up_replaces_the_first(lines):
    set_up_logging(LogLevel.DEBUG, LogFormat.JSON)
    assert len(lines(LogFormat.TEXT, lambda: logs.event(logs.PAGE_READ))) == 1


def test_a_list_stays_a_list(lines):
    (text,) = lines(LogFormat.JSON, lambda: logs.event(logs.PAGE_READ, ids=["1", 2, ("x",)]))
    assert json.loads(text)["ids"] == ["1", 2, ["x"]]


def test_words_for_people_are_json_lines_too(lines):
    (text,) = lines(LogFormat.JSON, lambda: note("two\nlines", level="error", hint="mend it"))
    found = json.loads(text)
    assert found.pop("time").endswith("Z")
    words = {"message": "two\nlines", "hint": "mend it"}
    assert found == {"level": "error", "event": "note", **words}


def test_words_for_people_are_plain_where_log_lines_are(lines):
    assert lines(LogFormat.TEXT, lambda: note("wrong", level="error", hint="mend it")) == [
        "error: wrong",
        "  → mend it",
    ]


def test_a_line_without_a_run_belongs_to_the_run_that_was_named(lines):
    def told():
        name_run("run-1")
        logging.getLogger("another.library").info("connected")
        logs.event(logs.SYNC_FINISHED, run_id="run-2", sync="main")
        note("main: started", sync="main")

    library, own, words = map(json.loads, lines(LogFormat.JSON, told))
    assert (library["run_id"], library["logger"]) == ("run-1", "another.library")
    assert (own["run_id"], own["sync"]) == ("run-2", "main")
    assert (words["run_id"], words["sync"]) == ("run-1", "main")
