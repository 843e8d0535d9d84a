"""Writes the configuration that `crmsync init` begins with, from the plugins' own settings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from crmsync.adapters import DestinationPlugin, SourcePlugin
from crmsync.cli.output.documents import line

_SYNC = """\
[syncs.{name}]
source = "{source}"
object = "{object}"
destination = "{destination}"
# How the platform is written; cron runs it as crontab.example shows.
# method = "{method}"
# What becomes of records deleted in the CRM: "ignore", or "disable" them at the platform.
# on_delete = "ignore"
# Only some records, by the CRM's own field names (`crmsync fields {source} {object}`):
# filter = {{ lifecyclestage = ["customer", "opportunity"] }}

# On top of the shipped mapping (`crmsync mapping show {name}`):
# [syncs.{name}.fields]
# "properties.displayName" = {{ from = ["name", "domain"] }}
# "properties.risk" = false
"""


def starter_config(source: SourcePlugin, destination: DestinationPlugin, object_name: str) -> str:
    """A configuration with one source, one destination and one sync, every key explained."""
    parts = [
        "# crmsync's configuration; every key is explained in config.example.toml.",
        "",
        "[state]",
        "# What was read and delivered is remembered here, beside this file.",
        'url = "sqlite:///crmsync.db"',
        "",
        f"[sources.{source.name}]",
        *_settings(source.name, source.settings),
        "",
        f"[destinations.{destination.name}]",
        *_settings(destination.name, destination.settings),
        "",
        _SYNC.format(
            name=f"{source.name}-{object_name}".lower(),
            source=source.name,
            object=object_name,
            destination=destination.name,
            method=destination.methods[0],
        ),
    ]
    return "\n".join(parts)


def _settings(kind: str, model: type[Any]) -> Iterator[str]:
    """The keys of an account; optional ones behind a `#`, with their defaults."""
    for name, field in model.model_fields.items():
        variable = f"{kind}_{name}".upper().replace("-", "_")
        if field.is_required():
            key = f'{name} = "${{{variable}}}"'
        elif isinstance(field.default, str | int | float):
            key = f"# {name} = {line(field.default)}"
        else:
            continue
        yield from (f"# {text}" for text in textwrap.wrap(field.description or "", 98))
        yield key
