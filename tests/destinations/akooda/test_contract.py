from __future__ import annotations

import orjson

from crmsync.destinations.akooda import PLUGIN
from crmsync.interfaces import Response
from crmsync.testing.destinations import DestinationContract


class TestAkooda(DestinationContract):
    plugin = PLUGIN
    secrets = ("tenant-4711", "key-0123456789")

    def table(self):
        tenant_id, api_key = self.secrets
        return {"tenant_id": tenant_id, "api_key": api_key}

    def payload(self, number):
        return {
            "domain": f"company-{number}.com",
            "properties.displayName": f"Company {number} Åäö",
            "properties.segments": ["Technology"],
            "properties.owners": {
                "jo@acme.com": "ACCOUNT MANAGER",
                "al@acme.com": "PRODUCT MANAGER",
            },
        }

    def taken(self, numbers):
        return Response(204, {}, b"")

    def refused(self, positions):
        errors = [
            {"index": position, "domain": f"company-{position}.com", "message": "bad phone"}
            for position in positions
        ]
        return Response(400, {}, orjson.dumps({"message": "Validation failed", "errors": errors}))
