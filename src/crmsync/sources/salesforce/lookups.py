"""What is looked up beside the records: stages of opportunities, contacts' e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final

from crmsync.sources.salesforce import soql
from crmsync.sources.salesforce.api import SalesforceApi
from crmsync.sources.salesforce.bulk import Place, Results
from crmsync.sources.salesforce.joins import Describe
from crmsync.sources.salesforce.objects import CONTACT, IDS_A_QUERY, PERSON, STAGES, WEBSITE
from crmsync.sources.salesforce.rows import Stage, Table, by_host, of_json
from crmsync.sources.salesforce.settings import SalesforceSettings

_STAGE: Final = ("MasterLabel", "ApiName", "IsClosed", "IsWon", "DefaultProbability")
_ACCOUNT: Final = "AccountId"
_EMAIL: Final = "Email"
_COLUMNS: Final = {_ACCOUNT: "reference", _EMAIL: "email"}
_TIMES: Final = 10
"""How many times as many as records there must be of contacts until they are a Bulk job: their
rows are short, and the first page by REST tells how many there are."""


def stages(api: SalesforceApi, describe: Describe) -> Mapping[str, Stage]:
    """Every stage, retired ones too, by its label and by its API name.

    Opportunities hold the API name, which a relabelled stage keeps; older orgs know only
    labels.
    """
    kind = describe(STAGES)
    columns = {name: kind.fields[name].type for name in _STAGE if name in kind.fields}
    rows = [
        dict(zip(columns, row, strict=True))
        for table in _by_rest(api, soql.select(columns, STAGES), columns)
        for row in zip(*(table.columns[name] for name in columns), strict=True)
    ]
    by_label = {str(row.get("MasterLabel")): _stage(row) for row in rows}
    return by_label | {str(row["ApiName"]): _stage(row) for row in rows if row.get("ApiName")}


def _stage(row: Mapping[str, object]) -> Stage:
    return Stage(
        str(row.get("MasterLabel") or row.get("ApiName") or ""),
        row.get("IsWon"),
        row.get("IsClosed"),
        row.get("DefaultProbability"),
    )


def emails_of_all(
    api: SalesforceApi, settings: SalesforceSettings, *, without_persons: bool
) -> Mapping[str, list[str]]:
    """The contacts' addresses of every account without a website, for a full pass."""
    conditions = [
        soql.compare(f"Account.{WEBSITE}", "=", None),
        soql.compare(_EMAIL, "!=", None),
        soql.compare(_ACCOUNT, "!=", None),
    ]
    if without_persons:  # a person account is its own contact
        conditions.append(soql.compare(f"Account.{PERSON}", "=", False))  # noqa: FBT003 - the value compared with
    text = soql.select(_COLUMNS, CONTACT, where=conditions)
    return by_host(_pairs(_by_either(api, settings, text)))


def contacts_of(api: SalesforceApi, ids: Sequence[str]) -> Mapping[str, list[str]]:
    """The contacts' addresses of these accounts."""
    pairs: list[tuple[str, str]] = []
    for start in range(0, len(ids), IDS_A_QUERY):
        conditions = [
            soql.among(_ACCOUNT, ids[start : start + IDS_A_QUERY]),
            soql.compare(_EMAIL, "!=", None),
        ]
        text = soql.select(_COLUMNS, CONTACT, where=conditions)
        pairs += _pairs(_by_rest(api, text, _COLUMNS))
    return by_host(pairs)


def _pairs(tables: Iterator[Table]) -> Iterator[tuple[str, str]]:
    for table in tables:
        for account, email in zip(table.columns[_ACCOUNT], table.columns[_EMAIL], strict=True):
            if account and email:
                yield str(account), str(email)


def _by_rest(api: SalesforceApi, text: str, columns: Mapping[str, str]) -> Iterator[Table]:
    page = api.query(text)
    yield of_json(page.rows, columns)
    while page.more:
        page = api.more(page.more)
        yield of_json(page.rows, columns)


def _by_either(api: SalesforceApi, settings: SalesforceSettings, text: str) -> Iterator[Table]:
    """By REST, or by Bulk where the first page tells that there are many."""
    page = api.query(text)
    if page.more and (page.total or 0) >= _TIMES * settings.bulk_threshold:
        yield from _by_bulk(api, settings, text)
        return
    yield of_json(page.rows, _COLUMNS)
    while page.more:
        page = api.more(page.more)
        yield of_json(page.rows, _COLUMNS)


def _by_bulk(api: SalesforceApi, settings: SalesforceSettings, text: str) -> Iterator[Table]:
    job = api.create_job(text)
    api.wait(job)
    results = Results(api, _COLUMNS, rows=settings.bulk_rows, parallel=1)
    with closing(results.pieces(Place(job))) as pieces:
        for piece in pieces:
            yield piece.table
    api.delete_job(job)
