"""What can be said of the ways by which people are told, without telling anybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from crmsync.alerts.channels import Address, Command, Webhook
from crmsync.alerts.telling import Ways
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import CheckResult


def check_ways(ways: Ways) -> Iterator[CheckResult]:
    """A line a way; nothing is sent."""
    for channel in ways.channels.values():
        if isinstance(channel, Webhook):
            yield _address(channel.address, "`crmsync alert test` sends a message")
        elif isinstance(channel, Command):
            yield _command(channel.argv[0])
    for ping in (ways.pings.every, *ways.pings.syncs.values()):
        if ping is not None:
            yield _address(ping, "the first run that ends well shows")


def _address(address: Address, tells: str) -> CheckResult:
    try:
        host = address.check()
    except ConfigError as error:
        message, code = error.problems[0].message, ExitCode.USAGE
        return CheckResult(address.name, passed=False, message=message, hint=error.hint, code=code)
    return CheckResult(address.name, passed=True, message=f"not verified: at {host}; {tells}")


def _command(program: str) -> CheckResult:
    name = "alerts.command"
    if shutil.which(program) is None:
        hint = "write the whole path of the program"
        message, code = f"{program} is no program here", ExitCode.USAGE
        return CheckResult(name, passed=False, message=message, hint=hint, code=code)
    tells = "`crmsync alert test` runs it"
    return CheckResult(name, passed=True, message=f"not verified: {program} is there; {tells}")
