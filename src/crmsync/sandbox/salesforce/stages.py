"""The organization's opportunity stages, and what an opportunity's stage decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from crmsync.sandbox.salesforce.schema import Values

Derive: TypeAlias = Callable[[Values], None]

FORECASTS: Final = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
# API name, label, closed, won, probability, forecast category, active. The first ten are a new
# organization's own; one of them was relabelled, two more end an opportunity, one is retired.
STAGES: Final = (
    ("Prospecting", "Prospecting", False, False, 10.0, "Pipeline", True),
    ("Qualification", "Qualification", False, False, 10.0, "Pipeline", True),
    ("Needs Analysis", "Needs Analysis", False, False, 20.0, "Pipeline", True),
    ("Value Proposition", "Value Proposition", False, False, 50.0, "Pipeline", True),
    ("Id. Decision Makers", "Id. Decision Makers", False, False, 60.0, "Pipeline", True),
    ("Perception Analysis", "Evaluation", False, False, 70.0, "Pipeline", True),
    ("Proposal/Price Quote", "Proposal/Price Quote", False, False, 75.0, "Best Case", True),
    ("Negotiation/Review", "Negotiation/Review", False, False, 90.0, "Commit", True),
    ("Closed Won", "Closed Won", True, True, 100.0, "Closed", True),
    ("Closed Lost", "Closed Lost", True, False, 0.0, "Omitted", True),
    ("Renewal Signed", "Renewal Signed", True, True, 100.0, "Closed", True),
    ("Disqualified", "Disqualified", True, False, 0.0, "Omitted", True),
    ("Pilot", "Pilot", False, False, 40.0, "Pipeline", False),
)
_BY_NAME: Final = {row[0]: row for row in STAGES}
UNKNOWN: Final = "Legacy Stage"
"""A stage that records still carry and that was deleted from the list."""


def rows() -> list[Values]:
    """The stages as records."""
    return [
        {
            "ApiName": name, "MasterLabel": label, "IsClosed": closed, "IsWon": won,
            "DefaultProbability": chance, "ForecastCategoryName": forecast, "IsActive": active,
            "SortOrder": order, "Description": None,
        }
        for order, (name, label, closed, won, chance, forecast, active) in enumerate(STAGES, 1)
    ]  # fmt: skip


def follow(values: Values) -> None:
    """Set, in place, what an opportunity's stage decides."""
    row = _BY_NAME.get(str(values.get("StageName")), ("", "", False, False, 0.0, "Pipeline"))
    values["IsClosed"], values["IsWon"] = row[2], row[3]
    values["Probability"], values["ForecastCategoryName"] = row[4], row[5]
    amount = values.get("Amount")
    if isinstance(amount, int | float):
        values["ExpectedRevenue"] = amount * row[4] / 100
    else:
        values["ExpectedRevenue"] = None
