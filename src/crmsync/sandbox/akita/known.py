"""What an Akita account's administrators have set up: roles, users, tags."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.exchange import ControlError, JSONObject
from crmsync.sandbox.options import SandboxOptions, numbers, words

# "CSM is always role_id 6": Akita's article on the accounts API, read 2026-11-21.
CSM: Final = 6


class Known:
    """The roles there are, the users with the role of customer success manager, the tags.

    Attributes:
        roles: Their ids.
        tags: Their Api IDs; None where any is taken.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.roles = numbers(options.akita_roles)
        self.tags = None if options.akita_tags is None else numbers(options.akita_tags)
        self._csms = None if options.akita_csms is None else _lower(words(options.akita_csms))

    def is_csm(self, email: str) -> bool:
        """Whether a user of that email is there and has the role."""
        return self._csms is None or email.lower() in self._csms

    def change(self, body: JSONObject) -> None:
        """Replace what is named: `roles`, `csms`, `tags`, each a list; null for any csm or tag.

        Raises:
            ControlError: A name or a value is not one.
        """
        for name, value in body.items():
            if name not in ("roles", "csms", "tags"):
                raise ControlError(f"{name}: there are roles, csms and tags")
            if not isinstance(value, list) and (value is not None or name == "roles"):
                raise ControlError(f"{name} must be a list")
            known = None if value is None else frozenset(value)
            if name == "csms":
                self._csms = None if known is None else _lower(known)
            else:
                setattr(self, name, known)


def _lower(emails: frozenset[str]) -> frozenset[str]:
    return frozenset(email.lower() for email in emails)
