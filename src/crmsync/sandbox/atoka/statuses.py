"""The statuses that the application has configured, and which may follow which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from crmsync.sandbox.atoka.refusals import wrong
from crmsync.sandbox.exchange import ControlError, JSONObject


class Status(NamedTuple):
    """One status.

    The document has these attributes and explains none; the meanings are the likely ones.

    Attributes:
        label: What `status` of an event is set to.
        previous: The label of the status it may follow; None where it may follow any.
        sink: Whether none may follow it.
        hidden: Whether people are not offered it.
    """

    label: str
    previous: str | None = None
    sink: bool = False
    hidden: bool = False


_DEFAULT: Final = (
    Status("To contact"),
    Status("Contacted", "To contact"),
    Status("Meeting", "Contacted"),
    Status("Negotiation", "Meeting"),
    Status("Customer", "Negotiation", sink=True),
    Status("Lost", sink=True),
    Status("Imported", hidden=True),
)


class Statuses:
    """The configured list."""

    def __init__(self, *, checked: bool) -> None:
        self._checked = checked
        self.configured: tuple[Status, ...] = _DEFAULT

    def check(self, label: str, current: str | None) -> None:
        """Check that a lead with the status *current* may get this one.

        Raises:
            RefusedError: It is not configured or, where transitions are checked, may not follow.
        """
        by_label = {status.label: status for status in self.configured}
        if label not in by_label:
            raise wrong("status", f"{label!r} is not one of {', '.join(by_label)}")
        status, before = by_label[label], by_label.get(current or "")
        if not self._checked or label == current:
            return
        if before is not None and before.sink:
            raise wrong("status", f"nothing follows {current!r}")
        if status.hidden:
            raise wrong("status", f"{label!r} is hidden")
        if status.previous not in (None, current):
            raise wrong("status", f"{label!r} must follow {status.previous!r}, not {current!r}")

    def configure(self, items: object) -> None:
        """Replace the list, by objects as the API answers them; only labels must be there.

        Raises:
            ControlError: They are something else.
        """
        if not isinstance(items, list) or not items:
            raise ControlError("items must be a list of statuses, such as [{'label': 'Lost'}]")
        statuses = tuple(_status(item) for item in items)
        if len({status.label for status in statuses}) < len(statuses):
            raise ControlError("a label is there twice")
        self.configured = statuses

    def listed(self) -> Sequence[JSONObject]:
        """The list as it is answered."""
        return [status._asdict() for status in self.configured]


def _status(item: object) -> Status:
    if not isinstance(item, dict) or not isinstance(item.get("label"), str):
        raise ControlError(f"{item!r} is no status: it needs a label")
    if unknown := item.keys() - set(Status._fields):
        raise ControlError(f"a status has no {sorted(unknown)}")
    return Status(**item)
