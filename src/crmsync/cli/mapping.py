"""`crmsync mapping`: the effective mapping of a sync, and the presets that exist."""

import tomllib
from typing import Annotated

import typer

from crmsync.cli import session
from crmsync.cli.lazily import group
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, note

app = group("Show mappings: a sync's own, and the presets.")


@app.command("show")
def show(
    context: typer.Context,
    sync: Annotated[str, typer.Argument(help="The sync's name in the configuration.")],
    *,
    as_json: AsJSON = False,
) -> None:
    """Show what a sync maps, preset and overrides together, as TOML."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.text import safe

    with session.workspace(context) as workspace:
        (plan,) = workspace.plans(session.selection(syncs=[sync]))
    if as_json:
        emit(document({"sync": sync, "fields": tomllib.loads(plan.rules_toml)}))
    else:
        emit("\n".join(map(safe, plan.rules_toml.rstrip().split("\n"))))


@app.command("presets")
def presets(*, as_json: AsJSON = False) -> None:
    """List the mappings that ship, for the CRMs and platforms that are installed."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.text import columns, safe
    from crmsync.mapping.presets import presets as shipped
    from crmsync.plugins import destination_names, source_names, source_plugin

    sources, destinations = source_names(), destination_names()
    found = []
    for one in shipped():
        if one.source not in sources:
            why = f"{one.source} is not installed"
        elif one.destination not in destinations:
            why = f"{one.destination} is not installed"
        elif source_plugin(one.source).rank(one.object) is None:
            why = f"{one.source} has no object {one.object}"
        else:
            found.append(one)
            continue
        note(safe(f"{one.file} is of no use: {why}"))
    if as_json:
        emit(document({"presets": [preset._asdict() for preset in found]}))
    else:
        emit(columns(["source", "object", "destination"], found))
