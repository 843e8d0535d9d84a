"""Laws of an answer: what counts as taken, what as refused, and what ends the account."""

from __future__ import annotations

import pytest

from crmsync.errors import (
    BatchRejectedError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
)
from crmsync.interfaces import Response
from crmsync.testing.destinations.platform import Platform
from crmsync.testing.servers import FaultServer

NO_RECEIPT = {
    "html": b"<!doctype html><html><title>Sign in</title></html>",
    "cut": b'{"ok": tr',
    "binary": b"\x1f\x8b\x08\x00\xff",
}


class AnswerLaws(Platform):
    """A receipt for each payload, in order; nothing is believed that does not say so."""

    def test_a_batch_that_was_taken_is_answered_for(self) -> None:
        """In a word that people and the ledger can keep, on one line."""
        with self.at([self.taken(self.several)]) as (destination, _):
            answer = self.push(destination, self.several)
        assert type(answer.verified) is bool
        assert answer.status.isprintable()
        assert answer.status.strip()

    @pytest.mark.parametrize("which", ["first", "last", "first and last", "all"])
    def test_refusals_are_named_by_position_in_the_batch(self, which: str) -> None:
        """Whom the platform names is told apart from the rest, with its words."""
        first, last = self.several[0], self.several[-1]
        every = {"first": [first], "last": [last], "first and last": [first, last]}
        positions = sorted(set(every.get(which, self.several)))
        answer = self.refused(positions)
        if answer is None:
            pytest.skip("this platform's answers name nobody")
        refused, _ = self.fails(BatchRejectedError, [answer], numbers=self.several)
        assert sorted(refused.refusals) == positions
        assert all(refused.refusals.values())
        assert refused.reason

    def test_a_refused_size_says_so(self) -> None:
        """A 413 is about the batch, not about what is in it: it is split by its bytes."""
        answer = Response(413, {}, b"")
        refused, server = self.fails(BatchRejectedError, [answer], numbers=self.several)
        assert refused.too_large
        assert len(server.received) == 1

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_credentials_end_the_account(self, status: int) -> None:
        """Retrying cannot mend a wrong key; a person can, and is told how."""
        error, server = self.fails(CredentialsError, [Response(status, {}, b"{}")])
        assert error.hint
        assert len(server.received) == 1

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, status: int) -> None:
        """Credentials and data go to the configured host only."""
        with FaultServer([lambda *_: False]) as elsewhere:
            there = {"location": f"{elsewhere.url}/organizations"}
            _, server = self.fails(FatalError, [Response(status, there, b"")])
        assert (len(server.received), elsewhere.connections) == (1, 0)

    @pytest.mark.parametrize("found", list(NO_RECEIPT))
    @pytest.mark.parametrize("status", [200, 201, 202])
    def test_an_accepting_status_with_something_else_is_not_accepted(
        self, status: int, found: str
    ) -> None:
        """A proxy's page or a cut answer is no receipt."""
        error, _ = self.fails(CrmsyncError, [Response(status, {}, NO_RECEIPT[found])])
        assert isinstance(error, FatalError | RetryableError)

    @pytest.mark.parametrize("status", [203, 206, 299, 418])
    def test_a_status_that_is_none_of_the_platforms_is_not_accepted(self, status: int) -> None:
        """Nor is it tried again: something else may stand in between."""
        _, server = self.fails(FatalError, [Response(status, {}, b"{}")])
        assert len(server.received) == 1

    def test_an_answer_about_another_batch_is_not_accepted(self) -> None:
        """What it vouches for was not sent, and what was sent it does not vouch for."""
        answer = self.mistaken()
        if answer is None:
            pytest.skip("this platform's answers do not say what they are about")
        self.fails(FatalError, [answer])
