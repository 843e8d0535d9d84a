"""A Pipedrive company as a source: the parts, put together."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Final

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.errors import ConfigError
from crmsync.interfaces import CheckResult, Source, Traffic, Transport
from crmsync.receipts import Problem
from crmsync.records import Drift, Page, Query, Record, SourceField
from crmsync.sources.incremental import Mode, Position, decode, is_ahead, open_window
from crmsync.sources.pipedrive import endpoints
from crmsync.sources.pipedrive.api import Me, PipedriveApi
from crmsync.sources.pipedrive.checks import checks
from crmsync.sources.pipedrive.counts import NO_TOTAL, drift
from crmsync.sources.pipedrive.fields import source_fields
from crmsync.sources.pipedrive.joins import (
    Joiner,
    Plan,
    pipelines_by_id,
    stages_by_id,
    users_by_id,
)
from crmsync.sources.pipedrive.objects import OBJECTS, PIPELINE, STAGE, ObjectType, wanted
from crmsync.sources.pipedrive.read import Stretch, Walk, builder, enriched, read_ids
from crmsync.sources.pipedrive.settings import PipedriveSettings
from crmsync.sources.pipedrive.values import Fields, Layout, layout
from crmsync.sources.readahead import Ahead

_START: Final = Position(Mode.FULL)


class PipedriveSource(Source):
    """A Pipedrive company. *scopes* tells what its OAuth app may do, once it has signed in."""

    def __init__(
        self,
        settings: PipedriveSettings,
        context: Context,
        transport: Transport,
        *,
        scopes: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._api = PipedriveApi(settings, context, transport)
        self._scopes = scopes
        self._clock = context.clock

    @property
    @override
    def traffic(self) -> Traffic:
        return self._api.traffic

    @property
    def tokens(self) -> int:
        """Tokens of the company's daily budget that this source's requests took."""
        return self._api.budget.spent

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        kind = _kind(query.object)
        paths = {*query.paths, *query.filter}

        def plans() -> tuple[Plan, Mapping[str, Plan]]:
            plan = self._plan(kind, paths)
            return plan, self._targets(plan)

        yield from checks(self._api, kind, wanted(kind, paths), plans, self._scopes)

    @override
    def describe(self, object_name: str) -> Sequence[SourceField]:
        kind = _kind(object_name)
        return source_fields(kind, self._api.all(kind.fields))

    @override
    def read(self, query: Query) -> Generator[Page, None, None]:
        kind = _kind(query.object)
        start = self._start(kind, query)
        plan = self._plan(kind, {*query.paths, *query.filter})
        targets = self._targets(plan)
        for one in (plan, *targets.values()):
            _refuse_ambiguous(one.layout)
        if query.ids:
            steps = read_ids(self._api, kind, query, plan.asked)
        else:
            steps = Walk(self._api, kind, query, plan.asked).stretches(start)
        whole = enriched(steps, self._api, plan, targets, self._users)
        with closing(Ahead(whole)) as stretches:
            build, me = self._beside(plan)
            full = start.full or start.mode is Mode.FULL
            for step in stretches:
                yield Page(
                    build(step),
                    "" if query.ids else step.position.encode(),
                    total=NO_TOTAL,
                    last=step.last,
                    full=full,
                    account=me.company,
                    anew=step.anew,
                )

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        by_crm = self._api.time.now() - (self._clock.now() - since)
        return drift(self._api, _kind(query.object), by_crm)

    @override
    def close(self) -> None:
        self._api.close()

    def _start(self, kind: ObjectType, query: Query) -> Position:
        """Where to begin. A window's end is Pipedrive's own time, which its answers tell.

        Deleted organizations and persons are listed nowhere. Where they are wanted, each read
        is a full one: what it does not show is gone.
        """
        if query.cursor is None:
            return _START
        position = decode(query.cursor, self._api.name)
        if position.mode is Mode.SINCE and query.deleted and not kind.lists_deleted:
            return _START
        if position.mode is not Mode.SINCE:
            return position
        self._api.me()
        now = self._api.time.now()
        if is_ahead(position, now, self._api.overlap):
            return _START
        return open_window(position, now)

    def _plan(self, kind: ObjectType, paths: Iterable[str]) -> Plan:
        asked = wanted(kind, paths)
        if not asked.others:
            return Plan(kind, asked, Layout())
        return Plan(kind, asked, layout(asked.others, Fields(self._api.all(kind.fields))))

    def _targets(self, plan: Plan) -> Mapping[str, Plan]:
        """By object: what is reached in the records that a plan's records point to."""
        tails: dict[str, set[str]] = {}
        for head, target in plan.kind.records_joined.items():
            tails.setdefault(target, set()).update(plan.wanted.joined.get(head, ()))
        for target in OBJECTS:
            tails.setdefault(target, set()).update(plan.layout.reached(target))
        return {
            target: self._plan(OBJECTS[target], reached)
            for target, reached in tails.items()
            if reached - {"id"}
        }

    def _beside(self, plan: Plan) -> tuple[Callable[[Stretch], tuple[Record, ...]], Me]:
        """Ask for everything else at once, while the first page is under way."""
        api, joined = self._api, plan.wanted.joined
        with ThreadPoolExecutor(4, "crmsync-pipedrive") as pool:
            me = pool.submit(api.me)
            users = pool.submit(self._users) if plan.users else None
            deep = joined.get(STAGE, frozenset()) - {"id"}
            stages = pool.submit(api.all, endpoints.STAGES) if deep else None
            deep = joined.get(PIPELINE, frozenset()) - {"id"}
            pipelines = pool.submit(api.all, endpoints.PIPELINES) if deep else None
            joiner = Joiner(
                plan=plan,
                users=users.result() if users else {},
                stages=stages_by_id(stages.result()) if stages else {},
                pipelines=pipelines_by_id(pipelines.result()) if pipelines else {},
            )
            return builder(plan, joiner, me.result().url_prefix(plan.kind)), me.result()

    def _users(self) -> Mapping[str, Mapping[str, object]]:
        return users_by_id(self._api.users())


def _kind(name: str) -> ObjectType:
    kind = OBJECTS.get(name)
    if kind is None:
        message = f'Pipedrive\'s "{name}" cannot be read; there are: {", ".join(OBJECTS)}'
        raise ConfigError([Problem("object", "unknown_object", message)])
    return kind


def _refuse_ambiguous(found: Layout) -> None:
    """A name that several fields have is never guessed.

    Raises:
        ConfigError: There is one.
    """
    problems = [
        Problem(
            "fields",
            "ambiguous_field",
            f'"{path}" is the name of several Pipedrive fields: '
            f"{', '.join(one.key for one in match.fields)}",
        )
        for path, match in found.ambiguous
    ]
    if problems:
        raise ConfigError(problems, hint="write the key of the one that is meant")
