"""What every destination must do, done by the webhook."""

from __future__ import annotations

import orjson

from crmsync.interfaces import Response
from crmsync.testing.destinations import DestinationContract
from crmsync_webhook import PLUGIN


class TestWebhook(DestinationContract):
    plugin = PLUGIN
    secrets = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)
    anew = frozenset({"webhook-timestamp", "webhook-signature"})

    def table(self):
        return {"secret": self.secrets[0]}

    def payload(self, number):
        return {"id": f"hubspot:{number}", "name": f"Company {number} Åäö", "colour": "blue"}

    def taken(self, numbers):
        return Response(200, {}, orjson.dumps({"accepted": len(numbers)}))

    def mistaken(self):
        return self.taken((0, 1))

    def refused(self, positions):
        refused = [{"index": position, "reason": "no such owner"} for position in positions]
        return Response(422, {}, orjson.dumps({"refused": refused}))
