"""Documents of dry runs, made to show only what a test is about."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crmsync.engine.previews import ACTIONS


def record(number: int, action: str = "create", **values: Any) -> dict[str, Any]:
    """A company; one that is created or changed has a payload and a diff."""
    name, domain = f"Company {number}", f"company-{number}.example"
    payload = {"domain": domain, "properties": {"displayName": name}}
    diffs = {
        "create": {"domain": [None, domain], "properties.displayName": [None, name]},
        "change": {"properties.displayName": [f"Old {number}", name]},
    }
    return {
        "id": str(number),
        "key": domain,
        "action": action,
        "payload": payload if action in diffs else None,
        "diff": diffs.get(action, {}),
        "problems": [],
        **values,
    }


def problem(
    message: str = "is none", code: str = "MISSING_DOMAIN", severity: str = "error"
) -> dict[str, str]:
    """A fault of the field `domain`."""
    return {"field": "domain", "code": code, "message": message, "severity": severity}


def sync(*records: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A sync's part, with counts that fit its records."""
    tally = Counter(one["action"] for one in records)
    return {
        "sync": "main",
        "source": "hubspot",
        "object": "companies",
        "destination": "akooda",
        "status": "succeeded",
        "error": None,
        "balanced": True,
        "counts": {"source_total": len(records), "read": len(records)},
        "source_requests": 3,
        "duration_s": 0.41,
        "notes": [],
        "changes": {action: tally[action] for action in ACTIONS},
        "records": list(records),
        **values,
    }


def document(*syncs: dict[str, Any]) -> dict[str, Any]:
    """A dry run's whole document."""
    return {
        "run_id": "20261121T192634Z-debfa1",
        "exit_code": 0,
        "started_at": "2026-11-21T19:26:34.085Z",
        "finished_at": "2026-11-21T19:26:35.001Z",
        "syncs": list(syncs),
    }
