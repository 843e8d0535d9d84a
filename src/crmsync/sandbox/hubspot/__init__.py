"""HubSpot's companies, deals, owners and what belongs to them, simulated."""

from __future__ import annotations
