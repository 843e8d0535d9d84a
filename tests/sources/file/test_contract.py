from __future__ import annotations

import pytest

from crmsync.records import Query
from crmsync.testing.sources import SourceContract, World
from tests.sources.file.exports import Folder


class TestFile(SourceContract):
    @pytest.fixture(params=[".csv", ".tsv", ".jsonl", ".ndjson"])
    def world(self, request, tmp_path, clock):
        folder = Folder(tmp_path, clock, suffix=request.param)
        return World(
            open=folder.open,
            query=Query(object="companies", paths=frozenset({"name", "Website URL", "record.id"})),
            live=folder.ids(gone=False),
            gone=folder.ids(gone=True),
            change=folder.change,
            delete=folder.delete,
            merge=lambda winner, loser: folder.drop(loser),
            tells_changes=False,
        )
