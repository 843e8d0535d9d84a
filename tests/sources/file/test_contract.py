from __future__ import annotations

from functools import partial

import pytest

from crmsync.records import Query
from crmsync.testing.sources import SourceContract, World
from tests.sources.file.exports import Folder


class TestFile(SourceContract):
    @pytest.fixture(params=[".csv", ".tsv", ".jsonl", ".ndjson"])
    def world(self, request, tmp_path, clock):
        folder = Folder(tmp_path, clock, suffix=request.param, rows=120, gone=10)
        return World(
            open=partial(folder.open, page=50),
            query=Query(object="companies", paths=frozenset({"name", "Website URL", "record.id"})),
            live=folder.ids(gone=False),
            gone=folder.ids(gone=True),
            change=folder.change,
            delete=folder.delete,
            merge=lambda winner, loser: folder.drop(loser),
            tells_changes=False,
        )
