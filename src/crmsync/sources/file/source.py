"""A folder of exports as a source: the parts, put together."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.interfaces import CheckResult, Source, Traffic
from crmsync.records import Drift, Page, Query, SourceField
from crmsync.sources.file.checks import checks
from crmsync.sources.file.fields import source_fields
from crmsync.sources.file.read import PAGE, read
from crmsync.sources.file.rows import Export, path_of
from crmsync.sources.file.settings import FileSettings


class FileSource(Source):
    """A folder of exports. It makes no requests, and has no account.

    A page is what *page* rows of a file give, or fewer: the deleted ones come last.
    """

    def __init__(self, settings: FileSettings, context: Context, *, page: int = PAGE) -> None:
        self._settings = settings
        self._page = page
        self._name = context.name

    @property
    @override
    def traffic(self) -> Traffic:
        return Traffic()

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        return checks(self._name, self._settings, query)

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        with self._open(object_name) as export:
            return source_fields(export.columns())

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        with self._open(query.object) as export:
            yield from read(export, self._settings, query, self._name, self._page)

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        return Drift(0, 0)  # an export that changes while it is read ends the read

    @override
    def close(self) -> None:
        pass

    def _open(self, object_name: str) -> Export:
        return Export(path_of(self._settings, object_name), self._settings)
