"""What `crmsync check` looks at in an export: that it can be read, and the mapped columns."""

from __future__ import annotations

from collections.abc import Iterator

from crmsync.interfaces import CheckResult
from crmsync.records import Query, SourceField
from crmsync.sources.checking import did_you_mean, tried, wrong
from crmsync.sources.file.fields import source_fields
from crmsync.sources.file.rows import Contents, Export, path_of
from crmsync.sources.file.settings import FileSettings


def checks(name: str, settings: FileSettings, query: Query) -> Iterator[CheckResult]:
    """A line for the file; then one for the columns."""
    found: list[Contents] = []

    def look() -> str:
        path = path_of(settings, query.object)
        with Export(path, settings) as export:
            found.append(export.contents())
        return f"{path.name} has {found[0].live} rows"

    yield tried(f"sources.{name}: {query.object}", look)
    if found:
        yield from _columns(f"sources.{name}: fields", found[0], settings, query)


def _columns(
    subject: str, contents: Contents, settings: FileSettings, query: Query
) -> Iterator[CheckResult]:
    known = {field.name: field for field in source_fields(contents.columns)}
    named = {settings.modified_column, settings.url_column, settings.deleted_column} - {""}
    used = {path for path in query.paths if not path.startswith("record.")} | named
    faults = sorted(path for path in used | set(query.filter) if not _is_there(path, known))
    for path in faults:
        yield wrong(
            subject,
            f'there is no column "{path}"',
            f"{did_you_mean(path, known)}There is: {', '.join(known)}",
        )
    if not faults:
        yield CheckResult(subject, passed=True, message=f"all {len(used)} exist")


def _is_there(path: str, known: dict[str, SourceField]) -> bool:
    return path in known or path.partition(".")[0] in known
