"""What a sandbox can be asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from crmsync.sandbox.faults import Faults

SYSTEMS: Final = ("hubspot", "pipedrive", "salesforce", "akooda", "akita", "atoka", "datatalks")
"""The simulated systems; each one's name is its path prefix."""

_NOT_NEGATIVE: Final = (
    "companies",
    "deals",
    "nasty",
    "latency_ms",
    "jitter_ms",
    "search_lag_s",
    "atoka_companies",
    "atoka_people",
    "atoka_visibility_s",
)
_RATE: Final = re.compile(r"(\d+)/(\d+(?:\.\d+)?)s")


class Rate(NamedTuple):
    """So many requests in any window of so many seconds."""

    limit: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read `190/10s`.

        Raises:
            ValueError: It is not of that form, or a number is zero.
        """
        match = _RATE.fullmatch(text.strip())
        if match is None or int(match[1]) == 0 or float(match[2]) == 0:
            raise ValueError(f"rate {text!r} must be like 190/10s")
        return cls(int(match[1]), float(match[2]))


def words(text: str) -> frozenset[str]:
    """What is joined by commas; nothing of an empty text."""
    return frozenset(filter(None, (part.strip() for part in text.split(","))))


def numbers(text: str) -> frozenset[int]:
    """Whole numbers, joined by commas.

    Raises:
        ValueError: One is none.
    """
    try:
        return frozenset(map(int, words(text)))
    except ValueError as error:
        raise ValueError(f"{text!r} must be whole numbers, joined by commas") from error


_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "rate_limit": Rate.parse,
    "search_rate": Rate.parse,
    "akooda_rate_limit": Rate.parse,
    "akita_rate_limit": Rate.parse,
    "atoka_rate_limit": Rate.parse,
    "akita_roles": numbers,
    "akita_tags": numbers,
    "datatalks_rate_limit": Rate.parse,
}
"""How the options that are read from text are read."""


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """Everything that shapes a sandbox. The defaults are a healthy, unlimited world."""

    host: str = "127.0.0.1"
    """The address to listen on. Credentials are not checked by default: keep it loopback."""
    port: int = 0
    """The port to listen on; 0 takes any free one."""
    companies: int = 1000
    """How many companies the CRM has at the start."""
    deals: int = 1000
    """How many deals the CRM has at the start."""
    seed: int = 1
    """Of the data. The same seed and number give the same companies, on any day."""
    nasty: float = 1.0
    """Multiplies the rates of nasty records (see `hubspot/nasty_*.py`); 0 makes all sound."""
    latency_ms: float = 0.0
    """Milliseconds before every answer; requests wait side by side."""
    jitter_ms: float = 0.0
    """Up to so many milliseconds more, by chance."""
    faults: Mapping[str, Faults] = field(default_factory=dict)
    """System name to its plan of faults; systems left out have none."""
    history: str | None = None
    """A file to append what happens to, a line of JSON each: every request with the keys it
    carries, its effect and its answer; None for none."""

    access_token: str | None = None
    """HubSpot: the only token that is accepted; None accepts any."""
    missing_scopes: tuple[str, ...] = ()
    """HubSpot: scopes that the token lacks (`crm.objects.owners.read`)."""
    extra_scopes: str = ""
    """HubSpot: scopes that it has besides, joined by commas (`crm.objects.contacts.write`)."""
    rate_limit: str | None = None
    """HubSpot: requests a rolling window (`190/10s`); None sets and announces no real limit."""
    search_rate: str | None = None
    """HubSpot: searches a window (`5/1s`), counted apart; None for no limit."""
    daily_limit: int | None = None
    """HubSpot: requests until every answer is a DAILY 429; None for no limit."""
    search_lag_s: float = 0.0
    """HubSpot: seconds until a search sees a change; lists and batch reads see it at once."""
    max_url_bytes: int = 8192
    """HubSpot: a longer path and query is answered 414."""
    empties: Literal["null", "absent"] = "null"
    """HubSpot: how a requested property without a value is answered."""
    association_page: int = 500
    """HubSpot: associated records that one input of a batch read is answered at once."""
    association_errors: Literal["207", "200"] = "207"
    """HubSpot: the status of a batch read where some have no associations: its documents can be
    read both ways for 2026-09."""
    archived_associations: Literal["kept", "hidden"] = "kept"
    """HubSpot: whether associations from and to archived records are answered: undocumented."""
    portal_id: int = 24680135
    """HubSpot: the account's own id."""

    pipedrive_api_token: str | None = None
    """Pipedrive: the only API token that is accepted; None accepts any."""
    pipedrive_client_id: str | None = None
    """Pipedrive: the OAuth client that may ask for access tokens; None lets any client ask, and
    accepts access tokens that were never given."""
    pipedrive_client_secret: str | None = None
    """Pipedrive: the client's secret; None accepts any."""
    pipedrive_refresh_token: str | None = None
    """Pipedrive: the refresh token that is good at the start; None accepts any."""
    pipedrive_rotate: bool = False
    """Pipedrive: whether a refresh token is good once, and a new one comes with the answer."""
    pipedrive_token_calls: int | None = None
    """Pipedrive: calls until an access token has expired; None for never."""
    pipedrive_missing_scopes: str = ""
    """Pipedrive: scopes that access tokens lack, joined by commas (`deals:read,users:read`)."""
    pipedrive_extra_scopes: str = ""
    """Pipedrive: scopes that they have besides, joined by commas (`deals:full`)."""
    pipedrive_burst: int | None = None
    """Pipedrive: requests a token in a rolling window of 2 seconds (20, 40, 100 or 120 by plan);
    None for no limit."""
    pipedrive_daily_tokens: int | None = None
    """Pipedrive: the company's tokens a day; None for no limit."""
    pipedrive_daily_headers: bool = True
    """Pipedrive: whether answers tell the day's tokens; the real ones do not always."""
    pipedrive_block_after: int | None = None
    """Pipedrive: after so many 429s without a pause the edge answers 403 in HTML until the next
    day; None for never."""
    pipedrive_nulls: Literal["null", "absent"] = "null"
    """Pipedrive: how custom fields without a value are answered."""
    pipedrive_restricted: bool = False
    """Pipedrive: whether the credentials' user sees only his own of the records that only their
    owners may see; the others are left out of every answer without a word."""
    pipedrive_fractions: bool = False
    """Pipedrive: whether times of records end in `.000Z` instead of `Z`."""
    pipedrive_v1_gone: Literal["410", "404"] = "410"
    """Pipedrive: what the retired endpoints of version 1 answer."""
    pipedrive_users: Literal["list", "null"] = "list"
    """Pipedrive: whether the users are answered, or null with status 200."""
    pipedrive_false_every: int | None = None
    """Pipedrive: every so-many-th answer is a 200 whose body says `success: false`."""

    tenant_id: str | None = None
    """Akooda: the only tenant that exists; None accepts any."""
    api_key: str | None = None
    """Akooda: the only key that fits the tenant; None accepts any."""
    akooda_mode: Literal["lenient", "any_fails", "silent"] = "lenient"
    """Akooda: what a batch with some bad entities gives. `lenient` takes the good ones (204;
    400 where none is good), `any_fails` takes none (400), `silent` answers 204 always."""
    akooda_details: bool = True
    """Akooda: whether a 400 names each bad entity; False gives one sentence."""
    akooda_max_bytes: int = 1_000_000
    """Akooda: a longer body is answered 413. The document says "1MB": 1,048,576 is the other
    reading."""
    akooda_chars: Literal["utf16", "code_points"] = "utf16"
    """Akooda: what a character is where a length is limited."""
    akooda_nulls: Literal["clear", "ignore"] = "clear"
    """Akooda: what a null attribute does to a stored one."""
    akooda_rate_limit: str | None = None
    """Akooda: requests a rolling window (`10/1s`); None for no limit."""

    akita_api_key: str | None = None
    """Akita: the only key; None accepts any."""
    akita_wrong_key: Literal["401", "403"] = "401"
    """Akita: what a wrong key is answered; its document does not say."""
    akita_rate_limit: str | None = None
    """Akita: requests a rolling window (`120/60s` is what its clients speak of); None for no
    limit."""
    akita_retry_after: Literal["none", "seconds", "date"] = "none"
    """Akita: how a 429 says when there is room again."""
    akita_lists: Literal["replace", "merge"] = "replace"
    """Akita: what a list does to the stored one. `merge` adds what is not there yet; a role has
    one holder."""
    akita_nulls: Literal["clear", "ignore", "refuse"] = "clear"
    """Akita: what a null attribute does to a stored one; `clear` refuses a boolean's null."""
    akita_roles: str = "6"
    """Akita: ids of the roles there are, joined by commas; 6 is the customer success manager's."""
    akita_csms: str | None = None
    """Akita: emails of the users who have role 6, joined by commas; None takes any."""
    akita_tags: str | None = None
    """Akita: Api IDs of the manual tags there are, joined by commas; None takes any."""
    akita_other_id_after: int | None = None
    """Akita: after so many accounts taken, answers carry another account's `internal_id`."""

    atoka_token: str | None = None
    """Atoka: the only token that is accepted; None accepts any."""
    atoka_app_user: str | None = None
    """Atoka: the application's only user, whom every call but sync must name; None lets any be
    named, or none."""
    atoka_companies: int = 1000
    """Atoka: how many companies it knows at the start."""
    atoka_knows: Literal["its_own", "everybody"] = "its_own"
    """Atoka: whether it also knows every company that is looked for by name."""
    atoka_people: int = 50
    """Atoka: how many people it knows at the start."""
    atoka_unknown_leads: Literal["refused", "taken"] = "refused"
    """Atoka: what becomes of an event about a lead it does not know."""
    atoka_dates: Literal["enforced", "ignored"] = "enforced"
    """Atoka: whether a date must be after the lead's most recent event and not in the future."""
    atoka_date_form: Literal["day", "instant"] = "day"
    """Atoka: whether a date is a day only, or may be an instant too."""
    atoka_utc_offset_h: float = 0.0
    """Atoka: hours that its clocks are ahead of UTC, and its days begin earlier; Italy's are 1
    or 2."""
    atoka_clock_skew_s: float = 0.0
    """Atoka: seconds that its clock is fast; negative where it is slow."""
    atoka_visibility_s: float = 0.0
    """Atoka: seconds until list and sync have a new event; its details are there at once."""
    atoka_update_date: Literal["ignored", "applied", "refused"] = "ignored"
    """Atoka: what a date does in an update: the document says that only the note can be updated,
    and lists it."""
    atoka_transitions: Literal["free", "checked"] = "free"
    """Atoka: whether a status must follow its `previous`, nothing a sink, and none be hidden."""
    atoka_assignees: str = ""
    """Atoka: whom a lead can be assigned to, joined by commas; empty for anybody."""
    atoka_note_chars: int | None = None
    """Atoka: characters that a note has at most; None for no limit."""
    atoka_max_limit: int = 100
    """Atoka: events on a page at most."""
    atoka_max_leads: int | None = None
    """Atoka: leads that one list can be of; None for no limit."""
    atoka_max_url_bytes: int = 8192
    """Atoka: a longer path and query is answered 414."""
    atoka_sync: bool = True
    """Atoka: whether the account has the feature useLeadEventsSync."""
    atoka_sync_bound: Literal["inclusive", "exclusive"] = "inclusive"
    """Atoka: whether sync answers events of the very moment it is asked from."""
    atoka_rate_limit: str | None = None
    """Atoka: requests a rolling window (`10/1s`); None for no limit."""

    datatalks_access_key_id: str | None = None
    """Data Talks: the only access key id; None accepts any."""
    datatalks_secret_access_key: str = "sandbox"  # noqa: S105 - what the sandbox is signed with
    """Data Talks: the secret that signatures are checked with, always."""
    datatalks_region: str = "eu-west-1"
    """Data Talks: the region that signatures must be scoped to."""
    datatalks_service: str = "execute-api"
    """Data Talks: the service that signatures must be scoped to."""
    datatalks_skew_s: float = 0.0
    """Data Talks: seconds that its clock, and the Date of all its answers, are ahead of ours."""
    datatalks_denied: bool = False
    """Data Talks: whether the key's policy forbids to call the API."""
    datatalks_group_keys: str | None = None
    """Data Talks: the group keys there are, joined by commas; None takes any."""
    datatalks_unknown_group: Literal["200", "400", "403"] = "400"
    """Data Talks: the status of the refusal of a group key that is none: undocumented."""
    datatalks_contact_key: str = "email"
    """Data Talks: the attribute that the customer's mapping knows a contact by; contacts without
    it are kept one by one."""
    datatalks_nulls: Literal["clear", "ignore", "refuse"] = "clear"
    """Data Talks: what a null attribute does to a stored one: undocumented."""
    datatalks_refuse: str | None = None
    """Data Talks: records with an attribute of exactly this text are refused in a 200."""
    datatalks_false_every: int | None = None
    """Data Talks: every so-many-th record is refused in a 200."""
    datatalks_max_bytes: int = 10_485_760
    """Data Talks: a longer body is answered 413."""
    datatalks_rate_limit: str | None = None
    """Data Talks: requests a rolling window (`50/1s`); None for no limit."""

    salesforce_consumer_key: str | None = None
    """Salesforce: the only consumer key; None accepts any, as with all its credentials."""
    salesforce_consumer_secret: str | None = None
    """Salesforce: the consumer secret that fits."""
    salesforce_username: str | None = None
    """Salesforce: the only user who may log in by password or be named in a JWT."""
    salesforce_password: str | None = None
    """Salesforce: the user's password, without the security token."""
    salesforce_security_token: str | None = None
    """Salesforce: what a password must end with."""
    salesforce_refresh_token: str | None = None
    """Salesforce: the refresh token that was issued."""
    salesforce_public_key: str | None = None
    """Salesforce: PEM public key that JWTs are checked with; None checks no signature."""
    salesforce_host_kind: Literal["my_domain", "login", "test"] = "my_domain"
    """Salesforce: what host the sandbox plays. Client credentials work on `my_domain` only."""
    salesforce_run_as_user: bool = True
    """Salesforce: whether client credentials have a user to run as."""
    salesforce_may_write: bool = False
    """Salesforce: whether the user who signs in may create, change and delete records."""
    salesforce_approved: bool = True
    """Salesforce: whether the user has approved the consumer of a JWT."""
    salesforce_rotate_refresh: bool = False
    """Salesforce: whether each use of a refresh token gives another and ends the old one."""
    salesforce_soap_login: bool = True
    """Salesforce: whether SOAP login() is on (versions to 64.0)."""
    salesforce_instance_url: str | None = None
    """Salesforce: the `instance_url` that logins answer; None names the sandbox itself."""
    salesforce_session_calls: int | None = None
    """Salesforce: calls until a session ends; None for never."""
    salesforce_daily_limit: int | None = None
    """Salesforce: calls until every one is refused with REQUEST_LIMIT_EXCEEDED."""
    salesforce_locator_s: float = 172_800.0
    """Salesforce: seconds that a query's next page can be asked for."""
    salesforce_bulk_delay_s: float = 0.0
    """Salesforce: seconds that a Bulk API job takes at least."""
    salesforce_bulk_polls: int = 1
    """Salesforce: so many looks at a Bulk API job find it unfinished, at least."""
    salesforce_bulk_page: int = 50_000
    """Salesforce: rows in a part of a Bulk API result, at most."""
    salesforce_commit_lag_s: float = 0.0
    """Salesforce: seconds after its stamp that a change becomes visible, as late commits do."""
    salesforce_person_accounts: bool = False
    """Salesforce: whether person accounts are on, and their fields there."""
    salesforce_multi_currency: bool = False
    """Salesforce: whether there are several currencies, and CurrencyIsoCode."""
    salesforce_hidden_fields: str = ""
    """Salesforce: fields the user may not see, as `Account.Website,Opportunity.Amount`."""

    def __post_init__(self) -> None:
        """Check what the types cannot.

        Raises:
            ValueError: An option is out of range; the message names it.
        """
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        for name in ("association_page", "salesforce_bulk_page", "atoka_max_limit"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        for name, read in _READ.items():
            if (text := getattr(self, name)) is not None:
                read(text)
        if unknown := set(self.faults) - set(SYSTEMS):
            raise ValueError(f"faults for {sorted(unknown)}: the systems are {', '.join(SYSTEMS)}")
