"""A folder with one export, as tests change it."""

from __future__ import annotations

import csv
import os
from contextlib import closing
from dataclasses import replace

import orjson

from crmsync.adapters import Context
from crmsync.sources.file.read import PAGE
from crmsync.sources.file.settings import FileSettings
from crmsync.sources.file.source import FileSource


class Folder:
    """Rows by id, written anew after each change, as an exporting program would."""

    def __init__(self, path, clock, *, suffix=".csv", rows=1200, gone=20):
        self.path, self.clock, self.suffix = path, clock, suffix
        self.rows = {
            str(number): {
                "id": str(number),
                "name": f"Company {number}",
                "Website URL": f"c{number}.com",
                "gone": "yes" if number % (rows // gone) == 7 else "",
            }
            for number in range(1, rows + 1)
        }
        self._written = 0
        self.write()

    @property
    def file(self):
        return self.path / f"companies{self.suffix}"

    def ids(self, *, gone):
        return frozenset(one for one, row in self.rows.items() if (row["gone"] == "yes") is gone)

    def write(self):
        fresh = self.path / "fresh"
        if self.suffix in {".jsonl", ".ndjson"}:
            fresh.write_bytes(b"\n".join(map(orjson.dumps, self.rows.values())))
        else:
            with fresh.open("w", newline="") as file:
                names = list(next(iter(self.rows.values())))
                delimiter = "\t" if self.suffix == ".tsv" else ","
                writer = csv.DictWriter(file, names, delimiter=delimiter)
                writer.writeheader()
                writer.writerows(self.rows.values())
        self._written += 1
        os.utime(fresh, (self._written, self._written))  # two changes in one tick still differ
        fresh.replace(self.file)

    def change(self, one):
        self.rows[one]["name"] = f"{self.rows[one]['name']} AB"
        self.write()

    def delete(self, one):
        self.rows[one]["gone"] = "yes"
        self.write()

    def drop(self, one):
        del self.rows[one]
        self.write()

    def open(self, page=PAGE, **settings):
        return open_source(self.path, self.clock, page, deleted_column="gone", **settings)


def open_source(path, clock, page=PAGE, **settings):
    values = {"folder": str(path), **settings}
    context = Context(name="sheet", clock=clock, retry_for=1, max_wait=1)
    return FileSource(FileSettings.model_validate(values), context, page=page)


def read(source, query, **changes):
    with closing(source):
        return list(source.read(replace(query, **changes)))
