"""`crmsync explain`: how a value came to the platform, or why it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit
from crmsync.errors import ConfigError
from crmsync.receipts import Problem

if TYPE_CHECKING:
    from crmsync.engine.plans import SyncPlan


def explain(
    context: typer.Context,
    sync: Annotated[str, typer.Argument(help="The sync's name in the configuration.")],
    record: Annotated[str, typer.Argument(metavar="ID", help="The record's id in the CRM.")],
    field: Annotated[
        str | None, typer.Argument(metavar="[FIELD]", help="Only this field of the platform.")
    ] = None,
    *,
    as_json: AsJSON = False,
) -> None:
    """Follow one record: raw value, rule, transforms, payload, batch, answer."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.text import safe
    from crmsync.engine.explain import explain as explained

    with session.awaited(context) as workspace:
        (plan,) = workspace.plans(session.selection(syncs=[sync]))
        _must_have(plan, field)
        ledger = workspace.ledger(read_only=True)
        explanation = explained(plan, ledger, record, field)
    if as_json:
        emit(document(explanation.to_json()))
    else:
        emit("\n".join(map(safe, explanation.lines())))


def _must_have(plan: SyncPlan, field: str | None) -> None:
    from crmsync.config.faults import did_you_mean

    if field is None or field in plan.plugin.fields:
        return
    message = f"{plan.plugin.name} has no such field; {did_you_mean(field, plan.plugin.fields)}"
    raise ConfigError([Problem(field, "unknown_name", message)])
