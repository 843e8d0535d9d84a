"""Bulk API 2.0 query jobs.

Requests, states and results: Bulk API 2.0 and Bulk API Developer Guide, "Query Jobs", read
2026-11-21.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

import orjson

from crmsync.sandbox.exchange import Answer, JSONObject, RefusedError, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce import ids, refusals
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.parser import parse
from crmsync.sandbox.salesforce.paths import Parents, Resolved
from crmsync.sandbox.salesforce.query import Finder, select
from crmsync.sandbox.salesforce.rendering import Renderer, csv_header, rest_time
from crmsync.sandbox.salesforce.store import Table
from crmsync.sandbox.salesforce.syntax import Query

CSV_TYPE: Final = b"text/csv; charset=UTF-8"
FIRST_PAGES_VERSION: Final = 58
"""resultPages is there from this API version on."""
PAGES_AT_ONCE: Final = 5
_CHUNK: Final = 100
_ENDED: Final = frozenset({"JobComplete", "Failed", "Aborted"})
_WANTED: Final = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}


class Job:
    """One job."""

    def __init__(self, facts: JSONObject, query: Query, table: Table) -> None:
        self.facts = facts
        self.query = query
        self.table = table
        self.paths: tuple[Resolved, ...] = ()
        self.positions: list[int] = []
        self.frozen: dict[int, bytes] = {}
        self.begun = time.monotonic()
        self.polls = 0
        self.error = ""
        self.watcher: Callable[[int], None] | None = None

    @property
    def state(self) -> str:
        """The job's state."""
        return str(self.facts["state"])


class Bulk:
    """All query jobs."""

    def __init__(
        self, options: SandboxOptions, org: Org, parents: Parents, renderer: Renderer
    ) -> None:
        self._options = options
        self._org = org
        self._parents = parents
        self._renderer = renderer
        self._jobs: dict[str, Job] = {}
        self._made = 0

    @property
    def made(self) -> int:
        """Jobs made so far."""
        return self._made

    def create(self, request: Request, version: str) -> Answer:
        """Make a job."""
        asked = _object(request)
        operation, text = asked.get("operation"), asked.get("query")
        if operation not in ("query", "queryAll") or not isinstance(text, str):
            raise _refused("InvalidJob", "operation must be query or queryAll, query a SOQL text")
        for name, only in _WANTED.items():
            if asked.get(name, only) != only:
                raise _refused("InvalidJob", f"the sandbox takes {only} alone as {name}")
        query = parse(text)
        error = _unsupported(query)
        selection = None if error else self._checked(query)
        kind = self._org.kinds.get(query.entity) or select(self._org, query).kind
        self._made += 1
        job = Job(self._facts(asked, kind.name, version), query, self._org.tables[kind.name])
        job.error = error
        job.paths = selection or ()
        self._jobs[job.facts["id"]] = job
        return Answer.json(200, _shown(job, ("numberRecordsProcessed", "retries",
                                             "totalProcessingTime", "jobType")))  # fmt: skip

    def _checked(self, query: Query) -> tuple[Resolved, ...]:
        selection = select(self._org, query)
        for path in selection.paths:
            if path.field.type == "address":
                message = "Selecting compound data not supported in Bulk Query"
                raise _refused("API_ERROR", message)
        # What cannot be compared or sorted by is refused before anything is read.
        Finder(self._org, self._parents, query, deleted=False)
        return selection.paths

    def _facts(self, asked: JSONObject, name: str, version: str) -> JSONObject:
        now = rest_time(int(time.time()) * 1000)
        return {
            "id": ids.make("750", self._made),
            "operation": asked["operation"],
            "object": name,
            "createdById": ids.setting("005", 0),
            "createdDate": now,
            "systemModstamp": now,
            "state": "UploadComplete",
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(version),
            "jobType": "V2Query",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            "numberRecordsProcessed": 0,
            "retries": 0,
            "totalProcessingTime": 0,
            "isPkChunkingSupported": True,
        }

    def show(self, job_id: str) -> Answer:
        """A job's state; asking moves it on."""
        job = self._job(job_id)
        self._advance(job)
        return Answer.json(200, _shown(job))

    def every(self) -> Answer:
        """All jobs."""
        records = [_shown(job) for job in self._jobs.values()]
        return Answer.json(200, {"done": True, "records": records, "nextRecordsUrl": None})

    def _advance(self, job: Job) -> None:
        if job.state in _ENDED:
            return
        job.polls += 1
        waited = time.monotonic() - job.begun
        options = self._options
        if job.polls > options.salesforce_bulk_polls and waited >= options.salesforce_bulk_delay_s:
            self._finish(job, waited)
        elif job.polls > 1 or options.salesforce_bulk_polls == 1:
            job.facts["state"] = "InProgress"

    def _finish(self, job: Job, waited: float) -> None:
        facts = job.facts
        facts["totalProcessingTime"] = int(waited * 1000)
        if job.error:
            facts["state"], facts["errorMessage"] = "Failed", job.error
            return
        deleted = facts["operation"] == "queryAll"
        try:
            self._checked(job.query)
        except RefusedError as refusal:
            # A field went away since the job was made.
            (error,) = orjson.loads(refusal.answer.body)
            facts["state"] = "Failed"
            facts["errorMessage"] = f"{error['errorCode']}: {error['message']}"
            return
        job.positions = Finder(self._org, self._parents, job.query, deleted=deleted).positions()
        if not job.query.order:
            _mix(job.positions, self._options.seed)
        job.watcher = self._freezer(job)
        job.table.watchers.insert(0, job.watcher)
        facts["state"], facts["numberRecordsProcessed"] = "JobComplete", len(job.positions)

    def _freezer(self, job: Job) -> Callable[[int], None]:
        """Keeps a row as it was when the job ran, where it changes afterwards."""
        there = set(job.positions)

        def freeze(position: int) -> None:
            if position in there and position not in job.frozen:
                rows = self._renderer.csv(job.table, job.paths)
                job.frozen[position] = rows.get([position])[0]

        return freeze

    def results(self, request: Request, job_id: str) -> Answer:
        """A part of the result."""
        job = self._complete(job_id)
        given = {name: values[-1] for name, values in request.parameters().items()}
        start, size = _locator(given.get("locator", "")), self._options.salesforce_bulk_page
        asked = given.get("maxRecords", str(size))
        if not asked.isdecimal() or int(asked) == 0:
            raise _refused("INVALID_QUERY_VALUE", "maxRecords must be a number above 0")
        positions = job.positions[start : start + min(int(asked), size)]
        rows = self._renderer.csv(job.table, job.paths).get(positions)
        if job.frozen:
            frozen = job.frozen
            rows = [frozen.get(p, row) for p, row in zip(positions, rows, strict=True)]
        end = start + len(positions)
        locator = _written(end) if end < len(job.positions) else "null"
        headers = (
            (b"Sforce-Locator", locator.encode()),
            (b"Sforce-NumberOfRecords", b"%d" % len(positions)),
        )
        return Answer(200, csv_header(job.paths) + b"".join(rows), CSV_TYPE, headers)

    def pages(self, request: Request, job_id: str, version: str) -> Answer:
        """Where up to five parts of the result are, to be read side by side."""
        job = self._complete(job_id)
        if float(version) < FIRST_PAGES_VERSION:
            raise refusals.not_found()
        if float(version) != job.facts["apiVersion"]:
            raise refusals.refused(409, "API_ERROR", "use the API version the job was made with")
        start = _locator(request.parameters().get("locator", [""])[-1])
        size, total = self._options.salesforce_bulk_page, len(job.positions)
        starts = list(range(start, total, size))[:PAGES_AT_ONCE] or [start]
        here = f"/services/data/v{version}/jobs/query/{job_id}"
        end = starts[-1] + size
        answer: JSONObject = {
            "resultPages": [
                {"resultUrl": f"{here}/results?locator={_written(one)}"} for one in starts
            ],
            "done": end >= total,
        }
        if end < total:
            answer["nextRecordsUrl"] = f"{here}/resultPages?locator={_written(end)}"
        return Answer.json(200, answer)

    def abort(self, request: Request, job_id: str) -> Answer:
        """Abort a job that still runs."""
        job = self._job(job_id)
        if _object(request).get("state") != "Aborted":
            raise _refused("InvalidJob", "a job's state can be set to Aborted alone")
        if job.state in _ENDED:
            raise _refused("InvalidJobState", f"Aborting a job in state {job.state} is not allowed")
        job.facts["state"] = "Aborted"
        return Answer.json(200, _shown(job))

    def delete(self, job_id: str) -> Answer:
        """Delete a job that has ended."""
        job = self._job(job_id)
        if job.state not in _ENDED:
            raise _refused("InvalidJobState", f"Deleting a job in state {job.state} is not allowed")
        del self._jobs[job.facts["id"]]
        if job.watcher:
            job.table.watchers.remove(job.watcher)
        return Answer(204)

    def _job(self, job_id: str) -> Job:
        found = ids.parse(job_id)
        if found is None or found not in self._jobs:
            raise refusals.not_found()
        return self._jobs[found]

    def _complete(self, job_id: str) -> Job:
        job = self._job(job_id)
        if job.state != "JobComplete":
            message = f"the job's state is {job.state}; results are there when it is JobComplete"
            raise _refused("INVALIDJOBSTATE", message)
        return job


