"""Who owns records: users, some of them inactive, and queues."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.salesforce.schema import Values

_PEOPLE: Final = (
    ("Agnes", "Holm"), ("Bruno", "Conti"), ("Céline", "Dubois"), ("Dmitri", "Volkov"),
    ("Emma", "O'Connor"), ("Fatima", "Haddad"), ("Gösta", "Ek"), ("Hana", "Kim"),
    ("Ivan", "Horváth"), ("Joana", "Araújo"), ("Kofi", "Mensah"), ("Lucía", "Muñoz"),
    ("Mateusz", "Zieliński"), ("Nora", "Brandt"),
)  # fmt: skip
_ASCII: Final = str.maketrans("éöáúíñń", "eoauinn")
USERS: Final = len(_PEOPLE)
ACTIVE: Final = 11
"""The first so many users are active; the others left."""
QUEUES: Final = 2


def users(first_id: str) -> list[Values]:
    """The users as records.

    Args:
        first_id: Id of the first one, everybody's manager.
    """
    rows: list[Values] = []
    for number, (first, last) in enumerate(_PEOPLE):
        address = f"{first}.{last}".replace("'", "").translate(_ASCII)
        email = f"{address}@sales.example.com".lower()
        rows.append(
            {
                "Username": f"{email}.crm",
                "FirstName": first,
                "LastName": last,
                "Name": f"{first} {last}",
                "Email": email if number % 4 else f"{address}@Sales.Example.com",
                "Alias": (first[0] + last)[:8].lower(),
                "IsActive": number < ACTIVE,
                "UserType": "Standard",
                "Title": "Account Executive" if number % 3 else "Customer Success Manager",
                "Department": "Sales",
                "ManagerId": first_id if number else None,
            }
        )
    return rows


def groups() -> list[Values]:
    """The queues, and a group that owns nothing."""
    queue: Values = {"Type": "Queue", "Email": None}
    return [
        {**queue, "Name": "Inbound Queue", "DeveloperName": "Inbound_Queue"},
        {**queue, "Name": "Partner Queue", "DeveloperName": "Partner_Queue",
         "Email": "partners@sales.example.com"},
        {"Type": "Regular", "Email": None, "Name": "All Managers", "DeveloperName": "Managers"},
    ]  # fmt: skip


def organization(*, sandbox: bool) -> list[Values]:
    """The organization's own record."""
    return [
        {"Name": "Acme", "IsSandbox": sandbox, "InstanceName": "EU48",
         "OrganizationType": "Enterprise Edition", "TimeZoneSidKey": "Europe/Stockholm"}
    ]  # fmt: skip
