"""From rules to a mapper: checked against the destination, compiled once, then only called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field, replace

from crmsync.adapters import DestinationPlugin
from crmsync.errors import ConfigError
from crmsync.mapping.agreement import compile_agreement
from crmsync.mapping.building import Building, Probe, Recipe
from crmsync.mapping.checking import check_rules
from crmsync.mapping.columns import unknown
from crmsync.mapping.compiled import CompiledMapping, Keyless, Row, StandIn
from crmsync.mapping.compiling import attempts, compile_rule
from crmsync.mapping.filtering import Filter, compile_filter
from crmsync.mapping.fitting import compile_fitter
from crmsync.mapping.merging import compile_merge
from crmsync.mapping.rules import Off, Rule
from crmsync.mapping.spec import at
from crmsync.mapping.tracing import compile_trace
from crmsync.mapping.values import Remark, Transform
from crmsync.mapping.writing import unparse
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.values import Value

_DIGEST_BYTES = 16


def compile_mapping(  # noqa: PLR0913 - each is a key of the sync's table
    rules: Mapping[str, Rule],
    *,
    plugin: DestinationPlugin,
    path: str,
    filter: Filter,  # noqa: A002 - the configuration's own word
    object_name: str = "",
    missing_key: str = "skip",
    persons: bool = False,
) -> CompiledMapping:
    """Compile a mapping.

    Args:
        rules: By the destination's fields; their order does not matter.
        plugin: The destination. Its fields may be wider than its document's (more choices).
        path: Where the mapping stands in the file (`syncs.x.fields`).
        filter: The sync's filter.
        object_name: The sync's object, for `record.object`.
        missing_key: `skip`, or `quarantine` where a record without a key is invalid.
        persons: Whether records that stand for persons are wanted too.

    Raises:
        ConfigError: With every fault at once; a person mends the file.
    """
    faults = list(check_rules(rules, plugin, path))
    wanted = {name: rules[name] for name in plugin.fields if _is_on(rules.get(name))}
    workshop = _Workshop(plugin=plugin, object_name=object_name, path=path, faults=faults)
    rows = {name: workshop.row(name, rule) for name, rule in wanted.items()}
    if faults:
        raise ConfigError(faults, hint="mend these lines of the configuration")
    names = list(rows)
    split = names.index(plugin.key)
    agree = compile_agreement([plugin.fields[name] for name in names], plugin.complete)
    outcome = Outcome.INVALID if missing_key == "quarantine" else Outcome.SKIPPED
    return CompiledMapping(
        paths=frozenset(workshop.paths | set(filter)),
        digest=_digest(
            wanted, filter, (plugin.name, object_name, missing_key, *["persons"] * persons)
        ),
        wanted=compile_filter(filter, object_name=object_name, persons=persons),
        key=rows[plugin.key],
        before=tuple(rows[name] for name in names[:split]),
        after=tuple(rows[name] for name in names[split + 1 :]),
        keyless=Keyless(
            key=plugin.key, attempts=workshop.attempts(wanted[plugin.key]), outcome=outcome
        ),
        agree=agree,
        encode_page=None if plugin.complete else plugin.encode_page,
        tracer=compile_trace(wanted, workshop.row, agree),
        merger=compile_merge(plugin),
    )


def _is_on(rule: Rule | None) -> bool:
    return rule is not None and not isinstance(rule.origin, Off)


class _Workshop(Value):
    """Compiles the rows of one mapping; gathers their faults and paths."""

    plugin: DestinationPlugin
    object_name: str
    path: str
    faults: list[Problem]
    paths: set[str] = field(default_factory=set)
    fitters: dict[str, Transform] = field(default_factory=dict)

    def row(self, name: str, rule: Rule, probe: Probe | None = None) -> Row:
        """The row of field *name*; *probe* sees its values pass."""
        building = self._building(name)
        if probe is not None:
            building = replace(building, probe=probe, faults=[], paths=set())
        recipe = compile_rule(rule, at(self.path, name), building)
        if probe is not None:
            recipe = Recipe(recipe.whole, unknown)  # columns would take steps unseen
        weight = Severity.ERROR if rule.required else Severity.WARNING
        return Row(name, recipe, _stand_in(building), weight)

    def attempts(self, rule: Rule) -> tuple[tuple[str, Row], ...]:
        """The key's rule, each path alone."""
        tries = attempts(rule, self._building(self.plugin.key))
        return tuple((path, Row(self.plugin.key, recipe)) for path, recipe in tries)

    def _building(self, name: str) -> Building:
        field_ = self.plugin.fields[name]
        if name not in self.fitters:
            self.fitters[name] = compile_fitter(field_)
        return Building(
            field=field_,
            fit=self.fitters[name],
            object_name=self.object_name,
            precedence=self.plugin.merge.precedence.get(name, ()),
            faults=self.faults,
            paths=self.paths,
        )


def _stand_in(building: Building) -> StandIn | None:
    other = building.field.fallback
    if not other:
        return None
    fit = building.probe.step(f"fallback: {other}", building.fit)

    def fitted(value: object) -> object:
        made = fit(value)
        return made.value if isinstance(made, Remark) else made

    return StandIn(other, fitted)


def _digest(rules: Mapping[str, Rule], filter_: Filter, names: tuple[str, ...]) -> str:
    """Equal for mappings that map alike, whatever the order in which they were written."""
    whole = {
        "rules": {name: unparse(rule) for name, rule in rules.items()},
        "filter": {
            path: sorted(text.strip().lower() for text in filter_[path]) for path in filter_
        },
        "names": names,
    }
    canonical = json.dumps(whole, sort_keys=True, ensure_ascii=True).encode()
    return hashlib.blake2b(canonical, digest_size=_DIGEST_BYTES).hexdigest()
