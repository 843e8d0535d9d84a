from __future__ import annotations

import orjson

from crmsync.destinations.akooda import PLUGIN
from crmsync.destinations.akooda.client import Akooda
from crmsync.destinations.akooda.settings import AkoodaSettings
from crmsync.interfaces import Response
from crmsync.testing.destinations import DestinationContract


class TestAkooda(DestinationContract):
    plugin = PLUGIN
    secrets = ("tenant-4711", "key-0123456789")

    def open(self, transport, context):
        tenant_id, api_key = self.secrets
        settings = AkoodaSettings.model_validate({"tenant_id": tenant_id, "api_key": api_key})
        return Akooda(settings, context, transport)

    def payload(self, number):
        return {
            "domain": f"company-{number}.com",
            "properties.displayName": f"Company {number} Åäö",
            "properties.segments": ["Technology"],
            "properties.owners": {"jo@acme.com": "ACCOUNT MANAGER"},
        }

    def taken(self):
        return Response(204, {}, b"")

    def refused(self, positions):
        errors = [
            {"index": position, "domain": f"company-{position}.com", "message": "bad phone"}
            for position in positions
        ]
        return Response(400, {}, orjson.dumps({"message": "Validation failed", "errors": errors}))
