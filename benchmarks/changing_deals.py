"""Deals that change over rounds, in a file; and the events that must come of that, by hand."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

# A stage without a status makes an event that has none, and leaves the lead's as it was.
STATUSES = {
    "Found": "To contact",
    "Talking": "Contacted",
    "Offered": "Meeting",
    "Signing": "Negotiation",
    "Paused": None,
}
OWNERS = ("jo@acme.com", "kim@acme.com", "")
MAPPING = """
record = {{ template = "file:deal:{{record.id}}" }}
lead = "lead"
stage = "stage"
status = {{ from = "stage", values = {{ {statuses} }}, otherwise = "drop" }}
assignee = "owner"
note = {{ template = "Deal {{record.id}} change {{change}}" }}
changed_at = "changed"
""".format(statuses=", ".join(f'{name} = "{to}"' for name, to in STATUSES.items() if to))
"""The mapping that the expected events are of."""

_SAME_STAGE = 0.3  # of the changes are of the owner alone
_BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Wanted(NamedTuple):
    """An event that must be there once.

    Attributes:
        deal: Of which it tells; `change` counts the deal's events from 1.
        status: What the lead's status is set to; None where the event leaves that as it is.
        assignee: Whom the lead is then assigned to, "" for nobody; None as with the status.
    """

    lead: str
    deal: str
    change: int
    status: str | None
    assignee: str | None


class Deals:
    """One to three deals a lead, and everything that became of them.

    Attributes:
        wanted: The events so far, by lead, in the order of the changes.
    """

    def __init__(self, file: Path, leads: int, seed: int) -> None:
        self.wanted: defaultdict[str, list[Wanted]] = defaultdict(list)
        self._file = file
        self._chance = random.Random(seed)
        self._now = _BEGIN
        self._rows: dict[str, dict[str, Any]] = {}
        for lead in range(leads):
            for number in range(self._chance.randint(1, 3)):
                deal = f"{lead:03d}-{number}"
                self._rows[deal] = {"id": deal, "lead": f"{lead:012x}", "change": 0}
        self.change(len(self._rows))

    def __len__(self) -> int:
        return sum(map(len, self.wanted.values()))

    @property
    def leads(self) -> list[str]:
        """Every lead."""
        return sorted({row["lead"] for row in self._rows.values()})

    def change(self, count: int) -> None:
        """So many deals get another stage or owner, some others only a remark; then the file."""
        chosen = self._chance.sample(sorted(self._rows), min(count, len(self._rows)))
        for deal in chosen:
            self._change(self._rows[deal])
        for deal in self._chance.sample(sorted(self._rows), len(self._rows) // 20):
            if deal not in chosen:
                self._rows[deal] |= {"changed": self._later(), "remark": "called"}
        new = self._file.with_suffix(".new")
        new.write_text("".join(f"{json.dumps(row)}\n" for row in self._rows.values()))
        new.replace(self._file)

    def _change(self, row: dict[str, Any]) -> None:
        before: tuple[str, str] = row.get("stage", ""), row.get("owner", "")
        stage, owner = before
        while (stage, owner) == before:
            keeps = before[0] and self._chance.random() < _SAME_STAGE
            stage = before[0] if keeps else self._chance.choice(list(STATUSES))
            owner = self._chance.choice(OWNERS)
        row |= {"stage": stage, "owner": owner, "changed": self._later()}
        row["change"] += 1
        old = STATUSES.get(before[0])
        status = STATUSES[stage] if STATUSES[stage] != old else None
        assignee = owner if owner != before[1] else None
        wanted = Wanted(row["lead"], row["id"], row["change"], status, assignee)
        self.wanted[row["lead"]].append(wanted)

    def _later(self) -> str:
        self._now += timedelta(seconds=self._chance.randint(1, 90))
        return self._now.isoformat()
