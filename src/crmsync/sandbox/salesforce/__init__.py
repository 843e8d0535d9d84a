"""A Salesforce organization, simulated: logins, SOQL over REST, Bulk API 2.0, describe."""

from __future__ import annotations
