"""HubSpot's companies, owners and what belongs to them, simulated."""

from __future__ import annotations
