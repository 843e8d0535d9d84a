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
from crmsync.config.schema import Limits, State, SyncConfig
from crmsync.plugins import destination_names, destination_plugin, source_names, source_plugin

SCHEMA_FILE: Final = Path(__file__).with_name("crmsync.schema.json")
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of the whole file, with every installed source and destination."""
    sources: dict[str, type[Any]] = {name: source_plugin(name).settings for name in source_names()}
    destinations: dict[str, type[Any]] = {
        name: destination_plugin(name).settings for name in destination_names()
    }
    models: list[type[Any]] = [State, Limits, SyncConfig, *sources.values(), *destinations.values()]
    _, document = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)],
        ref_template="#/$defs/{model}",
        schema_generator=_Plain,
    )
    definitions = document["$defs"]
    for name, model in {**sources, **destinations}.items():
        definitions[model.__name__]["properties"]["type"] = {
            "const": name,
            "description": "The kind; the table's name where left out.",
        }
    return {
        "$schema": _DIALECT,
        "title": "crmsync's configuration",
        "type": "object",
        "additionalProperties": False,
        "required": ["sources", "destinations", "syncs"],
        "properties": {
            "state": _ref(State),
            "limits": _ref(Limits),
            "sources": _tables("CRM accounts, by name.", sources.values()),
            "destinations": _tables("Platform accounts, by name.", destinations.values()),
            "syncs": _tables("Syncs, by name.", [SyncConfig]),
        },
        "$defs": definitions,
    }


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


def _ref(model: type[Any]) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{model.__name__}"}


def _tables(description: str, models: Iterable[type[Any]]) -> dict[str, Any]:
    refs = [_ref(model) for model in models]
    table = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"type": "object", "description": description, "additionalProperties": table}
