from __future__ import annotations

import pytest

from crmsync.mapping.transforms.freemail import FREEMAIL, SOCIAL
from crmsync.mapping.transforms.suffixes import registrable


@pytest.mark.parametrize(
    "name",
    ["gmail.com", "hey.com", "tutanota.com", "telia.com", "comhem.se", "bredband.net", "pec.it"],
)
def test_well_known_providers_are_listed(name):
    assert name in FREEMAIL


@pytest.mark.parametrize("name", ["linkedin.com", "facebook.com", "x.com", "linktr.ee"])
def test_social_hosts_are_listed_apart(name):
    assert name in SOCIAL
    assert name not in FREEMAIL


@pytest.mark.parametrize("name", ["google.com", "microsoft.com", "acme.com", "apple.com"])
def test_companies_with_their_own_domain_are_in_neither_list(name):
    assert name not in FREEMAIL | SOCIAL


def test_every_entry_is_a_registrable_domain_so_that_it_can_be_met():
    assert [name for name in sorted(FREEMAIL | SOCIAL) if registrable(name) != name] == []
