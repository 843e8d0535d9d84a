"""Shows a dry run as a page: one file that needs nothing else, and runs nothing it is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from crmsync import __version__
from crmsync.cli.output.documents import line
from crmsync.cli.output.html_rows import Rows
from crmsync.cli.output.outcomes import headline, remainder, segments, tiles, trouble
from crmsync.cli.output.reasons import fields_of, reasons_of
from crmsync.showing.counts import books
from crmsync.showing.templates import environment, house_style, policy_hash

if TYPE_CHECKING:
    from jinja2 import Template

STATIC_ROWS: Final = 200
"""Rows of each sync that show without JavaScript."""
_SCRIPTS: Final = ("preview.js", "preview_details.js", "preview_start.js")
_FOLDER: Final = files("crmsync.cli.output")


def render(document: Mapping[str, Any]) -> str:
    """The document of `dry-run` as one HTML file.

    It loads nothing: its style and its script are allowed by their hashes, all else is
    refused by its own policy. What comes from a CRM is text in it, never markup. Without
    JavaScript the counts, the charts and the first STATIC_ROWS records of each sync show.
    """
    style = house_style() + _asset("preview.css")
    script = "\n".join(map(_asset, _SCRIPTS))
    rows = [Rows(sync["records"]) for sync in document["syncs"]]
    return _template().render(
        style=style,
        script=script,
        data=_embedded(rows),
        policy=_policy(style, script),
        run_id=document["run_id"],
        started_at=document["started_at"],
        when=_when(document["started_at"]),
        version=__version__,
        syncs=[_sync(*pair) for pair in zip(document["syncs"], rows, strict=True)],
    )


def _sync(sync: Mapping[str, Any], rows: Rows) -> Mapping[str, object]:
    """One sync's part of the page, as the template takes it."""
    return {
        **{name: sync[name] for name in ("sync", "source", "object", "destination")},
        "notes": [note for note in sync["notes"] if note],
        "seconds": f"{sync['duration_s']:,.1f}",
        "requests": sync["source_requests"],
        "balanced": sync["balanced"],
        "books": books(sync["counts"]),
        "headline": headline(sync),
        "remainder": remainder(sync),
        "trouble": trouble(sync),
        "tiles": tiles(sync["changes"]),
        "segments": segments(sync["changes"]),
        "reasons": reasons_of(rows.reasons),
        "fields": fields_of(rows.fields),
        "faulty": rows.faulty,
        "rows": rows.rows[:STATIC_ROWS],
        "total": len(rows.rows),
    }


def _embedded(rows: list[Rows]) -> str:
    """JSON for a script element: nothing in it can end the element or open a comment."""
    return line([one.to_json() for one in rows]).replace("<", "\\u003c")


def _policy(style: str, script: str) -> str:
    """What the page may load and run: its own style and script, and nothing else."""
    allowed = f"style-src '{policy_hash(style)}'; script-src '{policy_hash(script)}'"
    return (
        f"default-src 'none'; {allowed}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _asset(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def _when(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _template() -> Template:
    return environment().from_string(_asset("preview.html.j2"))
