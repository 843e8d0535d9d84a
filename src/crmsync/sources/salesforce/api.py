"""Salesforce's calls: SOQL, objects and jobs in; pages, descriptions and CSV out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

import orjson

from crmsync.adapters import Context
from crmsync.durations import parse_duration
from crmsync.errors import ConfigError, CrmsyncError, RetryableError
from crmsync.interfaces import Traffic, Transport
from crmsync.receipts import Problem
from crmsync.reports import JSONObject
from crmsync.sources.checking import closest
from crmsync.sources.salesforce.calls import Calls
from crmsync.sources.salesforce.failures import NotFoundError, job_failed
from crmsync.sources.salesforce.sessions import Org
from crmsync.sources.salesforce.settings import SalesforceSettings
from crmsync.sources.server_time import ServerTime
from crmsync.transport.redaction import safe
from crmsync.transport.retrying import span

__all__ = ["Chunk", "Job", "Org", "QueryPage", "SalesforceApi"]

# Address and headers together, at most 16,384 bytes: REST API Developer Guide, "Status Codes
# and Error Responses" (414, 431), read 2026-11-21. What is left is for the headers, the
# session's token above all, and for the host's name.
_URL_ROOM: Final = 12_000
_FIRST_POLL: Final = 0.2
_LAST_POLL: Final = 20.0
_SLOWER: Final = 1.5
_RUNNING: Final = frozenset({"Open", "UploadComplete", "InProgress"})
_DONE: Final = "JobComplete"
# The text that stands for "no further part": Bulk API 2.0 Developer Guide, "Get Results for a
# Query Job", read 2026-11-21.
_NO_LOCATOR: Final = "null"
_LOCATOR: Final = "sforce-locator"


class QueryPage(NamedTuple):
    """One page of a query, as Salesforce gave it.

    Attributes:
        rows: The records, 2,000 at most.
        total: How many match the query in all; None where it was not told.
        more: The next page's path, for `more`; empty on the last one. It lives two days.
    """

    rows: Sequence[JSONObject]
    total: int | None
    more: str


class Job(NamedTuple):
    """A Bulk API 2.0 query job.

    Attributes:
        state: `UploadComplete`, `InProgress`, `JobComplete`, `Failed` or `Aborted`.
        rows: How many records it has found so far.
        message: Why it failed; empty else.
    """

    state: str
    rows: int
    message: str


class Chunk(NamedTuple):
    """A part of a job's result.

    Attributes:
        body: CSV with a line of names, unpacked, whole.
        next: The locator of the next part; empty on the last one.
        rows: How many records Salesforce says that it holds; -1 where it does not say.
    """

    body: bytes
    next: str
    rows: int


class SalesforceApi:
    """The calls that a read needs. Safe to use from several threads.

    The first one signs in. A session that has died is replaced once, for all threads. Every
    call may raise RetryableError (given up, or the day's requests are spent: exit code 5),
    CredentialsError and FatalError.

    Attributes:
        name: The account's.
        overlap: Seconds that an incremental read reaches back.
        time: Salesforce's clock.
    """

    def __init__(
        self, settings: SalesforceSettings, context: Context, transport: Transport
    ) -> None:
        self.name = context.name
        self.overlap = parse_duration(settings.overlap)
        self.time = ServerTime(context.clock)
        self._clock = context.clock
        self._patience = parse_duration(settings.job_timeout)
        self._base = f"/services/data/v{settings.api_version}"
        self._calls = Calls(settings, context, transport, self.time)
        self._described: dict[str, JSONObject] = {}

    @property
    def traffic(self) -> Traffic:
        """What the account's requests came to, signing in included."""
        return self._calls.traffic

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def identity(self) -> Org:
        """Which org this is, by what signing in told: no call of its own."""
        return self._calls.session().org

    def sobjects(self) -> Sequence[JSONObject]:
        """Every object that the user may see."""
        path = f"{self._base}/sobjects"
        return self._calls.rows(self._calls.json("GET", path), "sobjects", path)

    def describe(self, object_name: str) -> JSONObject:
        """An object and its fields, as far as the user may see them; asked for once.

        Raises:
            ConfigError: There is no such object for this user.
        """
        found = self._described.get(object_name)
        if found is None:
            path = f"{self._base}/sobjects/{_segment(object_name)}/describe"
            try:
                found = self._calls.json("GET", path)
            except NotFoundError as error:
                raise self._no_object(object_name) from error
            self._calls.rows(found, "fields", path)
            self._described[object_name] = found
        return found

    def fits(self, soql: str) -> bool:
        """Whether a query is short enough for an address; else a job must carry it."""
        return len(self._query_path(soql, deleted=False)) <= _URL_ROOM

    def query(self, soql: str, *, deleted: bool = False) -> QueryPage:
        """The first page of a query; with *deleted* ones in the recycle bin and archived too."""
        return self._page(self._query_path(soql, deleted=deleted))

    def more(self, path: str) -> QueryPage:
        """A further page, by the path that the one before gave.

        Raises:
            LocatorError: The place is gone (two days old): begin anew.
        """
        return self._page(path)

    def count(self, soql: str, *, deleted: bool = False) -> int:
        """What a `SELECT COUNT() FROM …` comes to."""
        path = self._query_path(soql, deleted=deleted)
        total = self._page(path).total
        if total is None:
            raise self._calls.no_answer(path)
        return total

    def limits(self) -> Mapping[str, tuple[int, int]]:
        """(maximum, left) of each of the org's limits, `DailyApiRequests` among them."""
        found = self._calls.json("GET", f"{self._base}/limits").items()
        pairs = {
            name: (one.get("Max"), one.get("Remaining"))
            for name, one in found
            if isinstance(one, dict)
        }
        return {
            name: (most, left)
            for name, (most, left) in pairs.items()
            if isinstance(most, int) and isinstance(left, int)
        }

    def create_job(self, soql: str, *, deleted: bool = False) -> str:
        """Begin a Bulk API 2.0 query and give its id."""
        path = f"{self._base}/jobs/query"
        body = {
            "operation": "queryAll" if deleted else "query",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        made = self._calls.json("POST", path, orjson.dumps(body))
        job = made.get("id")
        if not isinstance(job, str) or not job:
            raise self._calls.no_answer(path)
        return job

    def job(self, job_id: str) -> Job:
        """How a job stands.

        Raises:
            LocatorError: There is no such job any more (seven days old, or deleted).
        """
        path = self._job_path(job_id)
        found = self._calls.json("GET", path)
        state, rows = found.get("state"), found.get("numberRecordsProcessed")
        if not isinstance(state, str):
            raise self._calls.no_answer(path)
        message = safe(str(found.get("errorMessage") or ""))
        return Job(state, rows if isinstance(rows, int) else 0, message)

    def wait(self, job_id: str) -> Job:
        """Wait until a job is complete, asking more and more rarely, and give it.

        Raises:
            FatalError, RetryableError: It failed, was aborted, or `job_timeout` is over.
            StoppedError: The run was asked to stop; the job goes on at Salesforce.
        """
        begun, pause = self._clock.monotonic(), _FIRST_POLL
        while (job := self.job(job_id)).state in _RUNNING:
            if self._clock.monotonic() - begun + pause > self._patience:
                raise RetryableError(
                    f"{self.name}: the Bulk job {safe(job_id, limit=40)} is not done after "
                    f"{span(self._patience)} ({safe(job.state, limit=40)}, {job.rows:,} records)",
                    hint="Salesforce is busy: run again later, or set job_timeout higher",
                    final=True,
                )
            self._clock.sleep(pause)
            pause = min(pause * _SLOWER, _LAST_POLL)
        if job.state != _DONE:
            raise job_failed(self.name, job.state, job.message)
        return job

    def result_page(self, job_id: str, *, locator: str = "", rows: int) -> Chunk:
        """A part of a complete job's result, of at most so many rows.

        Raises:
            LocatorError: The result, or the place in it, is gone: begin anew.
        """
        query = {"maxRecords": str(rows), **({"locator": locator} if locator else {})}
        path = f"{self._job_path(job_id)}/results?{urlencode(query)}"
        answer = self._calls.csv(path, header=_LOCATOR)
        told = answer.headers[_LOCATOR]
        count = answer.headers.get("sforce-numberofrecords", "")
        return Chunk(
            answer.body,
            "" if told == _NO_LOCATOR else told,
            int(count) if count.isdecimal() else -1,
        )

    def result_pages(self, job_id: str, *, after: str = "") -> tuple[Sequence[str], str]:
        """Paths of the parts of a complete job's result, five at most, and of the next such list.

        For `fetch`, in any order and at once. *after* is what the list before gave; empty is
        the first. From API version 58.0 on.
        """
        path = after or f"{self._job_path(job_id)}/resultPages"
        found = self._calls.json("GET", path)
        pages = self._calls.rows(found, "resultPages", path)
        urls = [one.get("resultUrl") for one in pages]
        onward = found.get("nextRecordsUrl") or ""
        if not all(isinstance(url, str) for url in urls) or not isinstance(onward, str):
            raise self._calls.no_answer(path)
        return [str(url) for url in urls], "" if found.get("done") is True else onward

    def fetch(self, path: str) -> bytes:
        """A part of a job's result, by its path: CSV with a line of names."""
        return self._calls.csv(path).body

    def abort(self, job_id: str) -> None:
        """End a job that nobody waits for any more, as well as can be: it raises nothing."""
        self._try("PATCH", job_id, orjson.dumps({"state": "Aborted"}))

    def delete_job(self, job_id: str) -> None:
        """Delete a job with its result, as well as can be: it raises nothing."""
        self._try("DELETE", job_id)

    def _try(self, method: str, job_id: str, body: bytes = b"") -> None:
        try:
            self._calls.send(method, self._job_path(job_id), body)
        except CrmsyncError:
            return  # Salesforce deletes what is left after seven days

    def _query_path(self, soql: str, *, deleted: bool) -> str:
        return f"{self._base}/{'queryAll' if deleted else 'query'}?{urlencode({'q': soql})}"

    def _job_path(self, job_id: str) -> str:
        return f"{self._base}/jobs/query/{_segment(job_id)}"

    def _page(self, path: str) -> QueryPage:
        found = self._calls.json("GET", path)
        rows = self._calls.rows(found, "records", path)
        total, more = found.get("totalSize"), found.get("nextRecordsUrl") or ""
        if not isinstance(more, str) or (not more and found.get("done") is not True):
            raise self._calls.no_answer(path)
        return QueryPage(rows, total if isinstance(total, int) else None, more)

    def _no_object(self, wrong: str) -> ConfigError:
        names = {str(one.get("name") or "") for one in self.sobjects()} - {wrong}
        close = closest(wrong, sorted(names))
        meant = f'; did you mean "{close}"?' if close else ""
        return ConfigError(
            [
                Problem(
                    "object",
                    "unknown_object",
                    f'{self.name}: Salesforce has no object "{safe(wrong, limit=80)}" that this '
                    f"user may see{meant}",
                )
            ],
            hint="write its API name (a custom one ends in __c), or give the user who signs in "
            "the right to read it",
        )


def _segment(name: str) -> str:
    """A name or an id as one part of a path, whatever is in it."""
    return quote(name, safe="")
