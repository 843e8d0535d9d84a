"""What a deal's stage and pipeline mean: by evidence, never by their ids.

An administrator may relabel the stages of a pipeline, and their ids stay: there are accounts in
which the id `closedwon` is a lost deal's (HubSpot community, read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from crmsync.records import NO_FIELDS, NO_JOINS
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.joins import Joined
from crmsync.sources.hubspot.objects import DEAL_STAGE, IS_CLOSED, IS_WON, PIPELINE, STAGE_FLAGS

STAGE_PARTS: Final = ("id", "label", *STAGE_FLAGS, "probability", "order")
"""What a path may reach in a stage."""
PIPELINE_PARTS: Final = ("id", "label", "order")
"""What a path may reach in a pipeline."""

_HELD: Final = (PIPELINE, DEAL_STAGE, IS_WON, IS_CLOSED)

Flags: TypeAlias = tuple[bool | None, bool | None]
"""Whether a deal is won, and whether it is closed; None where nothing tells."""


class Pipelines:
    """Pipelines and their stages, as the account describes them. Archived ones are unknown.

    Args:
        rows: As HubSpot gave them.
    """

    def __init__(self, rows: Iterable[JSONObject] = ()) -> None:
        self._pipelines: dict[str, Mapping[str, object]] = {}
        self._stages: dict[tuple[str, str], Mapping[str, object]] = {}
        self._homes: dict[str, list[str]] = {}
        for row in rows:
            if row.get("archived") is not True:
                self._add(row)

    def pipeline(self, held: str) -> Mapping[str, object]:
        """The pipeline of that id; one that is not known has its id alone."""
        return self._pipelines.get(held) or {"id": held}

    def stage(
        self, pipelines: Sequence[str], held: str, told: Flags = (None, None)
    ) -> Mapping[str, object]:
        """The stage of that id.

        Args:
            pipelines: Where it may be, the likeliest first. Two pipelines may have stages of
                one id: a stage is told by both.
            held: The stage's id.
            told: What the deal's own flags say.
        """
        found = (self._stages.get((one, held)) for one in pipelines)
        stage = next((one for one in found if one is not None), NO_FIELDS)
        won, closed = _judge(stage, told)
        told_closed = {} if closed is None else {"is_closed": closed, "is_open": not closed}
        told_won = {} if won is None else {"is_won": won}
        return {"id": held, **stage, **told_won, **told_closed}

    def home(self, held: str) -> Sequence[str]:
        """The one pipeline that has a stage of that id; nothing where several have."""
        homes = self._homes.get(held, ())
        return homes if len(homes) == 1 else ()

    def _add(self, row: JSONObject) -> None:
        pipeline = str(row.get("id"))
        described = {"label": row.get("label"), "order": row.get("displayOrder")}
        self._pipelines[pipeline] = {"id": pipeline, **described}
        stages = row.get("stages")
        for stage in stages if isinstance(stages, list) else ():
            if isinstance(stage, dict) and stage.get("archived") is not True:
                held = str(stage.get("id"))
                self._stages[pipeline, held] = _stage(held, stage)
                self._homes.setdefault(held, []).append(pipeline)


def stage_joiner(heads: Iterable[str], pipelines: Pipelines) -> Callable[[JSONObject], Joined]:
    """A function from a deal's properties to its stage and its pipeline.

    Equal ids and flags give the very same mapping. What is empty gives nothing.
    """
    wanted = frozenset(heads) & {"stage", "pipeline"}
    if not wanted:
        return lambda _: NO_JOINS
    cache: dict[tuple[str, ...], Joined] = {}

    def join(deal: JSONObject) -> Joined:
        get = deal.get
        held = tuple([str(get(name) or "") for name in _HELD])
        found = cache.get(held)
        if found is None:
            found = cache[held] = _joined(wanted, pipelines, held)
        return found

    return join


def _joined(wanted: frozenset[str], pipelines: Pipelines, held: tuple[str, ...]) -> Joined:
    pipeline, stage, won, closed = held
    joins: dict[str, Mapping[str, object]] = {}
    if "pipeline" in wanted and pipeline:
        joins["pipeline"] = pipelines.pipeline(pipeline)
    if "stage" in wanted and stage:
        joins["stage"] = pipelines.stage([pipeline], stage, (_flag(won), _flag(closed)))
    return joins


def _judge(stage: Mapping[str, object], told: Flags) -> Flags:
    """Whether a deal is won and closed, by what counts most.

    That it is closed as won, a probability of 1 (won) or of 0 (lost), that it is closed: so
    HubSpot documents them (developers.hubspot.com/docs, "Pipelines", read 2026-11-21).
    """
    won, closed = told
    probability = stage.get("probability")
    if won:
        return True, True
    if probability in {0.0, 1.0}:
        return probability == 1.0, True
    if closed or stage.get("is_closed"):
        return False, True
    if stage or closed is False:
        return False, False
    return won, closed


def _stage(held: str, row: JSONObject) -> Mapping[str, object]:
    metadata = row.get("metadata")
    told: JSONObject = metadata if isinstance(metadata, dict) else {}
    return {
        "id": held,
        "label": row.get("label"),
        "order": row.get("displayOrder"),
        "probability": _number(told.get("probability")),
        "is_closed": _flag(told.get("isClosed")) is True,
    }


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _flag(value: object) -> bool | None:
    """True or false, which HubSpot writes as text; None for anything else."""
    return {"true": True, "false": False}.get(str(value).strip().lower())
