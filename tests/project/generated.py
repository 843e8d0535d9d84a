"""The parts of the pages that are made from the code.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. To write all of them anew:

    CRMSYNC_WRITE_DOCS=1 .venv/bin/pytest tests/project/test_docs.py
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from crmsync.config.json_schema import json_schema
from crmsync.destinations.akita import LIMITS as AKITA_LIMITS
from crmsync.destinations.akita.answers import PAUSE as AKITA_PAUSE
from crmsync.destinations.akita.fields import FIELDS as AKITA_FIELDS
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.destinations.akooda import LIMITS as AKOODA_LIMITS
from crmsync.destinations.akooda.client import METHODS
from crmsync.destinations.akooda.fields import FIELDS, SHORT
from crmsync.destinations.atoka.fields import FIELDS as ATOKA_FIELDS
from crmsync.destinations.datatalks import LIMITS as DATATALKS_LIMITS
from crmsync.destinations.datatalks import PLUGIN as DATATALKS
from crmsync.destinations.datatalks.answers import MOST_500
from crmsync.destinations.documenting import field_table
from crmsync.engine.delivery import SYSTEMATIC_AFTER
from crmsync.mapping import values
from crmsync.mapping.paths import RECORD_FACTS
from crmsync.mapping.transforms import TransformDoc, catalogue
from crmsync.mapping.writing import inline
from crmsync.sources.hubspot import api, objects
from crmsync.sources.hubspot.joins import owners_by_id
from crmsync.sources.pipedrive import api as pipedrive_api
from crmsync.sources.pipedrive import contacts, endpoints
from crmsync.sources.salesforce import objects as salesforce_objects
from crmsync.transport.retrying import Budget, RetryPolicy, span
from crmsync.web.monitoring import families, totals
from tests.project.answers import (
    akita_rows,
    akooda_rows,
    atoka_rows,
    datatalks_rows,
    hubspot_rows,
    pipedrive_rows,
    salesforce_rows,
)
from tests.project.licences import rows as dependencies
from tests.project.matrix import told as matrix_rows
from tests.project.plugin_package import worked_example

_PART = re.compile(r"(?<=<!-- generated: )([a-z-]+) -->\n(.*?)(?=<!-- end -->)", re.DOTALL)


def written(page: str) -> str:
    """A page with every generated part as the code says it now."""
    return _PART.sub(lambda part: f"{part[1]} -->\n\n{PARTS[part[1]]()}\n", page)


def parts_of(page: str) -> list[str]:
    """The names of a page's generated parts."""
    return [name for name, _ in _PART.findall(page)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([" ".join(cell.replace("|", "\\|").split()) for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _settings(*models: tuple[str, str]) -> str:
    """The keys of tables, each with the prefix that it has in the page."""
    definitions = json_schema()["$defs"]
    rows = [
        (f"`{prefix}{key}`", _default(key, definitions[model]), about["description"])
        for prefix, model in models
        for key, about in definitions[model]["properties"].items()
        if key != "type"
    ]
    return _table(["key", "default", "meaning"], rows)


def _default(key: str, model: Mapping[str, Any]) -> str:
    if key in model.get("required", ()):
        return "required"
    about = model["properties"][key]
    return f"`{inline(about['default'])}`" if "default" in about else ""


def _transforms() -> str:
    return "\n".join(map(_transform, catalogue()))


def _transform(doc: TransformDoc) -> str:
    told, _, examples = doc.description.partition("Examples:\n")
    options = [f"- `{o.name}`{' (required)' * o.required}: {o.about}\n" for o in doc.options]
    rows = [_example(doc.name, line.strip()) for line in examples.strip().splitlines()]
    heads = ["rule", "value", "becomes"]
    return "\n".join(
        filter(
            None, [f"### {doc.name}\n", told.strip() + "\n", "".join(options), _table(heads, rows)]
        )
    )


def _example(name: str, line: str) -> tuple[str, str, str]:
    left, _, right = line.rpartition(" -> ")
    options, found, value = left.partition("}: ")
    if not found:
        return f'`"{name}"`', f"`{left}`", f"`{right}`"
    return f"`{inline({name: json.loads(options + '}')})}`", f"`{value}`", f"`{right}`"


def _codes() -> str:
    return _table(["code", "meaning"], [(f"`{name}`", about) for name, about in codes().items()])


def codes() -> dict[str, str]:
    """The closed list of what transforms and fitting remark, with its docstrings."""
    tree = ast.parse(inspect.getsource(values))
    (members,) = (n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Code")
    docs = {}
    for member, text in pairwise(members):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr):
            docs[ast.unparse(member.targets[0])] = str(ast.literal_eval(text.value))
    return docs


def _paths() -> str:
    owner = owners_by_id([{"id": "1"}], [])["1"]
    rows = [(f"`record.{fact}`", _FACTS[fact]) for fact in RECORD_FACTS]
    rows += [(f"`owner.{part}`", _OWNER[part]) for part in sorted(owner)]
    return _table(["path", "what it gives"], rows)


_FACTS = {
    "id": "the record's id in the CRM, as text",
    "url": "where a person opens it in the CRM",
    "object": "what kind of record it is: the sync's `object`, such as `companies`",
    "modified_at": "when the CRM last changed it, ISO 8601 in UTC",
}
_OWNER = {
    "id": "the owner's id; of an owner whom HubSpot does not list any more, all there is",
    "active": "true, or false for one who was deactivated",
    "name": "first and last name",
    "email": "the e-mail address",
    "firstName": "the first name",
    "lastName": "the last name",
    "type": "HubSpot's own word, such as `PERSON`",
}


def _akooda_limits() -> str:
    rows = [
        ("organizations a request", f"{AKOODA_LIMITS.max_payloads:,}", "“up to 1000 entities”"),
        (
            "bytes of the exact body",
            f"{AKOODA_LIMITS.max_bytes:,}",
            "“1MB uncompressed”, read as the smaller MB; a batch is filled to what is met first",
        ),
        ("requests at once", f"{AKOODA_LIMITS.in_flight}", "`in_flight`, 1 to 8"),
        ("characters of a short text", f"{SHORT}", "“<50chars” is strictly less; UTF-16 units"),
        (
            "payloads refused in a row for one reason",
            f"{SYSTEMATIC_AFTER}",
            "then the run ends with exit code 1: the fault is not in the records",
        ),
        *((f'`method = "{name}"`', f"`{verb}`", _METHODS[name]) for name, verb in METHODS.items()),
    ]
    return _table(["what", "how much", "why"], rows)


def _akita_limits() -> str:
    own = AkitaSettings.model_validate({"api_key": "${AKITA_API_KEY}"})
    minutes = own.seconds_for(10_000) / 60
    rows = [
        ("accounts a request", f"{AKITA_LIMITS.max_payloads}", "the document shows one"),
        ("bytes of the exact body", f"{AKITA_LIMITS.max_bytes:,}", "not Akita's: our own bound"),
        ("requests", _rate(own.rate), "`rate_limit`, spread evenly"),
        ("requests at once", f"{AKITA_LIMITS.in_flight}", "`in_flight`, 1 to 16"),
        ("a pause after a 429 that names none", span(AKITA_PAUSE), "its window is not known"),
        ("10,000 changed accounts", f"{minutes:.0f} min", "by the rate"),
    ]
    return _table(["what", "how much", "why"], rows)


def _datatalks_limits() -> str:
    rows = [
        ("records a request", f"{DATATALKS_LIMITS.max_payloads}", "the document shows one"),
        (
            "bytes of the exact body",
            f"{DATATALKS_LIMITS.max_bytes:,}",
            "Amazon API Gateway's; Data Talks names none",
        ),
        ("requests at once", f"{DATATALKS_LIMITS.in_flight}", "`in_flight`, 1 to 32"),
        ("answers 500 that one record may have", f"{MOST_500}", "then it is put in quarantine"),
    ]
    return _table(["what", "how much", "why"], rows)


_METHODS = {
    "upsert": "creates organizations and updates them",
    "update": "only updates those that Akooda has already",
}


def _hubspot_limits() -> str:
    policy, budget = RetryPolicy(retry_for=0, max_wait=0), Budget()
    own = f"up to {span(policy.base)}, doubled each time, at most {span(policy.cap)}"
    rows = [
        ("records a page of the list", f"{objects.LIST_PAGE}"),
        ("records a page of a search", f"{objects.SEARCH_PAGE}"),
        ("records a request by id", f"{objects.BATCH_PAGE}"),
        ("owners a page", f"{objects.OWNERS_PAGE}"),
        ("fields that `filter` may name", f"{objects.MAX_FILTERS - 3}"),
        ("requests, until the first answer tells the account's limit", _rate(api._BURST)),
        ("searches, whatever the account", _rate(api._SEARCH)),
        ("own wait before a retry, at random", own),
        ("retries", f"{budget.share:.0%} of the requests, {budget.floor} at least"),
    ]
    return _table(["what", "how much"], rows)


def _pipedrive_prices() -> str:
    rows = [(f"`{one.path}`", f"{one.cost}") for one in endpoints.ALL]
    return _table(["list", "tokens a request"], rows)


def _pipedrive_limits() -> str:
    rows = [
        ("records a page", f"{endpoints.PAGE}"),
        ("records a request by id", f"{endpoints.IDS_AT_ONCE}"),
        ("custom fields that are asked for by key; more come all together",
         f"{endpoints.CUSTOM_FIELDS}"),
        ("organizations whose persons are asked for one by one", f"{contacts.FEW}"),
        ("requests of a user's token, until the first answer tells the plan's limit",
         _rate(pipedrive_api.TOKEN_BURST)),
        ("requests of an OAuth app, until then", _rate(pipedrive_api.OAUTH_BURST)),
    ]  # fmt: skip
    return _table(["what", "how much"], rows)


def _salesforce_limits() -> str:
    rows = [
        ("records a query by REST", f"{salesforce_objects.REST_PAGE:,}"),
        ("ids a query, fewer where its address would be too long",
         f"{salesforce_objects.IDS_A_QUERY}"),
        ("references that a path may go through", f"{salesforce_objects.MAX_LEVELS}"),
        ("parts of a Bulk result at once", f"{salesforce_objects.RESULT_PAGES}"),
    ]  # fmt: skip
    return _table(["what", "how much"], rows)


def _rate(rate: Any) -> str:
    return f"{rate.limit} in {span(rate.seconds)}"


_HEAD = ("answer", "what crmsync says", "what it does", "what you do")
_ROW = ("row", "what happens", "shown by")


def _metrics() -> str:
    found = [*families([], datetime.now(UTC), alive=True), *totals()]
    return _table(["metric", "what it is"], ((f"`{one.name}`", one.told) for one in found))


PARTS: Mapping[str, Callable[[], str]] = {
    "transforms": _transforms,
    "codes": _codes,
    "paths": _paths,
    "akooda-fields": lambda: field_table(FIELDS),
    "akooda-settings": lambda: _settings(("", "destinations.akooda")),
    "akooda-limits": _akooda_limits,
    "akooda-answers": lambda: _table(_HEAD, akooda_rows()),
    "akita-fields": lambda: field_table(AKITA_FIELDS),
    "akita-settings": lambda: _settings(("", "destinations.akita")),
    "akita-limits": _akita_limits,
    "akita-answers": lambda: _table(_HEAD, akita_rows()),
    "atoka-fields": lambda: field_table(ATOKA_FIELDS),
    "atoka-answers": lambda: _table(_HEAD, atoka_rows()),
    "atoka-settings": lambda: _settings(("", "destinations.atoka")),
    "datatalks-fields": lambda: field_table(DATATALKS.fields),
    "datatalks-settings": lambda: _settings(
        ("", "destinations.datatalks"), ("groups.", "destinations.datatalks.Group")
    ),
    "datatalks-limits": _datatalks_limits,
    "datatalks-answers": lambda: _table(_HEAD, datatalks_rows()),
    "daemon-settings": lambda: _settings(("daemon.", "Daemon")),
    "metrics": _metrics,
    "hubspot-settings": lambda: _settings(("", "sources.hubspot")),
    "hubspot-limits": _hubspot_limits,
    "hubspot-answers": lambda: _table(_HEAD, hubspot_rows()),
    "fault-rows": lambda: _table(_ROW, matrix_rows("F")),
    "security-rows": lambda: _table(_ROW, matrix_rows("SEC")),
    "invariant-rows": lambda: _table(_ROW, matrix_rows("I")),
    "worked-example": lambda: _table(["step", "file", "lines", "what it is"], worked_example()),
    "dependencies": lambda: _table(["package", "licence", "asked for by"], dependencies()),
    "file-settings": lambda: _settings(("", "sources.file")),
    "pipedrive-settings": lambda: _settings(("", "sources.pipedrive")),
    "pipedrive-prices": _pipedrive_prices,
    "pipedrive-limits": _pipedrive_limits,
    "pipedrive-answers": lambda: _table(_HEAD, pipedrive_rows()),
    "salesforce-settings": lambda: _settings(("", "sources.salesforce")),
    "salesforce-limits": _salesforce_limits,
    "salesforce-answers": lambda: _table(_HEAD, salesforce_rows()),
    "sync-settings": lambda: _settings(
        ("state.", "State"), ("limits.", "Limits"), ("", "SyncConfig"), ("guards.", "Guards")
    ),
}
