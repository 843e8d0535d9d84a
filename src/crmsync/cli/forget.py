"""`crmsync forget`: erase what the ledger holds of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, is_terminal, note
from crmsync.cli.output.text import safe
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.receipts import Problem

if TYPE_CHECKING:
    from crmsync.engine.forgetting import Held
    from crmsync.engine.plans import SyncPlan
    from crmsync.interfaces import Ledger
    from crmsync.wiring import Workspace


def forget(
    context: typer.Context,
    sync: Annotated[str, typer.Argument(help="The sync's name in the configuration.")],
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The records' ids in the CRM.")
    ] = None,
    *,
    keys: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help="Forget also what was delivered to this key of the platform, though no record "
            "has it any more. Repeatable.",
        ),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let records that were forgotten be read again.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; without a terminal nothing is done else.")
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Erase what the ledger holds of records: values, refused payloads, events, what runs quote.

    Asks on a terminal. The sync leaves them alone from then on, though the CRM has them still.
    What the platform has stays there: delete it there.
    """
    if bool(ids or keys) is False or (undo and (keys or not ids)):
        raise typer.BadParameter("name the ids of records" + ("" if undo else ", or --key"))
    if undo:
        raise typer.Exit(_let_back(context, sync, ids or [], as_json=as_json))
    if not yes and not is_terminal():
        fault = Problem("--yes", "missing_key", "is required where nobody can be asked")
        raise ConfigError(
            [fault], hint=f"nothing was erased; look with `crmsync explain {sync} ID`"
        )
    found = _look(context, sync, ids or [], keys or [])
    # Asked between two workspaces: no lock is held while a person thinks.
    if not (yes or _agreed(found)):
        note("nothing was erased")
        raise typer.Exit(ExitCode.FAILED)
    _forget(context, sync, [one.record_id for one in found.records], found.keys)
    _tell(found, sync, as_json=as_json)


class _Found:
    """What is to be forgotten, and what a person has to know of it."""

    def __init__(self, records: Sequence[Held], keys: Sequence[str], plan: SyncPlan) -> None:
        self.records, self.keys = records, keys
        self.destination = plan.destination
        self.elsewhere: list[tuple[str, str]] = []

    @property
    def delivered_to(self) -> list[str]:
        """Keys at the platform of which it still has what was delivered."""
        own = [one.key for one in self.records if one.key and not one.others]
        return list(dict.fromkeys([*own, *self.keys]))


def _look(context: typer.Context, sync: str, ids: Sequence[str], keys: Sequence[str]) -> _Found:
    from crmsync.engine.forgetting import held

    with session.workspace(context) as workspace:
        (plan,) = workspace.plans(session.selection(syncs=[sync]))
        ledger = workspace.ledger(read_only=True)
        records = held(plan, ledger, list(dict.fromkeys(ids)))
        _must_know(ledger, plan, (ids, keys), records)
        found = _Found(records, list(dict.fromkeys(keys)), plan)
        found.elsewhere = _elsewhere(workspace, ledger, plan, [one.record_id for one in records])
    return found


def _must_know(
    ledger: Ledger,
    plan: SyncPlan,
    named: tuple[Sequence[str], Sequence[str]],
    records: Sequence[Held],
) -> None:
    """Refuse what the ledger does not have, before anything is erased."""
    ids, keys = named
    unknown = sorted(set(ids) - {one.record_id for one in records})
    problems = [Problem(one, "unknown_name", f"{plan.name} has no such record") for one in unknown]
    delivered = ledger.deliveries(plan.destination, list(keys))
    problems += [
        Problem(key, "unknown_name", f"nothing was delivered to that key of {plan.destination}")
        for key in sorted(set(keys) - delivered.keys())
    ]
    if problems:
        raise ConfigError(
            problems,
            hint="nothing was erased. Of a record that the CRM deleted, and that was dealt with, "
            "only what was delivered is left: name its key with --key",
        )


