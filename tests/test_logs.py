from __future__ import annotations

import logging

from crmsync import logs


def test_an_event_carries_its_name_and_its_values(caplog):
    caplog.set_level(logging.INFO, "crmsync")
    logs.event(logs.RUN_STARTED, run_id="r1")

    (record,) = caplog.records
    assert (record.getMessage(), record.__dict__["values"]) == ("run_started", {"run_id": "r1"})


def test_a_bound_log_puts_its_values_on_every_event(caplog):
    caplog.set_level(logging.DEBUG, "crmsync")
    log = logs.bound(run_id="r1", sync="s")
    log(logs.PAGE_READ, level=logging.DEBUG, records=3)

    (record,) = caplog.records
    assert record.levelno == logging.DEBUG
    assert record.__dict__["values"] == {"run_id": "r1", "sync": "s", "records": 3}
