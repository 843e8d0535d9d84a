from __future__ import annotations

from crmsync.destinations.datatalks import PLUGIN
from crmsync.testing.destinations import DestinationContract
from tests.destinations.datatalks.account import LEAST, answer


class TestDataTalks(DestinationContract):
    plugin = PLUGIN
    secrets = (LEAST["access_key_id"], LEAST["secret_access_key"])
    anew = frozenset({"authorization", "x-amz-date"})

    def table(self):
        return LEAST

    def payload(self, number):
        return {
            "crm_id": f"hubspot:{number}",
            "group_key": "abc123",
            "company_name": f"Company {number} Åäö",
            "segments": ["Technology"],
            "owners": {"jo@acme.com": "ACCOUNT MANAGER", "al@acme.com": "CSM"},
        }

    def taken(self, numbers):
        assert len(numbers) == 1  # one record a request
        return answer()

    def refused(self, positions):
        assert positions == [0]
        return answer(400, {"success": False, "messages": ["bad phone"], "requestId": "r-2"})
