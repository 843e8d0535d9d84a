"""Several records with one key, where the platform's key takes one record only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crmsync.adapters import DestinationPlugin
from crmsync.mapping.merging import standing
from crmsync.payloads import Contribution
from crmsync.receipts import Problem

_NAMED: Final = 5


def collision_code(plugin: DestinationPlugin) -> str:
    """What a collision is called (`INTERNAL_ID_COLLISION`)."""
    return f"{plugin.key.upper()}_COLLISION"


def collision(
    key: str, contributions: Sequence[Contribution], plugin: DestinationPlugin
) -> Problem | None:
    """What is wrong with each of several records that give to one key; None where nothing is.

    The order of *contributions* does not matter. The code is the key field's own
    (`INTERNAL_ID_COLLISION`).
    """
    if not plugin.merge.alone or len(contributions) == 1:
        return None
    found = sorted(contributions, key=standing)
    names = [f"{one.record_id} ({one.sync})" for one in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Problem(
        plugin.key,
        collision_code(plugin),
        f'"{key}" is the {plugin.key} of several records: {", ".join(names)}{more}. '
        "Give each its own, or filter all but one out",
    )
