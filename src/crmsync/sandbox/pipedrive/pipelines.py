"""Pipelines and their stages, one of which was deleted while deals were in it."""

from __future__ import annotations

from typing import Final, NamedTuple

from crmsync.sandbox.exchange import JSONObject


class Stage(NamedTuple):
    """One stage of a pipeline."""

    id: int
    pipeline: int
    order: int
    name: str
    probability: int


STAGES: Final = (
    Stage(1, 1, 0, "Qualified", 10),
    Stage(2, 1, 1, "Contact Made", 20),
    Stage(3, 1, 2, "Demo Scheduled", 40),
    Stage(4, 1, 3, "Proposal Made", 60),
    Stage(5, 1, 4, "Negotiations Started", 80),
    Stage(7, 2, 0, "Renewal Due", 70),
    Stage(9, 2, 1, "Renewal Offered", 80),
    Stage(10, 2, 2, "Renewal Agreed", 95),
)
DELETED_STAGE: Final = Stage(8, 2, 1, "Renewal Called", 75)
"""In no list any more; deals still point to it."""

_ROTS: Final = "Proposal Made"
_ADDED: Final = "2021-02-03T08:00:00Z"


def pipelines() -> list[JSONObject]:
    """Both pipelines. One was never updated since it was made."""
    named = ((1, "Sales pipeline", "2023-05-06T10:11:12Z"), (2, "Renewals", None))
    return [
        {"id": number, "name": name, "order_nr": order, "is_deleted": False,
         "is_deal_probability_enabled": True, "add_time": _ADDED, "update_time": updated}
        for order, (number, name, updated) in enumerate(named)
    ]  # fmt: skip


def stages() -> list[JSONObject]:
    """All stages that are not deleted, in the order of their ids."""
    return [
        {"id": stage.id, "order_nr": stage.order, "name": stage.name, "is_deleted": False,
         "deal_probability": stage.probability, "pipeline_id": stage.pipeline,
         "is_deal_rot_enabled": stage.name == _ROTS,
         "days_to_rotten": 30 if stage.name == _ROTS else None,
         "add_time": _ADDED, "update_time": None if stage.id == 1 else "2024-01-02T03:04:05Z"}
        for stage in STAGES
    ]  # fmt: skip
