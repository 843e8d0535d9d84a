from __future__ import annotations

from crmsync.destinations.datatalks import PLUGIN
from crmsync.interfaces import Response
from crmsync.testing.destinations import DestinationContract
from tests.destinations.datatalks.account import LEAST, answer, opened


class TestDataTalks(DestinationContract):
    plugin = PLUGIN
    secrets = (LEAST["access_key_id"], LEAST["secret_access_key"])

    def open(self, transport, context):
        return opened(transport, context.clock)

    def payload(self, number):
        return {
            "crm_id": f"hubspot:{number}",
            "group_key": "abc123",
            "company_name": f"Company {number} Åäö",
            "segments": ["Technology"],
            "owners": {"jo@acme.com": "ACCOUNT MANAGER", "al@acme.com": "CSM"},
        }

    def taken(self):
        return answer()

    def refused(self, positions) -> Response:
        assert set(positions) == {0}
        return answer(400, {"success": False, "messages": ["bad phone"], "requestId": "r-2"})
