from __future__ import annotations

import orjson

from crmsync.destinations.akita import PLUGIN
from crmsync.destinations.akita.client import Akita
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.interfaces import Response
from crmsync.testing.destinations import DestinationContract


def answer(internal_id: str) -> Response:
    return Response(200, {}, orjson.dumps({"data": {"id": 1114, "internal_id": internal_id}}))


class TestAkita(DestinationContract):
    plugin = PLUGIN
    secrets = ("key-0123456789",)

    def open(self, transport, context):
        settings = AkitaSettings.model_validate({"api_key": self.secrets[0]})
        return Akita(settings, context, transport)

    def payload(self, number):
        return {
            "internal_id": f"hubspot:{number}",
            "name": f"Company {number} Åäö",
            "is_tracked": True,
            "phones": [{"label": "Main", "value": "+1 303 555 1212"}],
            "roles": [{"email": "jo@acme.com", "role_id": 6}],
            "tags": [123],
        }

    def taken(self):
        return answer("hubspot:0")

    def mistaken(self):
        return answer("hubspot:1")

    def refused(self, positions):
        assert positions == (0, 0)  # one account a request
        return Response(422, {}, b'{"message":"x","errors":{"name":["bad name"]}}')
