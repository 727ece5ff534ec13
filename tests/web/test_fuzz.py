"""Whatever comes in, by HTTP or by a socket: never a 5xx, never a defect in the log, never a dead process.

A small, bounded run of each; `UNDERSTUDY_FUZZ=200 ./understudy test tests/web/test_fuzz.py -s` tries so many of each,
and says how many that were.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import TypeAdapter
from schemathesis.generation import GenerationMode
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.web import protocol as p
from tests.studio import RunningStudio

MANY = int(os.environ.get("UNDERSTUDY_FUZZ", "0"))
# These reach out of the machine, or install for an hour: what they refuse is tested where they live.
LEFT_OUT = ("/api/jobs/lerobot.install", "/api/jobs/dataset.publish")
pytestmark = [pytest.mark.timeout(7200)] if MANY else []
NO_HTTP = "Invalid HTTP request received."  # uvicorn's own, of a request line beyond 64 kB: nobody of ours saw it
Schema = dict[str, Any]
counted: Counter[str] = Counter()
steady = {
    "deadline": None,
    "derandomize": not MANY,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data")).start()
    before = companions(running)
    yield running
    assert running.status("/health/live") == 200
    assert companions(running) == before, "none died, and none was started in its place"
    assert running.stop() == 0
    assert [line for line in running.log if "Traceback" in line or "CRITICAL" in line] == []
    print("\n" + ", ".join(f"{what}: {count:,}" for what, count in counted.items()))


def companions(studio: RunningStudio) -> dict[str, int]:
    return {name: studio.companion_pid(name) for name in ("rig", "cameras")}


def test_no_request_of_the_document_is_answered_by_a_defect(studio: RunningStudio) -> None:
    schema = schemathesis.openapi.from_dict(studio.get("/openapi.json"))
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.startswith(LEFT_OUT):
            continue
        wrong = [GenerationMode.NEGATIVE] if MANY or tried % 5 == 0 else []  # slow to make: a few in the small run
        for mode in (GenerationMode.POSITIVE, *wrong):
            with contextlib.suppress(Unsatisfiable):  # what takes nothing cannot be given something wrong
                answer_all(studio, operation, mode)
                tried += 1
        counted["operations"] += 1
    assert tried > 100
    assert [line for line in studio.log if "failed." in line and "ERROR" in line] == []


def answer_all(studio: RunningStudio, operation: Any, mode: GenerationMode) -> None:
    @settings(max_examples=MANY or 1, **steady)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Any) -> None:
        answer = case.call(base_url=studio.url, timeout=60)
        counted["requests"] += 1
        if answer.text == NO_HTTP:
            counted["not read as HTTP"] += 1
            return
        counted[f"answered {answer.status_code}" if answer.status_code >= 500 else "answered in words or data"] += 1
        assert answer.status_code < 500 or answer.status_code == 503, (case.as_curl_command(), answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0] == "application/problem+json"

    answered()


# ---- sockets


def values(schema: Schema, models: dict[str, Schema]) -> st.SearchStrategy[Any]:
    """Anything that a JSON schema allows, and now and then something else."""
    if "$ref" in schema:
        return values(models[schema["$ref"].rsplit("/", 1)[1]], models)
    if "anyOf" in schema:
        return st.one_of([values(one, models) for one in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return st.fixed_dictionaries(
                {name: values(one, models) for name, one in schema.get("properties", {}).items() if name != "id"}
            )
        case "array":
            inner = schema.get("items") or {"anyOf": schema["prefixItems"]}
            fixed = len(schema.get("prefixItems", ())) or None
            return st.lists(values(inner, models), min_size=fixed or 0, max_size=fixed or 40)
        case "string":
            return st.text(max_size=schema.get("maxLength", 90) + 1)
        case "integer":
            return st.integers(-1, 2**70)
        case "number":
            return st.floats(allow_nan=False) | st.integers(-(2**70), 2**70)
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


def messages(union: Any) -> st.SearchStrategy[str | bytes]:
    """Messages of the protocol, messages with something broken in them, and no messages at all."""
    models = TypeAdapter(union).json_schema()["$defs"]
    kinds = [values(one, models) for one in models.values() if "type" in one.get("properties", {})]
    whole = st.one_of(kinds).map(json.dumps)
    broken = st.tuples(st.one_of(kinds), st.text(max_size=9), JSON).map(lambda t: json.dumps(t[0] | {t[1]: t[2]}))
    odd = st.sampled_from(
        ['{"type": "jog", "sequence": 1, "linear_m_s": [NaN, 1e999, -0]}', "[" * 9000, '"\\ud800"', ""]
    )
    return st.one_of(whole, broken, JSON.map(json.dumps), st.text(max_size=60), st.binary(max_size=60), odd)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=MANY or 12, **steady)
@given(sent=st.lists(messages(p.ClientMessage), min_size=5, max_size=25))
def test_no_message_ends_the_studios_socket_or_meets_a_defect(studio: RunningStudio, sent: list[str | bytes]) -> None:
    with connect(f"{studio.url.replace('http', 'ws', 1)}/ws/studio?client=fuzz", max_size=2**22) as socket:
        for message in sent:
            socket.send(message)
            counted["messages to /ws/studio"] += 1
        socket.send(json.dumps({"type": "ping", "client_ms": 12345.0}))
        codes = list(replies_until_pong(socket))
    assert "failed" not in codes


def replies_until_pong(socket: ClientConnection) -> Iterator[str]:
    while (told := json.loads(socket.recv(timeout=60)))["type"] != "pong" or told["client_ms"] != 12345.0:
        if told["type"] == "reply":
            yield told["code"]


@settings(max_examples=MANY or 8, **steady)
@given(sent=st.lists(messages(p.LiveMessage), min_size=1, max_size=15))
def test_no_message_to_the_live_view_costs_more_than_its_own_socket(
    studio: RunningStudio, sent: list[str | bytes]
) -> None:
    address = f"{studio.url.replace('http', 'ws', 1)}/ws/live"
    with contextlib.suppress(ConnectionClosed), connect(address, max_size=2**22) as socket:
        for message in sent:
            socket.send(message)
            counted["messages to /ws/live"] += 1
    with connect(address, max_size=2**22) as again:
        again.send(json.dumps({"type": "watch", "cameras": ["top"]}))
        assert len(again.recv(timeout=60)) > 100
