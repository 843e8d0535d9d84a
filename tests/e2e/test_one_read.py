"""One run feeds four platforms from one read of the CRM; one that is down holds up no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.crms import SOURCES, asked
from tests.e2e.platforms import AKITA, CREDENTIALS, DATATALKS, FEW
from tests.e2e.world import Ended, World, present, until

AKOODA = """\
type = "akooda"
tenant_id = "{tenant}"
api_key = "${{AKOODA_API_KEY}}"
base_url = "URL/akooda"
"""
PLATFORMS = {
    "north": AKOODA.format(tenant="north"),
    "south": AKOODA.format(tenant="south"),
    "akita": f'{AKITA.lines}\nbase_url = "URL/akita"\n',
    "datatalks": f'{DATATALKS.lines}\nbase_url = "URL/datatalks"\n',
}


class Fleet(World):
    """The companies of one HubSpot account, brought to four platforms."""

    def configure(self, *, akooda: str = "", **tables: str) -> None:
        """Write the configuration; a table named as a platform has more lines for it."""
        del akooda
        self.env |= CREDENTIALS
        parts = [
            '[limits]\nretry_for = "1s"',
            f"[sources.hubspot]\n{SOURCES['hubspot'].replace('URL', self.url)}",
        ]
        for name, lines in PLATFORMS.items():
            own = lines.replace("URL", tables.get(name, self.url))
            if name == "akita":  # the one that hangs; its requests are the smallest
                own += 'timeout = "1s"'
            parts.append(f"[destinations.{name}]\n{own}")
            read = 'source = "hubspot"\nobject = "companies"'
            parts.append(f'[syncs.to-{name}]\n{read}\ndestination = "{name}"')
        (self.folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")

    def asked(self, system: str) -> int:
        """How many requests a system was asked since the sandbox's reset."""
        return asked(self.ask("/requests")["requests"], system)

    def everything(self) -> list[Any]:
        """What the platforms hold, without when they came to."""
        held = [self.held(), *(self.ask(one.held) for one in (AKITA, DATATALKS))]
        for account in held[1].values():
            for name in AKITA.own:
                account.pop(name, None)
        return [present(one) for one in held]


@pytest.fixture
def fleet(sandbox_at, tmp_path, warm) -> Fleet:
    world = Fleet(sandbox_at(*FEW), tmp_path, warm)
    world.ask("/reset", {})
    return world


@pytest.fixture(scope="module")
def apart(sandbox_at, tmp_path_factory, warm) -> tuple[list[Any], int]:
    """What the platforms hold after a run for each, and the most that one asked HubSpot."""
    world = Fleet(sandbox_at(*FEW), tmp_path_factory.mktemp("apart"), warm)
    world.ask("/reset", {})
    most = 0
    for name in PLATFORMS:
        before = world.asked("hubspot")
        assert world.run("--destination", name).code == 0
        most = max(most, world.asked("hubspot") - before)
    return world.everything(), most


def by_platform(ended: Ended, what: str) -> dict[str, Any]:
    return {sync["destination"]: sync[what] for sync in ended.json["syncs"]}


def test_four_platforms_cost_the_requests_of_one_and_get_what_each_alone_gets(fleet, apart):
    held, asked_once = apart
    first = fleet.run()
    asked_together = fleet.asked("hubspot")
    second = fleet.run("--full")

    assert (first.code, list(by_platform(first, "balanced"))) == (0, list(PLATFORMS))
    assert asked_together == sum(by_platform(first, "source_requests").values()) == asked_once
    assert fleet.everything() == held
    assert set(by_platform(second, "destination_requests").values()) == {0}
    for name in PLATFORMS:
        alone = fleet.run("--full", "--destination", name)
        assert by_platform(alone, "destination_requests") == {name: 0}


@pytest.mark.parametrize(
    ("fault", "code"),
    [("refused", 5), ("401=1", 7), ("hang=1,hang_s=3", 5), ("302", 1)],
    ids=["X04-connection-refused", "X04-401", "X04-hanging", "X04-unheard-of"],
)
@pytest.mark.fault(48, 72)
@pytest.mark.invariant(21)
def test_x04_one_platform_down_leaves_the_others_untouched(
    fleet, apart, nobody_listens, fault, code
):
    if fault == "refused":
        fleet.configure(akita=nobody_listens)
    elif fault == "302":
        fleet.configure(akita=f"{fleet.url}/_sandbox")
    else:
        fleet.faults(akita=fault)
    ended = fleet.run()

    codes = by_platform(ended, "exit_code")
    assert (ended.code, codes.pop("akita"), set(codes.values())) == (code, code, {0})
    held = fleet.everything()
    assert (held[0], held[2]) == (apart[0][0], apart[0][2])

    fleet.faults()
    fleet.configure()
    assert fleet.run().code == 0
    assert fleet.everything() == apart[0]


def test_a_run_that_is_killed_while_it_feeds_several_is_made_good_by_the_next_one(fleet, apart):
    fleet.faults(datatalks="slow=1,slow_s=0.5", akooda="hang=0.5,hang_s=3")
    with fleet.started("run") as child:
        until(lambda: fleet.asked("datatalks") and fleet.asked("akooda"))
        child.kill()
    fleet.faults()

    assert fleet.run().code == 0
    assert fleet.everything() == apart[0]


def test_x05_a_stop_reaches_every_sync_of_a_shared_read(fleet, apart):
    fleet.faults(datatalks="503=1", akita="503=1", akooda="503=1")
    with fleet.started("run", "--json") as child:
        until(lambda: all(fleet.asked(one) for one in ("akita", "akooda", "datatalks")))
        child.terminate()
        assert child.wait() == 5
    fleet.faults()

    assert fleet.run().code == 0
    assert fleet.everything() == apart[0]
