"""`crmsync ledger copy`: take the ledger to another database."""

from typing import Annotated

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit

_URL = "sqlite:///FILE or postgresql://USER@HOST/DATABASE, without a password"


def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help=f"The ledger: {_URL}.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty or new one, likewise.")],
    *,
    as_json: AsJSON = False,
) -> None:
    """Copy a ledger to an empty one, and compare the two. Stop runs first: the copy is of now.

    The password is the configuration's for its own address; else it comes from PGPASSWORD or
    ~/.pgpass. Then write TO as url under [state].
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.text import columns, safe
    from crmsync.ledger import copying
    from crmsync.ledger.urls import shown

    with session.workspace(context) as workspace:
        read = workspace.stored(source, read_only=True)
        with workspace.filling(target) as into:
            copied = copying.copy(read.store, into.store)
        workspace.stored(target, read_only=True).vouch_as(read)
    if as_json:
        tables = [one._asdict() for one in copied]
        emit(document({"from": shown(source), "to": shown(target), "tables": tables}))
    else:
        emit(columns(["table", "rows", "digest"], [list(one) for one in copied]))
        emit(f"{safe(shown(target))} is the same: write it as url under [state]")
