"""What may stand in the configuration file: a class a table, a docstring a key.

The docstrings are the descriptions in the JSON Schema that editors use.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    WithJsonSchema,
)

from crmsync.config.schedules import check_schedule, check_timezone
from crmsync.config.urls import check_state_url
from crmsync.durations import parse_duration
from crmsync.secrets import Secret

_DAY = 86_400.0


def _seconds(value: object) -> float:
    if isinstance(value, float):  # a default, in seconds already
        return value
    return parse_duration(value if isinstance(value, str) else "")


def _a_day_or_longer(seconds: float) -> float:
    if seconds < _DAY:
        raise ValueError('must be a day or longer, such as "90d"')
    return seconds


def _wanted(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, str | int) for one in values):
        raise ValueError("must be a text, a number, true or false, or a list of them")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?[smhd]$", "examples": ["5m"]}),
]
_PLAIN: dict[str, Any] = {"type": ["string", "number", "boolean"]}
Wanted = Annotated[
    tuple[str, ...],
    BeforeValidator(_wanted),
    WithJsonSchema({"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN, "minItems": 1}]}),
]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:[0-9]+)?$")]
Share = Annotated[float, Field(ge=0, le=1, strict=False)]
_RULE = WithJsonSchema(
    {
        "type": "object",
        "additionalProperties": {
            "anyOf": [{"type": ["string", "object"]}, {"const": False}],
            "description": "A path of the CRM, a rule, or false to switch a preset's field off.",
        },
    }
)


class Table(BaseModel):
    """A table of the file: no unknown keys, no guessed types, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class State(Table):
    """Where crmsync remembers what it read and delivered."""

    url: Annotated[str, AfterValidator(check_state_url)] = "sqlite:///crmsync.db"
    """The ledger: `sqlite:///FILE`, where a relative FILE lies beside the configuration file; or
    `postgresql://USER@HOST/DATABASE`, where several machines share it."""
    password: Secret | None = None
    """The password of the PostgreSQL user; where left out, PGPASSWORD or ~/.pgpass."""
    keep: Annotated[Duration, AfterValidator(_a_day_or_longer)] | None = None
    """How long the reports of runs are kept, and the text of events that the platform has: `1d` or
    longer, such as `90d`. What is needed to send nothing twice is kept all the same. Left out, the
    last 10,000 runs are kept, and every text."""


class Limits(Table):
    """How patient a run is."""

    retry_for: Duration = 300.0
    """How long one request is retried before the run ends with exit code 5."""
    max_wait: Duration = 900.0
    """The longest Retry-After that is waited for; a longer one ends the run with 5."""
    run_deadline: Duration = 86_400.0
    """How long a run of the daemon may take. It is then stopped as by SIGTERM, and goes on from
    there a minute later."""


class Daemon(Table):
    """The daemon's status page (`crmsync daemon --http ADDRESS`)."""

    http_token: Secret | None = None
    """What opens the page: needed where it is served beyond this machine, 16 characters or more."""
    http_hosts: list[HostName] = []
    """Names, beside its own address, by which the page may be asked for: that of a reverse proxy
    in front of it."""


class Guards(Table):
    """What stops a run before it writes something suspicious (exit code 6)."""

    empty: bool = True
    """Stop when a full read gives no record where there were some before."""
    shortfall: Share = 0.5
    """The share of records that may be gone since the last full read; 1 is off."""
    blank: Share = 0.5
    """The share of records in which one field may go from a value to nothing; 1 is off."""
    fields: dict[str, Share] = {}
    """`blank` for single fields: the destination's field to the share."""
    disable: Share = 0.5
    """The share of delivered records that one run may disable; 1 is off."""
    change: Share = 1.0
    """The share of keys that a changed mapping may give other values to; 1 is off."""
    minimum: Annotated[int, Field(ge=0)] = 20
    """Fewer records than this, gone, blank or changed, do not stop a run."""


