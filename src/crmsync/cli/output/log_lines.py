"""Sets up logging: events on stderr as text or JSON lines, one line each, without secrets."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final

from crmsync.cli.options import LogFormat, LogLevel
from crmsync.cli.output.documents import line
from crmsync.cli.output.text import safe
from crmsync.reports import timestamp

MAX_VALUE: Final = 2_000
"""Characters of one value in a log line; more tells nobody more."""

OURS: Final = "crmsync"
"""The logger under which all of crmsync logs."""

NOTE: Final = "note"
"""The event of a JSON line that is no event: progress, a warning, an error, in words."""


def set_up_logging(level: LogLevel, form: LogFormat) -> None:
    """Send every library's log to stderr, redacted. Replaces an earlier set-up."""
    from crmsync.transport.redaction import RedactingFilter

    logging.raiseExceptions = False  # a log line that cannot be written ends nothing
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter() if form is LogFormat.JSON else TextFormatter())
    handler.addFilter(RedactingFilter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)  # they may quote what they warn of
    logging.getLogger(OURS).setLevel(logging.NOTSET)


def log_our_events() -> None:
    """Log crmsync's own events, whatever is logged of other libraries: for who serves on."""
    logging.getLogger(OURS).setLevel(logging.INFO)


def speaks_json() -> bool:
    """Whether what goes to stderr is to be one JSON object a line."""
    handlers = logging.getLogger().handlers
    return any(isinstance(handler.formatter, JSONFormatter) for handler in handlers)


def name_run(run_id: str) -> None:
    """Put a run's id on every line that has none: for a process of which that is all it does."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _Formatter):
            handler.formatter.run_id = run_id


def json_line(message: str, *, level: str, hint: str = "", sync: str = "") -> str | None:
    """Something for people as one more line of the log; None where log lines are text."""
    handlers = logging.getLogger().handlers
    formatters = [one.formatter for one in handlers if isinstance(one.formatter, JSONFormatter)]
    if not formatters:
        return None
    facts = {"message": message, "hint": hint, "sync": sync}
    values = {name: text for name, text in facts.items() if text}
    told = {"msg": NOTE, "levelname": level.upper(), "values": values}
    return formatters[0].format(logging.makeLogRecord(told))


class _Formatter(logging.Formatter):
    """Writes one line a record.

    Attributes:
        run_id: Of the run that every line without one belongs to; empty where there is none.
    """

    run_id = ""

    def values(self, record: logging.LogRecord) -> dict[str, object]:
        """The event's own values, or where another library's line comes from."""
        values = getattr(record, "values", None)
        found = dict(values) if isinstance(values, dict) else {"logger": record.name}
        if self.run_id:
            found.setdefault("run_id", self.run_id)
        if record.exc_text:  # the redacting filter made it
            found["error"] = record.exc_text.rstrip().rpartition("\n")[2]
        return found


class TextFormatter(_Formatter):
    """`time LEVEL event key=value …`, for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The event and its values on one line."""
        facts = "".join(
            f" {key}={safe(value, limit=MAX_VALUE)}" for key, value in self.values(record).items()
        )
        event = safe(record.getMessage(), limit=MAX_VALUE)
        return f"{_time(record)} {record.levelname:<7} {event}{facts}"


class JSONFormatter(_Formatter):
    """One JSON object a line: time, level, event and the event's own values."""

    def format(self, record: logging.LogRecord) -> str:
        """The event and its values as JSON."""
        head = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage()[:MAX_VALUE],
        }
        facts = {key: _short(value) for key, value in self.values(record).items()}
        return line(head | facts | head)  # the head stands first, and no value takes its place


def _short(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_short(one) for one in value[:MAX_VALUE]]
    return value if isinstance(value, int | float | None) else str(value)[:MAX_VALUE]


def _time(record: logging.LogRecord) -> str:
    return timestamp(datetime.fromtimestamp(record.created, UTC))
