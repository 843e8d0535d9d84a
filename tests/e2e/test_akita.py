"""Akita's own: one key one record, what stays unsent, how long it takes, stopped and resumed."""

from __future__ import annotations

import json
import signal

import pytest

from tests.e2e.crms import COMPANIES
from tests.e2e.platforms import AKITA, PlatformWorld, Way
from tests.e2e.world import until

CODE = "INTERNAL_ID_COLLISION"
NUMBER = 40
"""Companies: at one in two seconds more than a minute's worth."""
SLOW = "1/2s"
FIELDS = """
[syncs.hubspot-companies-akita.fields]
internal_id = { from = ["address2", "record.id"] }
"""


class AkitaWorld(PlatformWorld):
    """HubSpot's companies to Akita; a customer's own id is in `address2`, where it has one."""

    def __init__(self, *args):
        super().__init__(*args, Way(COMPANIES, AKITA))

    def configure(self, *, akooda: str = "", rate: str = "2000/1s", **tables: str) -> None:
        """Write the configuration."""
        super().configure(akooda=akooda, **tables)
        path = self.folder / "config.toml"
        text = path.read_text(encoding="utf-8").replace("2000/1s", rate) + FIELDS
        path.write_text(text, encoding="utf-8")

    def call(self, record_id: str, customer_id: str | None) -> None:
        """Give a company the customer's id."""
        self.act("set", id=record_id, properties={"address2": customer_id})

    @property
    def sent(self) -> int:
        """Accounts that the platform was sent."""
        return self.requests("akita.account")

    def refused(self) -> dict[str, str]:
        """What is in quarantine, and why."""
        found = self.crmsync("quarantine", "list", "--json").json["quarantined"]
        return {one["id"]: one["problems"][-1]["code"] for one in found}


@pytest.fixture
def world(sandbox_at, tmp_path, warm) -> AkitaWorld:
    """As many sound companies as are asked for, and an empty platform."""
    url = sandbox_at("--companies", str(NUMBER), "--deals", "0", "--nasty", "0")
    world = AkitaWorld(url, tmp_path, warm)
    world.reset()
    return world


def test_a_first_run_brings_all_and_a_second_one_sends_nothing(world):
    first = world.run()
    assert (first.code, first.sync["balanced"], first.sync["counts"]["accepted"]) == (
        0,
        True,
        NUMBER,
    )
    second = world.run("--full")
    assert (second.code, second.sync["destination_requests"], world.sent) == (0, 0, NUMBER)


def test_a02_what_people_set_by_hand_stays_until_a03_the_boundary_is_crossed(world):
    (one,) = world.act("change", count=1, set={"lifecyclestage": "lead"})
    world.run()
    assert world.held_by(AKITA)[one]["is_tracked"] is False
    world.ask("/akita/accounts", {"internal_id": one, "is_tracked": True})

    world.act("set", id=one, properties={"name": "Renamed"})
    world.run()
    held = world.held_by(AKITA)[one]
    assert (held["name"], held["is_tracked"]) == ("Renamed", True)

    world.ask("/akita/accounts", {"internal_id": one, "is_tracked": False})
    world.act("set", id=one, properties={"lifecyclestage": "customer"})
    world.run()
    assert world.held_by(AKITA)[one]["is_tracked"] is True


@pytest.mark.fault(41)
def test_a08_two_records_with_one_id_are_both_refused_until_one_has_another(world):
    first, second = world.act("change", count=2)
    world.call(first, "acme")
    world.call(second, "acme")

    ended = world.run()

    assert (ended.code, ended.sync["balanced"]) == (3, True)
    counts = ended.sync["counts"]
    assert (counts["invalid"], counts["accepted"]) == (2, NUMBER - 2)
    assert world.refused() == {first: CODE, second: CODE}
    assert "acme" not in world.held_by(AKITA)

    world.call(second, "other")
    ended = world.run()

    assert (ended.code, ended.sync["owed"], world.refused()) == (0, 0, {})
    assert {"acme", "other"} <= world.held_by(AKITA).keys()
    assert world.sent == NUMBER


def test_a08_the_one_that_was_delivered_is_refused_too_and_dry_run_shows_both(world):
    first, second = world.act("change", count=2)
    world.call(first, "acme")
    world.run()
    world.call(second, "acme")

    preview = world.crmsync("dry-run", "--full", "--format", "json")
    ended = world.run()

    shown = {one["id"]: one["action"] for one in preview.json["syncs"][0]["records"]}
    assert (shown[first], shown[second]) == ("invalid", "invalid")
    assert (ended.code, world.refused()) == (3, {first: CODE, second: CODE})
    assert world.crmsync("run", "--full", "--json").code == 0  # nothing new


@pytest.mark.parametrize(("rate", "after"), [(SLOW, 2), ("5/1s", 12)], ids=["slow", "faster"])
def test_a_run_is_stopped_at_any_moment_and_the_next_one_loses_and_doubles_nothing(
    world, rate, after
):
    world.configure(rate=rate)
    with world.started("run", "--json") as child:
        until(lambda: world.sent >= after)
        child.send_signal(signal.SIGTERM)
        out, told = child.communicate()
    report = json.loads(out)
    assert (child.returncode, report["exit_code"]) == (5, 5)
    assert report["syncs"][0]["balanced"] is True
    estimate = f"{NUMBER} to send at 30 a minute: about 78 s; it may be stopped at any moment"
    assert (estimate in told) is (rate == SLOW)
    assert world.sent < NUMBER

    world.configure()
    ended = world.run()

    assert (ended.code, ended.sync["owed"]) == (0, 0)
    assert len(world.held_by(AKITA)) == NUMBER
    assert world.sent == NUMBER


def test_a_run_that_is_killed_goes_on_and_loses_nothing(world):
    world.configure(rate="5/1s")
    with world.started("run", "--json") as child:
        until(lambda: world.sent >= 10)
        child.kill()
    world.configure()

    ended = world.run()

    assert (ended.code, ended.sync["owed"]) == (0, 0)
    assert len(world.held_by(AKITA)) == NUMBER
    assert world.sent <= NUMBER + 4  # those in flight, whose answers nobody read
