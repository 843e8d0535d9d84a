"""What every destination must do, as tests: subclass `DestinationContract`.

    class TestYourPlatform(DestinationContract):
        plugin = PLUGIN
        secrets = ("key-0123456789",)

        def table(self): return {"api_key": "key-0123456789"}
        def payload(self, number): ...
        def taken(self, numbers): ...
        def refused(self, positions): ...

The plugin is opened as the configuration opens it, and speaks real HTTP to a server on
loopback that answers as the law wants. Time is made up: nothing waits but for an answer that
never comes. For failures that show the values compared, put
`pytest.register_assert_rewrite("crmsync.testing")` into your `conftest.py`.
"""

from __future__ import annotations

from crmsync.testing.destinations.accounts import AccountLaws
from crmsync.testing.destinations.answers import AnswerLaws
from crmsync.testing.destinations.batches import BatchLaws
from crmsync.testing.destinations.losses import LossLaws
from crmsync.testing.destinations.patience import PatienceLaws
from crmsync.testing.destinations.secrecy import SecrecyLaws
from crmsync.testing.destinations.values import ValueLaws

__all__ = ["DestinationContract"]


class DestinationContract(
    BatchLaws, AnswerLaws, LossLaws, PatienceLaws, SecrecyLaws, AccountLaws, ValueLaws
):
    """The contract of `crmsync.interfaces.Destination` and its plugin.

    What a subclass gives is told at `crmsync.testing.destinations.platform.Platform`.
    """