def _unsupported(query: Query) -> str:
    """Why a job will fail; empty where it will not."""
    if query.aggregates or query.counting:
        return "FUNCTIONALITY_NOT_ENABLED: Aggregate Relationships not supported in Bulk Query"
    if query.offset:
        return "FUNCTIONALITY_NOT_ENABLED: OFFSET is not supported in Bulk Query"
    if query.group:
        return "FUNCTIONALITY_NOT_ENABLED: FIELDS function is not supported in Bulk Query"
    return ""


def _mix(positions: list[int], seed: int) -> None:
    """Shuffle chunks, as parts of a large query end in any order."""
    starts = list(range(0, len(positions), _CHUNK))
    random.Random(seed).shuffle(starts)
    positions[:] = [place for start in starts for place in positions[start : start + _CHUNK]]


def _object(request: Request) -> JSONObject:
    if not request.headers.get(b"content-type", b"").startswith(b"application/json"):
        message = "The Content-Type must be application/json"
        raise refusals.refused(415, "UNSUPPORTED_MEDIA_TYPE", message)
    try:
        asked = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise refusals.refused(400, "JSON_PARSER_ERROR", str(error)) from error
    if not isinstance(asked, dict):
        raise refusals.refused(400, "JSON_PARSER_ERROR", "the body must be a JSON object")
    return asked


def _shown(job: Job, without: tuple[str, ...] = ()) -> JSONObject:
    return {name: value for name, value in job.facts.items() if name not in without}


def _refused(code: str, message: str) -> Exception:
    return refusals.refused(400, code, message)


# Locators are made by the server and cannot be computed: this one is a place in disguise.
_DISGUISE: Final = 7_368_787


def _written(place: int) -> str:
    return f"MT{(place + 1) * _DISGUISE:x}"


def _locator(text: str) -> int:
    if not text:
        return 0
    try:
        place, rest = divmod(int(text.removeprefix("MT"), 16), _DISGUISE)
    except ValueError:
        place, rest = 0, 1
    if rest:
        raise _refused("INVALID_QUERY_LOCATOR", "the locator is not one of this job")
    return place - 1
