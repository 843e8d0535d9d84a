"""What a configuration must say of each simulated system, to find it and to be let in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from crmsync.sandbox.options import SandboxOptions


class Account(NamedTuple):
    """A simulated system in a configuration.

    Attributes:
        name: The system's, and the kind of source or destination that it is.
        keys: Keys, and the simulator's options that they must agree with.
        address: The key that says where the system is.
        unlimited: A rate limit for a simulator that has none, where the platform's own is low.
    """

    kind: Literal["sources", "destinations"]
    name: str
    keys: Mapping[str, str]
    address: str = "base_url"
    unlimited: str = ""

    def table(self, url: str, options: SandboxOptions) -> dict[str, str]:
        """The account's keys, for simulators at *url*."""
        rows = {key: _value(options, option) for key, option in self.keys.items()}
        rows[self.address] = f"{url}/{self.name}"
        if self.unlimited and getattr(options, f"{self.name}_rate_limit") is None:
            rows["rate_limit"] = self.unlimited
        return rows


ACCOUNTS: Final = (
    Account("sources", "hubspot", {"access_token": "access_token"}),
    Account(
        "sources",
        "salesforce",
        {
            "consumer_key": "salesforce_consumer_key",
            "consumer_secret": "salesforce_consumer_secret",
        },
        address="login_url",
    ),
    Account("sources", "pipedrive", {"api_token": "pipedrive_api_token"}),
    Account("destinations", "akooda", {"tenant_id": "tenant_id", "api_key": "api_key"}),
    Account("destinations", "akita", {"api_key": "akita_api_key"}, unlimited="1000/1s"),
    Account("destinations", "atoka", {"token": "atoka_token"}),
    Account(
        "destinations",
        "datatalks",
        {
            "access_key_id": "datatalks_access_key_id",
            "secret_access_key": "datatalks_secret_access_key",
            "group_key": "datatalks_group_keys",
            "region": "datatalks_region",
            "service": "datatalks_service",
        },
    ),
)
"""Every system that a sync can name."""

_LISTS: Final = frozenset({"datatalks_group_keys"})
"""Options that have several values, joined by commas: the first is as good as any."""

FITTING: Final[Mapping[str, object]] = {
    "datatalks_contact_key": "crm_id",
    "atoka_knows": "everybody",
}
"""Options with which the simulators agree with the presets, where nothing else is asked for."""


def _value(options: SandboxOptions, option: str) -> str:
    value = getattr(options, option)
    if value is None:
        return "sandbox"
    return str(value).partition(",")[0].strip() if option in _LISTS else str(value)
