"""The organization's objects and their fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crmsync.sandbox.salesforce import stages
from crmsync.sandbox.salesforce.schema import Field, ObjectType, nothing_follows

TYPES: Final = (
    "Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller",
    "Installation Partner", "Technology Partner", "Other",
)  # fmt: skip
"""Account.Type in a new organization."""
OLD_TYPES: Final = (
    "Analyst", "Competitor", "Customer", "Integrator", "Investor", "Partner", "Press", "Prospect",
    "Reseller", "Other",
)  # fmt: skip
"""Account.Type in an old organization. Some accounts here kept theirs."""
INDUSTRIES: Final = (
    "Agriculture", "Apparel", "Banking", "Biotechnology", "Construction", "Consulting",
    "Education", "Electronics", "Energy", "Finance", "Food & Beverage", "Healthcare",
    "Hospitality", "Insurance", "Machinery", "Media", "Retail", "Technology",
    "Telecommunications", "Transportation", "Utilities",
)  # fmt: skip
TIERS: Final = ("Strategic", "Enterprise", "Mid-Market", "SMB")
DEAL_TYPES: Final = ("New Business", "Existing Customer - Upgrade", "Renewal", "Add-On")
ORIGINS: Final = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
STATUSES: Final = ("Active", "Paused", "Cancelled")
CURRENCIES: Final = ("EUR", "USD", "SEK", "GBP")


def _text(name: str, length: int = 255, *, label: str = "", needed: bool = False) -> Field:
    return Field(name=name, length=length, label=label, nillable=not needed)


def _of(type_: str, *names: str) -> tuple[Field, ...]:
    lengths = {"phone": 40, "url": 255, "email": 80, "textarea": 255}
    needless = type_ != "boolean"
    return tuple(
        Field(name=name, type=type_, length=lengths.get(type_, 0), nillable=needless)
        for name in names
    )


def _long(name: str, length: int = 32_000) -> Field:
    return Field(name=name, type="textarea", length=length)


def _choice(name: str, options: Iterable[str], label: str = "") -> Field:
    unique = tuple(dict.fromkeys(options))
    return Field(name=name, type="picklist", length=255, options=unique, label=label)


def _reference(name: str, *refers: str, relationship: str = "", label: str = "") -> Field:
    if not relationship:
        relationship = f"{name[:-3]}__r" if name.endswith("__c") else name.removesuffix("Id")
    return Field(
        name=name, type="reference", length=18, refers=refers, relationship=relationship,
        label=label or f"{name.removesuffix('Id')} ID",
    )  # fmt: skip


def _stamps(*, modified: bool = True) -> tuple[Field, ...]:
    created = Field(name="CreatedDate", type="datetime", nillable=False)
    by = _reference("CreatedById", "User", relationship="CreatedBy")
    stamp = Field(name="SystemModstamp", type="datetime", nillable=False)
    if not modified:
        return created, by, stamp
    changed = Field(name="LastModifiedDate", type="datetime", nillable=False)
    return created, by, changed, _reference("LastModifiedById", "User"), stamp


_ID: Final = Field(name="Id", type="id", length=18, nillable=False)
_DELETED: Final = Field(name="IsDeleted", type="boolean", nillable=False, label="Deleted")
_OWNER: Final = _reference("OwnerId", "User")
_CURRENCY: Final = _choice("CurrencyIsoCode", CURRENCIES, "Currency")


def _address(kind: str) -> tuple[Field, ...]:
    whole = f"{kind}Address"
    parts = {"Street": "textarea", "City": "string", "State": "string", "PostalCode": "string",
             "Country": "string", "Latitude": "double", "Longitude": "double",
             "GeocodeAccuracy": "picklist"}  # fmt: skip
    lengths = {"textarea": 255, "string": 80, "picklist": 40}
    return (
        *(
            Field(name=kind + part, type=type_, length=lengths.get(type_, 0), compound=whole)
            for part, type_ in parts.items()
        ),
        Field(name=whole, type="address"),
    )


def _account(*, persons: bool, currencies: bool) -> ObjectType:
    fields = (
        _ID, _DELETED, _reference("MasterRecordId", "Account", relationship="MasterRecord"),
        Field(name="Name", length=255, nillable=False, label="Account Name"),
        _choice("Type", (*TYPES, *OLD_TYPES), "Account Type"),
        _reference("ParentId", "Account", label="Parent Account ID"),
        *_address("Billing"), *_address("Shipping"), *_of("phone", "Phone", "Fax"),
        _text("AccountNumber", 40), *_of("url", "Website"), _text("Sic", 20, label="SIC Code"),
        _choice("Industry", INDUSTRIES), *_of("currency", "AnnualRevenue"),
        Field(name="NumberOfEmployees", type="int", label="Employees"),
        _long("Description"), _choice("Rating", ("Hot", "Warm", "Cold"), "Account Rating"),
        _text("Site", 80, label="Account Site"), _OWNER, *_stamps(),
        *_of("date", "LastActivityDate"), _choice("AccountSource", ORIGINS),
        _choice("Tier__c", TIERS), *_of("date", "Renewal_Date__c"),
        _reference("CSM__c", "User", label="CSM"),
        Field(name="Health_Score__c", type="double", calculated=True),
    )  # fmt: skip
    more: tuple[Field, ...] = (_CURRENCY,) if currencies else ()
    if persons:
        more += (*_of("boolean", "IsPersonAccount"), *_of("email", "PersonEmail"),
                 _text("FirstName", 40), _text("LastName", 80))  # fmt: skip
    return _object("Account", "001", (*fields, *more))


def _contact() -> ObjectType:
    fields = (
        _ID, _DELETED, _reference("MasterRecordId", "Contact", relationship="MasterRecord"),
        _reference("AccountId", "Account"), _text("LastName", 80, needed=True),
        _text("FirstName", 40), _text("Name", 121, needed=True), *_of("phone", "Phone"),
        *_of("email", "Email"), _text("Title", 128), _OWNER, *_stamps(),
    )  # fmt: skip
    return _object("Contact", "003", fields)


def _opportunity(*, currencies: bool) -> ObjectType:
    fields = (
        _ID, _DELETED, _reference("AccountId", "Account"), *_of("boolean", "IsPrivate"),
        _text("Name", 120, needed=True), _long("Description"),
        _choice("StageName", (row[0] for row in stages.STAGES), "Stage"),
        *_of("currency", "Amount"), *_of("percent", "Probability"),
        *_of("currency", "ExpectedRevenue"), *_of("date", "CloseDate"),
        _choice("Type", DEAL_TYPES, "Opportunity Type"), _text("NextStep"),
        _choice("LeadSource", ORIGINS), *_of("boolean", "IsClosed", "IsWon"),
        _choice("ForecastCategoryName", stages.FORECASTS, "Forecast Category"), _OWNER,
        *_stamps(), *_of("datetime", "LastStageChangeDate"), _text("Contract_Number__c", 40),
    )  # fmt: skip
    more = (_CURRENCY,) if currencies else ()
    return _object("Opportunity", "006", (*fields, *more), "Opportunity", stages.follow)


def _opportunity_stage() -> ObjectType:
    fields = (
        _ID, _text("MasterLabel"), _text("ApiName"), *_of("boolean", "IsActive"),
        Field(name="SortOrder", type="int"), *_of("boolean", "IsClosed", "IsWon"),
        _choice("ForecastCategoryName", stages.FORECASTS),
        *_of("percent", "DefaultProbability"), _text("Description"), *_stamps(),
    )  # fmt: skip
    return _object("OpportunityStage", "01J", fields, "Opportunity Stage")


def _history() -> ObjectType:
    fields = (
        _ID, _DELETED, _reference("OpportunityId", "Opportunity"), _text("StageName"),
        *_of("currency", "Amount", "ExpectedRevenue"), *_of("date", "CloseDate"),
        *_of("percent", "Probability"), *_stamps(modified=False),
    )  # fmt: skip
    return _object("OpportunityHistory", "008", fields, "Opportunity History")


def _user() -> ObjectType:
    fields = (
        _ID, _text("Username", 80, needed=True), _text("LastName", 80, needed=True),
        _text("FirstName", 40), _text("Name", 121, needed=True), *_of("email", "Email"),
        _text("Alias", 8), *_of("boolean", "IsActive"), _choice("UserType", ("Standard",)),
        _text("Title", 80), _text("Department", 80), *_of("phone", "Phone"),
        _reference("ManagerId", "User"), *_stamps(),
    )  # fmt: skip
    return _object("User", "005", fields)


def _group() -> ObjectType:
    fields = (
        _ID, _text("Name", 40, needed=True), _text("DeveloperName", 80),
        _choice("Type", ("Queue", "Regular", "Organization")), *_of("email", "Email"), *_stamps(),
    )  # fmt: skip
    return _object("Group", "00G", fields)


def _organization() -> ObjectType:
    fields = (
        _ID, _text("Name", 80, needed=True), *_of("boolean", "IsSandbox"),
        _text("InstanceName", 5), _text("OrganizationType", 40), _text("TimeZoneSidKey", 40),
        *_stamps(),
    )  # fmt: skip
    return _object("Organization", "00D", fields)


def _subscription() -> ObjectType:
    fields = (
        _ID, _reference("OwnerId", "Group", "User"), _DELETED, _text("Name", 80), *_stamps(),
        _reference("Account__c", "Account", label="Account"), _choice("Status__c", STATUSES),
        *_of("currency", "Monthly_Value__c"), *_of("date", "Start_Date__c"),
        *_of("double", "Seats__c"),
    )  # fmt: skip
    return _object("Subscription__c", "a05", fields, "Subscription")


def _object(
    name: str, prefix: str, fields: Iterable[Field], label: str = "",
    derive: stages.Derive = nothing_follows,
) -> ObjectType:  # fmt: skip
    by_name = {one.name: one for one in fields}
    plural = {"Opportunity": "Opportunities", "OpportunityHistory": "Opportunity Histories"}
    return ObjectType(
        name=name, prefix=prefix, fields=by_name, label=label, plural=plural.get(name, ""),
        derive=derive,
    )  # fmt: skip


def objects(*, persons: bool, currencies: bool) -> dict[str, ObjectType]:
    """All objects by name.

    Args:
        persons: Whether person accounts are switched on: only then have accounts their fields.
        currencies: Whether there are several currencies: only then is there CurrencyIsoCode.
    """
    found = (
        _account(persons=persons, currencies=currencies),
        _contact(),
        _opportunity(currencies=currencies),
        _opportunity_stage(),
        _history(),
        _user(),
        _group(),
        _organization(),
        _subscription(),
    )
    return {one.name: one for one in found}
