"""Files: spreadsheets and exports as CSV, TSV or JSON lines."""

from __future__ import annotations

from typing import Final

from crmsync.adapters import Context, SourcePlugin
from crmsync.interfaces import Source
from crmsync.sources.file.settings import FileSettings


def _open(settings: FileSettings, context: Context) -> Source:
    from crmsync.sources.file.source import FileSource  # noqa: PLC0415 - only a read needs csv

    return FileSource(settings, context)


PLUGIN: Final = SourcePlugin(
    name="file",
    settings=FileSettings,
    objects={},
    open=_open,
    other_rank=0,
)
