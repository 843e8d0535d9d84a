"""`crmsync events delete`: takes lead events away, after a look at them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Annotated, Any, Final, TypeAlias

import typer

from crmsync.cli import session
from crmsync.cli.events.arguments import OneDestination
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, is_terminal, note
from crmsync.cli.output.text import safe
from crmsync.errors import ConfigError, CrmsyncError, RecordError
from crmsync.exit_codes import ExitCode, gravest, of_error
from crmsync.receipts import Problem

_AGAIN: Final = "run it again: what is gone already counts as deleted"

EventIds: TypeAlias = Annotated[
    list[int], typer.Argument(metavar="ID...", min=1, help="The events' ids.")
]


def delete(
    context: typer.Context,
    events: EventIds,
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Send Atoka's forceDelete, whose effect it does not explain."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; without a terminal nothing is done else.")
    ] = False,
    destination: OneDestination = None,
    as_json: AsJSON = False,
) -> None:
    """Delete events for good, asking on a terminal. One that is not there counts as deleted."""
    from crmsync.cli.events.journal import after_deletion, lines_of

    if not yes and not is_terminal():
        fault = Problem("--yes", "missing_key", "is required where nobody can be asked")
        raise ConfigError([fault], hint="nothing was deleted; look with `crmsync events show ID`")
    ids = list(dict.fromkeys(events))
    loaded = session.loaded(context)
    with session.opened(loaded, patience=session.PATIENCE) as workspace:
        name = workspace.with_events(destination)
        with closing(workspace.open_events(name)) as desk:
            there = [found for one in ids if (found := desk.find(one)) is not None]
        lines = lines_of(workspace, name, there)
    for event in there:
        if warning := after_deletion(event, lines):
            note(safe(warning), level="warning")
    # Asked between two workspaces: in one, Ctrl-C would only ask the requests to stop.
    if not (yes or not there or _agreed(there)):
        note("nothing was deleted")
        raise typer.Exit(_told([], ExitCode.FAILED, as_json=as_json))
    with (
        session.opened(loaded, patience=session.PATIENCE) as workspace,
        closing(workspace.open_events(name)) as desk,
    ):
        results = _deleted(ids, lambda one: desk.delete(one, force=force))
    code = gravest(ExitCode(one["exit_code"]) for one in results)
    raise typer.Exit(_told(results, code, as_json=as_json))


def _told(results: Sequence[Mapping[str, Any]], code: ExitCode, *, as_json: bool) -> ExitCode:
    """Tell what became of each event; gives the exit code back."""
    from crmsync.cli.output.documents import document

    if as_json:
        emit(document({"exit_code": int(code), "events": results}))
    elif results:
        emit("\n".join(f"{one['id']}  {one['result']}" for one in results))
    for one in results:
        if one["error"]:
            note(f"{one['id']}: {safe(one['error'])}", level="error", hint=safe(one["hint"]))
    return code


def _agreed(there: Sequence[dict[str, Any]]) -> bool:
    from crmsync.cli.output.events import brief

    for event in there:
        note(brief(event))
    count = "this event" if len(there) == 1 else f"these {len(there)} events"
    return typer.confirm(f"Delete {count} for good?", err=True)


def _deleted(ids: Iterable[int], delete: Callable[[int], bool]) -> list[dict[str, Any]]:
    """What became of each; after an error that the next would meet as well, none is tried."""
    results: list[dict[str, Any]] = []
    ended: CrmsyncError | None = None
    for one in ids:
        result: dict[str, Any] = {"id": one, "exit_code": 0, "error": None, "hint": None}
        if ended is not None:
            results.append(result | {"result": "not tried", "exit_code": int(of_error(ended))})
            continue
        try:
            result["result"] = "deleted" if delete(one) else "was not there"
        except CrmsyncError as error:
            ended = None if isinstance(error, RecordError) else error
            told = {"error": error.message, "hint": error.hint or _AGAIN}
            result |= {"result": "not deleted", "exit_code": int(of_error(error)), **told}
        results.append(result)
    return results