def _elsewhere(
    workspace: Workspace, ledger: Ledger, plan: SyncPlan, ids: Sequence[str]
) -> list[tuple[str, str]]:
    """(sync, id) of the other syncs that have the same records of the CRM."""
    return [
        (name, record_id)
        for name, one in workspace.config.syncs.items()
        if name != plan.name and (one.source, one.object) == (plan.source, plan.object)
        for record_id, known in sorted(ledger.known(name, ids).items())
        if not known.forgotten
    ]


def _agreed(found: _Found) -> bool:
    for one in found.records:
        note(safe(_words(one)))
    for key in found.keys:
        note(safe(f"what was delivered to {key}"))
    return typer.confirm("Erase this from the ledger for good?", err=True)


def _words(one: Held) -> str:
    told = [f"record {one.record_id}: {one.outcome.value}"]
    told += [f"key {one.key}"] if one.key else []
    told += ["a refused payload"] if one.quarantined else []
    told += [f"{one.events} events" if one.events > 1 else "1 event"] if one.events else []
    others = ", ".join(f"{sync} {record}" for sync, record in one.others)
    told += [f"its key is also given to by {others}, which stay"] if others else []
    return ", ".join(told) if not one.forgotten else f"record {one.record_id}: forgotten before"


def _forget(context: typer.Context, sync: str, ids: Sequence[str], keys: Sequence[str]) -> None:
    from crmsync.engine.forgetting import forget as erase

    with session.workspace(context) as workspace:
        (plan,) = workspace.plans(session.selection(syncs=[sync]))
        erase(plan, workspace.ledger(), workspace.clock, ids, keys)


def _tell(found: _Found, sync: str, *, as_json: bool) -> None:
    from crmsync.cli.output.documents import document

    if as_json:
        records = [_record(one) for one in found.records]
        also = [{"sync": name, "id": record_id} for name, record_id in found.elsewhere]
        told = {"sync": sync, "forgotten": records, "keys": found.keys, "also_in": also}
        emit(document({**told, "delivered_to": found.delivered_to}))
    else:
        emit(f"{len(found.records)} forgotten" if found.records else "forgotten")
    for line in _next(found, sync):
        note(safe(line))


def _record(one: Held) -> dict[str, Any]:
    others = [{"sync": name, "id": record_id} for name, record_id in one.others]
    told = {"id": one.record_id, "key": one.key, "outcome": one.outcome.value}
    return {**told, "quarantined": one.quarantined, "events": one.events, "others": others}


def _next(found: _Found, sync: str) -> list[str]:
    """What is left to do elsewhere."""
    lines = []
    if found.delivered_to:
        keys = ", ".join(found.delivered_to)
        lines.append(f"{found.destination} still has what was delivered to it: {keys}")
    elif any(one.events for one in found.records):
        lines.append(f"{found.destination} still has the events that it was sent")
    if any(one.others for one in found.records):
        lines.append("what others give to a shared key is sent anew by the next run")
    lines += [f"still in {name}: crmsync forget {name} {one}" for name, one in found.elsewhere]
    if found.records:
        ids = " ".join(one.record_id for one in found.records)
        lines.append(
            f"{sync} leaves them alone now; `crmsync forget --undo {sync} {ids}` lets them be read "
            "again"
        )
    lines.append("backups of the ledger, exports and logs elsewhere hold what they held")
    return lines


def _let_back(context: typer.Context, sync: str, ids: Sequence[str], *, as_json: bool) -> ExitCode:
    from crmsync.cli.output.documents import document
    from crmsync.engine.forgetting import let_back

    with session.workspace(context) as workspace:
        (plan,) = workspace.plans(session.selection(syncs=[sync]))
        back = let_back(plan, workspace.ledger(), workspace.clock, ids)
    for one in sorted(set(ids) - set(back)):
        note(f"{safe(one)} was not forgotten", level="warning")
    emit(document({"sync": sync, "read_again": back}) if as_json else f"{len(back)} read again")
    if back:
        note(f"the next full pass has them: crmsync run --full --sync {safe(sync)}")
    return ExitCode.OK if back else ExitCode.USAGE
