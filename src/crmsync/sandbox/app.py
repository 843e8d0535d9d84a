"""The ASGI app: finds the system, waits, decides on a fault, answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from time import time
from typing import Any, Final

import orjson

from crmsync.sandbox.akita.api import Akita
from crmsync.sandbox.akooda.api import Akooda
from crmsync.sandbox.atoka.api import Atoka
from crmsync.sandbox.datatalks.api import DataTalks
from crmsync.sandbox.exchange import Answer, ControlError, Headers, JSONObject, Request, Simulator
from crmsync.sandbox.faults import UNHANDLED, Dice, Fault, Faults, parse_plan
from crmsync.sandbox.hubspot.api import HubSpot
from crmsync.sandbox.lateness import Late
from crmsync.sandbox.options import SYSTEMS, SandboxOptions
from crmsync.sandbox.pipedrive.api import Pipedrive
from crmsync.sandbox.recording import Recorder
from crmsync.sandbox.salesforce.api import Salesforce
from crmsync.sandbox.tally import Tally
from crmsync.sandbox.wire import Receive, Send, Wire, compressed, http_date

TRANSPORT: Final = "crmsync.transport"
"""Where the server leaves the connection's transport in the ASGI scope's extensions."""

_CONTROL: Final = "_sandbox"
_SIMULATORS: Final[Mapping[str, Callable[[SandboxOptions], Simulator]]] = {
    "hubspot": HubSpot,
    "pipedrive": Pipedrive,
    "salesforce": Salesforce,
    "akooda": Akooda,
    "akita": Akita,
    "atoka": Atoka,
    "datatalks": DataTalks,
}
_NO_FAULTS: Final = Faults()


class Sandbox:
    """All systems under their prefixes, and the control interface."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._tally = Tally()
        self._late = Late()
        self._recorder = Recorder(options)
        self._skews = {
            "atoka": options.atoka_clock_skew_s,
            "datatalks": options.datatalks_skew_s,
        }
        self._reset()

    def _reset(self) -> None:
        options = self._options
        self._late.forget()
        self._simulators = {name: _SIMULATORS[name](options) for name in SYSTEMS}
        self._dice = {name: Dice(options.faults.get(name, _NO_FAULTS)) for name in SYSTEMS}
        self._random = random.Random(options.seed)
        self._tally.reset()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request."""
        wire = Wire(receive, send, scope["extensions"][TRANSPORT]["transport"])
        body = await wire.read_body()
        if body is None:
            return
        _, system, *rest = scope["path"].split("/", 2)
        request = _request(scope, system, "/" + "".join(rest), body)
        if system == _CONTROL:
            await wire.send(self._control(request))
        elif system in self._simulators:
            await self._serve(system, request, wire)
        else:
            names = ", ".join(f"/{name}" for name in (*SYSTEMS, _CONTROL))
            await wire.send(Answer.json(404, {"message": f"nothing here; there are {names}"}))

    async def _serve(self, system: str, request: Request, wire: Wire) -> None:
        simulator, tally = self._simulators[system], self._tally
        kind = simulator.kind(request)
        tally.asked(system, kind, len(request.body))
        number = self._recorder.asked(system, request)
        fault = self._dice[system].throw()
        if fault:
            tally.struck(f"{system}.{kind}", fault.kind, request.body)
        await self._wait()
        if fault and fault.kind == "late":
            self._recorder.cut(system, number, request, fault.kind)
            await wire.reset()
            self._late.add(fault.seconds, partial(self._handle_late, system, request, number))
            return
        now = time() + self._skews.get(system, 0.0)
        answer = _answer(
            simulator, request, fault, now, partial(self._recorder.done, system, number)
        )
        tally.answered(system, answer.status, len(answer.body))
        answer = compressed(answer, request.headers.get(b"accept-encoding", b""))
        dated = answer._replace(headers=(*answer.headers, (b"date", http_date(now))))
        self._recorder.answered(system, number, request, answer, fault)
        await _deliver(wire, dated, fault)

    def _handle_late(self, system: str, request: Request, number: int) -> None:
        answer = self._simulators[system].answer(request)
        self._recorder.done(system, number, request, answer)
        self._tally.answered(system, answer.status, len(answer.body))

    async def _wait(self) -> None:
        latency, jitter = self._options.latency_ms, self._options.jitter_ms
        if latency or jitter:
            await asyncio.sleep((latency + jitter * self._random.random()) / 1000)

    def _control(self, request: Request) -> Answer:
        try:
            return self._controlled(request.method, request.path, _json_object(request.body))
        except ControlError as error:
            return Answer.json(400, {"message": str(error)})
        except LookupError:
            message = f"there is no {request.method} /{_CONTROL}{request.path}"
            return Answer.json(404, {"message": message})

    def _controlled(self, method: str, path: str, body: JSONObject) -> Answer:
        own: dict[tuple[str, str], Callable[[JSONObject], JSONObject]] = {
            ("GET", "/requests"): lambda _: self._tally.report(),
            ("GET", "/requests/struck"): lambda _: self._tally.history(),
            ("POST", "/requests/reset"): self._reset_tally,
            ("POST", "/faults"): self._plan_faults,
            ("POST", "/reset"): self._reset_all,
            ("GET", "/late"): lambda _: {"waiting": len(self._late)},
            ("POST", "/late"): lambda _: {"handled": self._late.hurry()},
        }
        if (method, path) in own:
            return Answer.json(200, own[method, path](body))
        _, system, *rest = path.split("/", 2)
        return self._simulators[system].control(method, "/" + "".join(rest), body)

    def _reset_tally(self, body: JSONObject) -> JSONObject:
        del body
        self._tally.reset()
        return {}

    def _reset_all(self, body: JSONObject) -> JSONObject:
        del body
        self._reset()
        return {}

    def _plan_faults(self, body: JSONObject) -> JSONObject:
        """Replace the whole plan: systems that are not named have no faults then."""
        if unknown := body.keys() - set(SYSTEMS):
            raise ControlError(f"{sorted(unknown)}: the systems are {', '.join(SYSTEMS)}")
        try:
            plan = parse_plan({system: str(text) for system, text in body.items()})
        except ValueError as error:
            raise ControlError(str(error)) from error
        self._dice = {name: Dice(plan.get(name, _NO_FAULTS)) for name in SYSTEMS}
        return {}


def _json_object(body: bytes) -> JSONObject:
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise ControlError(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ControlError("the body must be a JSON object")
    return value


def _request(scope: Mapping[str, Any], system: str, path: str, body: bytes) -> Request:
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"localhost").decode("latin-1")
    query = scope["query_string"]
    target = len(scope["raw_path"]) + len(query) - len(system)
    base_url = f"http://{host}/{system}"
    raw = scope["raw_path"]
    return Request(scope["method"], path, query, headers, body, base_url, target, raw)


def _answer(
    simulator: Simulator,
    request: Request,
    fault: Fault | None,
    now: float,
    note: Callable[[Request, Answer], None],
) -> Answer:
    if fault and fault.kind in UNHANDLED:
        return _instead(simulator, fault, now)
    answer = simulator.answer(request)
    note(request, answer)
    return _gateway(504) if fault and fault.kind == "late504" else answer


def _gateway(status: int) -> Answer:
    return Answer.html(status, f"{status} from the gateway")


def _instead(simulator: Simulator, fault: Fault, now: float) -> Answer:
    """What is answered where the request is not handled."""
    if fault.kind == "html":
        return Answer.html(200, "Sign in")
    if fault.kind in ("502", "503", "504"):
        return _gateway(int(fault.kind))
    if fault.kind == "reset":
        return Answer(0)
    return simulator.failure(int(fault.kind), _retry_after(fault, now))


def _retry_after(fault: Fault, now: float) -> Headers:
    if fault.kind != "429" or fault.retry_after == "none":
        return ()
    if fault.retry_after == "date":
        return ((b"retry-after", http_date(now + 1)),)
    return ((b"retry-after", fault.retry_after.encode()),)


async def _deliver(wire: Wire, answer: Answer, fault: Fault | None) -> None:
    match fault.kind if fault else "":
        case "reset" | "lost":
            await wire.reset()
        case "hang":
            await wire.reset(fault.seconds if fault else 0)
        case "midreset":
            await wire.send_half(answer, reset=True)
        case "short":
            await wire.send_half(answer, reset=False)
        case "slow":
            await wire.dribble(answer, fault.seconds if fault else 0)
        case "cut":
            await wire.send(answer._replace(body=answer.body[: len(answer.body) // 2]))
        case _:
            await wire.send(answer)