class Alerts(Table):
    """Who is told when a sync turns bad and when it recovers, and where it gives signs of life."""

    webhook: Secret | None = None
    """An address that each message is posted to, as JSON with a `text` for chats."""
    webhook_body: Literal["all", "text"] = "all"
    """`text` posts that key alone, for who refuses any other."""
    command: Annotated[list[str], Field(strict=True)] = []
    """A command that gets each message on its standard input: a program and its arguments. No
    shell, and no variable that may be a secret."""
    command_timeout: Duration = 30.0
    """How long the command may take."""
    timeout: Duration = 10.0
    """How long one try at an address may take. There are three."""
    failing_for: Duration = 21_600.0
    """How long a failure that may pass (exit code 5) must last before it is bad. Any other
    failure is bad at once."""
    quiet: Duration = 3_600.0
    """A sync that recovers and turns bad again is told of so often at most."""
    stale_after: Duration | None = None
    """A sync that has not succeeded for so long is bad, whatever its runs ended with."""
    quarantined: Annotated[int, Field(ge=1)] | None = None
    """A sync with so many records in quarantine is bad."""
    ping: Secret | None = None
    """An address that is asked for at the end of a run when the last run of every enabled sync was
    well: a dead man's switch tells when it is not."""
    pings: dict[str, Secret] = {}
    """The same for single syncs: a sync's name to its address, asked for when it succeeds."""
    ping_also: list[Literal["start", "fail"]] = []
    """What else is told to these addresses, with `/start` or `/fail` at their end: that a sync
    begins, that it is bad."""


class SyncConfig(Table):
    """One sync: what is read where, how it is mapped, and where it goes."""

    source: str
    """The name of one of the `sources` tables."""
    object: str
    """What to read: `companies`, `deals` or `deal_stage_changes` of HubSpot, `Account`,
    `Opportunity` or any other object of Salesforce, `deals` or `organizations` of Pipedrive, a
    file of a folder by its name without the suffix."""
    destination: str
    """The name of one of the `destinations` tables."""
    enabled: bool = True
    """Whether `crmsync run` without a choice runs it."""
    schedule: Annotated[str, AfterValidator(check_schedule)] | None = None
    """When the daemon runs it: five cron fields, or `every 15m`. Without one it does not."""
    timezone: Annotated[str, AfterValidator(check_timezone)] = "UTC"
    """The time zone of `schedule`, by its IANA name. A time that it skips in spring is due right
    after, one that it has twice in autumn is due once."""
    method: str | None = None
    """How the destination is written; its first method where left out."""
    on_delete: Literal["ignore", "disable"] = "ignore"
    """What becomes of records deleted in the CRM: nothing, or disabled at the platform. A
    domain without any record is disabled if one of the syncs that feed the platform says so."""
    filter: dict[str, Wanted] = {}
    """CRM field to the value, or values, that are wanted. All fields must match."""
    preset: Literal["default", "none"] = "default"
    """`default` starts from the shipped mapping, `none` from an empty one."""
    fields: Annotated[dict[str, Any], _RULE] = {}
    """Mapping rules, by the destination's field; `false` switches a preset's field off."""
    full_every: Duration = 604_800.0
    """A full read at least this often; it also finds what vanished."""
    missing_key: Literal["skip", "quarantine"] = "skip"
    """What becomes of records without what the platform identifies by."""
    cleared: Literal["null", "omit"] = "null"
    """Whether a field emptied in the CRM is emptied at the platform, or left there."""
    person_accounts: bool = False
    """Whether Salesforce's accounts that are persons are synced too."""
    guards: Guards = Guards()
    """The limits of the guards."""


class Account(Table):
    """A source or a destination, checked by its own plugin.

    Attributes:
        name: The table's name.
        type: The plugin's name.
        settings: The plugin's settings model.
    """

    name: str
    type: str
    settings: SkipValidation[Any]


class Config(Table):
    """The whole file. Sources and destinations keep the file's order."""

    state: State = State()
    """Where crmsync remembers what it read and delivered."""
    limits: Limits = Limits()
    """How patient a run is."""
    daemon: Daemon = Daemon()
    """The daemon's status page."""
    alerts: Alerts = Alerts()
    """Who is told how syncs are."""
    sources: Mapping[str, Account]
    """CRM accounts, by the names you give them. Where two give to one key, the earlier wins."""
    destinations: Mapping[str, Account]
    """Platform accounts, by the names you give them."""
    syncs: dict[str, SyncConfig]
    """Syncs, by the names you give them."""
