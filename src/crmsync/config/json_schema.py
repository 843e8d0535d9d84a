"""Makes the JSON Schema of the configuration file, for editors.

The schema is shipped as `crmsync.schema.json`; a test keeps it equal to this.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from crmsync.config.describing import descriptions
from crmsync.config.schema import Alerts, Daemon, Limits, State, SyncConfig
from crmsync.plugins import destination_names, destination_plugin, source_names, source_plugin

SCHEMA_FILE: Final = Path(__file__).with_name("crmsync.schema.json")
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of the whole file, with every installed source and destination."""
    sources = {f"sources.{name}": source_plugin(name).settings for name in source_names()}
    destinations = {
        f"destinations.{name}": destination_plugin(name).settings for name in destination_names()
    }
    _, document = models_json_schema(
        [(model, "validation") for model in (State, Limits, Daemon, Alerts, SyncConfig)],
        ref_template="#/$defs/{model}",
        schema_generator=_Plain,
    )
    definitions = document["$defs"]
    for place, model in {**sources, **destinations}.items():
        definitions.update(_account(place, model))
    return {
        "$schema": _DIALECT,
        "title": "crmsync's configuration",
        "type": "object",
        "additionalProperties": False,
        "required": ["sources", "destinations", "syncs"],
        "properties": {
            "state": _ref("State"),
            "limits": _ref("Limits"),
            "daemon": _ref("Daemon"),
            "alerts": _ref("Alerts"),
            "sources": _tables("CRM accounts, by name.", sources),
            "destinations": _tables("Platform accounts, by name.", destinations),
            "syncs": _tables("Syncs, by name.", ["SyncConfig"]),
        },
        "$defs": definitions,
    }


def _account(place: str, model: type[Any]) -> dict[str, Any]:
    """The definition of a plugin's table, by *place*, and of the tables in it.

    Two packages may call their models alike, so all names begin with the plugin's.
    """
    made = model.model_json_schema(
        ref_template=f"#/$defs/{place}.{{model}}", schema_generator=_Plain
    )
    inner = made.pop("$defs", {})
    made["properties"]["type"] = {
        "const": place.partition(".")[2],
        "description": "The kind; the table's name where left out.",
    }
    return {place: made, **{f"{place}.{name}": table for name, table in inner.items()}}


class _Plain(GenerateJsonSchema):
    """Without titles, which repeat the keys, and without null, which TOML does not have."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        """No."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """With what each key is for."""
        document = super().model_schema(schema)
        for name, text in descriptions(schema["cls"]).items():
            document["properties"][name]["description"] = text
        return document

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What it is where it is given."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """With its default as a person would write it, where that can be written."""
        document = super().default_schema(schema)
        default = document.get("default")
        if default is None:
            document.pop("default", None)
        elif isinstance(default, float) and document.get("type") == "string":
            document["default"] = _duration(default)
        return document


def _duration(seconds: float) -> str:
    """Seconds as a person writes them: the largest unit without a rest."""
    whole = round(seconds)
    size, unit = next((size, unit) for size, unit in _UNITS if whole % size == 0)
    return f"{whole // size}{unit}"


def _ref(definition: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{definition}"}


def _tables(description: str, definitions: Iterable[str]) -> dict[str, Any]:
    refs = [_ref(definition) for definition in definitions]
    table = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"type": "object", "description": description, "additionalProperties": table}
