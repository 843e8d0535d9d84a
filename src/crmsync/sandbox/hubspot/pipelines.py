"""The portal's deal pipelines: what their stages mean, which their ids do not say."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.hubspot.making import Properties

# Observed, undocumented: the default pipeline has the epoch as its times.
_EPOCH: Final = "1970-01-01T00:00:00Z"
_MADE: Final = "2023-05-04T08:15:30.120Z"


class Stage(NamedTuple):
    """One stage; a probability of 1.0 is won, of 0.0 lost."""

    id: str
    label: str
    probability: str
    closed: bool = False
    archived: bool = False


class Pipeline(NamedTuple):
    """Stages in the order of the board."""

    id: str
    label: str
    stages: tuple[Stage, ...]
    made: str = _MADE

    def stage(self, stage_id: str | None) -> Stage | None:
        """The stage of that id, None where the pipeline has none."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def open_stages(self) -> tuple[Stage, ...]:
        """Those that a deal passes through before it is closed."""
        return tuple(one for one in self.stages if not one.closed and not one.archived)


DEFAULT: Final = Pipeline(
    "default",
    "Sales pipeline",
    (
        Stage("appointmentscheduled", "Appointment scheduled", "0.2"),
        Stage("qualifiedtobuy", "Qualified to buy", "0.4"),
        Stage("presentationscheduled", "Presentation scheduled", "0.6"),
        Stage("decisionmakerboughtin", "Decision maker bought in", "0.8"),
        Stage("contractsent", "Contract sent", "0.9"),
        Stage("closedwon", "Closed won", "1.0", closed=True),
        Stage("closedlost", "Closed lost", "0.0", closed=True),
    ),
    _EPOCH,
)
RENEWALS: Final = Pipeline(
    "48215770",
    "Renewals & upsell",
    (
        Stage("98215771", "Up for renewal", "0.5"),
        Stage("98215772", "Proposal sent", "0.7"),
        Stage("98215773", "Verbal agreement", "0.9"),
        Stage("98215774", "Renewed", "1.0", closed=True),
        Stage("98215775", "Churned", "0.0", closed=True),
        Stage("98215776", "Price negotiation", "0.8", archived=True),
    ),
)
# The default pipeline's ids with other meanings: stages are relabelled at will and keep their
# ids, so that `contractsent` has been seen as won and `closedwon` as lost (a public example of a
# pipeline's metadata, read 2026-11-21). What a stage means is known by pipeline and stage.
RELABELLED: Final = Pipeline(
    "61530942",
    "Partner sales",
    (
        Stage("appointmentscheduled", "Registered", "0.1"),
        Stage("qualifiedtobuy", "Approved by partner desk", "0.3"),
        Stage("presentationscheduled", "Joint pitch", "0.5"),
        Stage("decisionmakerboughtin", "Paperwork", "0.85"),
        Stage("contractsent", "Won", "1.0", closed=True),
        Stage("closedwon", "Lost", "0.0", closed=True),
    ),
)
PIPELINES: Final = {pipeline.id: pipeline for pipeline in (DEFAULT, RENEWALS, RELABELLED)}
ARCHIVED_STAGE: Final = next(stage for stage in RENEWALS.stages if stage.archived)


def consequences(pipeline_id: str | None, stage_id: str | None) -> Properties:
    """What HubSpot calculates from a deal's stage; nothing is known of one in no pipeline.

    The probability is a double written out whole, as HubSpot answers it (`0.2` is
    `0.200000000000000011102230246251565404236316680908203125`): "revertinc/revert" pull request
    552, read 2026-11-21.
    """
    pipeline = PIPELINES.get(pipeline_id or "")
    stage = pipeline.stage(stage_id) if pipeline else None
    won = bool(stage and stage.closed and stage.probability == "1.0")
    closed = bool(stage and stage.closed)
    return {
        "hs_is_closed": str(closed).lower(),
        "hs_is_closed_won": str(won).lower(),
        "hs_is_closed_lost": str(closed and not won).lower(),
        "hs_deal_stage_probability": str(Decimal(float(stage.probability))) if stage else None,
    }


def describe(pipeline: Pipeline, order: int) -> JSONObject:
    """A pipeline as the API answers it; metadata is text."""
    stamps = {"createdAt": pipeline.made, "updatedAt": pipeline.made}
    stages = [_describe_stage(stage, place, stamps) for place, stage in enumerate(pipeline.stages)]
    return {"id": pipeline.id, "label": pipeline.label, "displayOrder": order, **stamps,
            "archived": False, "stages": stages}  # fmt: skip


def _describe_stage(stage: Stage, order: int, stamps: dict[str, str]) -> JSONObject:
    described: JSONObject = {
        "id": stage.id,
        "label": stage.label,
        "displayOrder": order,
        "archived": stage.archived,
        **stamps,
        "metadata": {"isClosed": str(stage.closed).lower(), "probability": stage.probability},
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }
    if stage.archived:
        described["archivedAt"] = "2025-02-11T10:00:00.000Z"
    return described
