"""What people do in the simulated CRMs between two runs: records change, and new ones appear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmsync.sandbox.asking import ask
from crmsync.sandbox.hubspot.pipelines import DEFAULT
from crmsync.sandbox.salesforce.stages import STAGES


def change(system: str, url: str, count: int, seed: int) -> None:
    """Let records of each object change in a CRM, deals change their stage, and others be new.

    Args:
        system: Which CRM.
        url: Its sandbox's.
        count: How many of each.
        seed: Makes one time differ from another.
    """
    _CHANGES[system](url, count, seed)


def _hubspot(url: str, count: int, seed: int) -> None:
    stages = DEFAULT.open_stages()
    stage = {"pipeline": DEFAULT.id, "dealstage": stages[seed % len(stages)].id}
    for path, body in (
        ("companies/change", {}),
        ("companies/create", {}),
        ("deals/change", {}),
        ("deals/change", {"set": stage}),
        ("deals/create", {}),
    ):
        ask(url, f"/hubspot/{path}", {"count": count, "seed": seed, **body})


def _pipedrive(url: str, count: int, seed: int) -> None:
    for name in ("deals", "organizations"):
        for action in ("change", "create"):
            body = {"object": name, "count": count, "seed": seed}
            ask(url, f"/pipedrive/{action}", body)


def _salesforce(url: str, count: int, seed: int) -> None:
    stage = STAGES[seed % 8][0]  # the open ones come first
    new = {"Name": f"Newcomer {seed} Ltd", "Website": f"newcomer-{seed}.example.com"}
    for action, body in (
        ("change", {"object": "Account", "count": count, "seed": seed}),
        ("create", {"object": "Account", "count": 1, "fields": new}),
        ("change", {"object": "Opportunity", "count": count, "seed": seed}),
        (
            "change",
            {"object": "Opportunity", "count": count, "seed": seed, "set": {"StageName": stage}},
        ),
    ):
        ask(url, f"/salesforce/{action}", body)


_CHANGES: Final[Mapping[str, Callable[[str, int, int], None]]] = {
    "hubspot": _hubspot,
    "pipedrive": _pipedrive,
    "salesforce": _salesforce,
}
