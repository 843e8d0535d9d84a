from __future__ import annotations

import orjson

from crmsync.destinations.akita import PLUGIN
from crmsync.interfaces import Response
from crmsync.testing.destinations import DestinationContract


class TestAkita(DestinationContract):
    plugin = PLUGIN
    secrets = ("key-0123456789",)

    def table(self):
        return {"api_key": self.secrets[0]}

    def payload(self, number):
        return {
            "internal_id": f"hubspot:{number}",
            "name": f"Company {number} Åäö",
            "is_tracked": True,
            "phones": [{"label": "Main", "value": "+1 303 555 1212"}],
            "roles": [{"email": "jo@acme.com", "role_id": 6}],
            "tags": [123],
        }

    def taken(self, numbers):
        (number,) = numbers  # one account a request
        data = {"id": 1114, "internal_id": f"hubspot:{number}"}
        return Response(200, {}, orjson.dumps({"data": data}))

    def mistaken(self):
        return self.taken((1,))

    def refused(self, positions):
        assert positions == [0]
        return Response(422, {}, b'{"message":"x","errors":{"name":["bad name"]}}')
