"""Paging that is sure to end: a token may not repeat, and keyset ids must rise."""

from __future__ import annotations

from collections.abc import Iterable

from crmsync.errors import FatalError


class Tokens:
    """The page tokens of one walk. A CRM that gives one twice would be read for ever."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._seen: set[str] = set()

    def add(self, token: str) -> str:
        """Note a token and give it back.

        Raises:
            FatalError: It came before in this walk.
        """
        if token in self._seen:
            raise FatalError(
                f"{self._account}: the CRM gave the page token {token[:80]!r} twice; reading on "
                "would never end",
                hint="run again; what was read is kept. If it comes again, report it to the CRM",
            )
        self._seen.add(token)
        return token


def highest(account: str, ids: Iterable[str], last: str) -> str:
    """The highest of a keyset page's ids, where the next page goes on.

    Ids compare as numbers; what is no number is passed over.

    Args:
        account: For the message.
        ids: The page's ids, at least one.
        last: The page was asked to begin after this id; empty for the first page.

    Raises:
        FatalError: No id lies after *last*, so the same page would come again.
    """
    top = max((int(one) for one in ids if one.isdecimal()), default=-1)
    if top <= (int(last) if last else -1):
        raise FatalError(
            f"{account}: the CRM was asked for records after id {last or 0} and gave none of "
            "them; reading on would never end",
            hint="run again; what was read is kept. If it comes again, report it to the CRM",
        )
    return str(top)
