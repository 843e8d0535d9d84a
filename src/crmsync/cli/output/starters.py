"""Writes the configuration that `crmsync init` begins with, from the plugins' own settings."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from crmsync.adapters import DestinationPlugin, SourcePlugin
from crmsync.cli.output.documents import line
from crmsync.config.describing import descriptions
from crmsync.mapping.paths import path_fault
from crmsync.mapping.presets import load_preset
from crmsync.mapping.writing import to_toml

_SYNC = """\
[syncs.{name}]
source = "{source}"
object = "{object}"
destination = "{destination}"
# How the platform is written; cron runs it as crontab.example shows.
# method = "{method}"
{deletion}# Only some records, by the CRM's own field names (`crmsync fields {source} {object}`):
# filter = {{ a_field = ["one value", "another"] }}

"""
_DELETION = """\
# What becomes of records deleted in the CRM: "ignore", or "disable" them at the platform.
# on_delete = "ignore"
"""
_ON_TOP = """\
# On top of the shipped mapping (`crmsync mapping show {name}`): what stands here
# takes the place of its rule for the field, and false switches a field off.
# [syncs.{name}.fields]
# {rule}
# {off}
"""
_OWN = """\
# No mapping ships for these three: say where each field of the platform comes from. This one
# is what it identifies by (`crmsync fields {source} {object}` lists what there is).
[syncs.{name}.fields]
"{key}" = "{path}"
"""


def starter_config(source: SourcePlugin, destination: DestinationPlugin, object_name: str) -> str:
    """A configuration with one source, one destination and one sync, every key explained."""
    preset = load_preset(source.name, object_name, destination.name)
    parts = [
        "# crmsync's configuration; every key is explained in config.example.toml.",
        "",
        "[state]",
        "# What was read and delivered is remembered here, beside this file.",
        'url = "sqlite:///crmsync.db"',
        "",
        f"[sources.{source.name}]",
        *_settings(source.name, source.settings, source.first_keys),
        "",
        f"[destinations.{destination.name}]",
        *_settings(destination.name, destination.settings, destination.first_keys),
        "",
        (_SYNC + (_OWN if preset is None else _ON_TOP)).format(
            name=f"{source.name}-{object_name}".lower(),
            source=source.name,
            object=object_name,
            destination=destination.name,
            method=destination.methods[0],
            key=destination.key,
            path="record.id" if path_fault(destination.key) else destination.key,
            deletion=_DELETION if destination.disabled else "",
            **_samples(preset or {}, destination.key),
        ),
    ]
    return "\n".join(parts)


def _samples(preset: Mapping[str, object], key: str) -> dict[str, str]:
    """Two lines that a person may write on top of a preset: another rule, and a field off."""
    lines = [to_toml({name: rule}).rstrip() for name, rule in preset.items() if name != key]
    *_, last = (key, *preset)
    return {"rule": min(lines, key=len, default=""), "off": to_toml({last: False}).rstrip()}


def _settings(kind: str, model: type[Any], first: Collection[str] = ()) -> Iterator[str]:
    """The keys of an account; optional ones behind a `#`, with their defaults."""
    told = descriptions(model)
    for name, field in model.model_fields.items():
        variable = f"{kind}_{name}".upper().replace("-", "_")
        wanted = field.is_required() or name in first
        if wanted and field.examples:
            key = f"{name} = {line(field.examples[0])}"
        elif wanted:
            key = f'{name} = "${{{variable}}}"'
        elif isinstance(field.default, str | int | float):
            key = f"# {name} = {line(field.default)}"
        else:
            continue
        yield from (f"# {text}" for text in textwrap.wrap(told.get(name, ""), 98))
        yield key
