"""Exchanges with Nextcloud 32.0.1 and its AppAPI as they were recorded, played again.

Each file of ``recordings`` says the versions, and for each exchange whose request it was (``ours`` or ``theirs``), the
request as it was sent (without the signature's secret, without cookies) and the answer as it came.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from sidecar.exapp import ExApp
from tests.unit.dav.standin import Asked, StandIn, raw, standing_in

SIGNATURE = "AUTHORIZATION-APP-API"
NOT_TOLD = {"host", "user-agent", "accept-encoding", "connection", "content-length"}
"""What does not matter, or belongs to the library that sends."""


def recording(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "recordings" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def names() -> list[str]:
    return sorted(file.stem for file in (Path(__file__).parent / "recordings").glob("*.json"))


def _account(signature: str) -> str:
    return base64.b64decode(signature).decode().partition(":")[0]


def _differences(asked: Asked, exchange: dict[str, Any]) -> list[str]:
    """What our request says today and did not say when it was recorded, or the other way round."""
    found = []
    if (asked.method, asked.path) != (exchange["method"], exchange["path"]):
        found.append(f"{asked.method} {asked.path}, not {exchange['method']} {exchange['path']}")
    wanted = {name.lower(): value for name, value in exchange["headers"].items()}
    told = {name: value for name, value in asked.headers.items() if name not in NOT_TOLD}
    signed, recorded = told.pop(SIGNATURE.lower(), ""), wanted.pop(SIGNATURE.lower(), ":")
    if _account(signed) != recorded.partition(":")[0]:
        found.append(f"signed as {_account(signed)!r}, not {recorded!r}")
    if told != wanted:
        found.append(f"headers {told}, not {wanted}")
    if asked.body.decode() != exchange["body"]:
        found.append(f"body {asked.body.decode()!r}, not {exchange['body']!r}")
    return found


@contextmanager
def nextcloud(*names: str) -> Iterator[StandIn]:
    """Answers as recorded, in that order; what was asked otherwise than recorded fails the test at its end."""
    left = [exchange for name in names for exchange in recording(name)["exchanges"] if exchange["who"] == "ours"]
    wrong: list[str] = []

    def answer(asked: Asked) -> bytes:
        if not left:
            wrong.append(f"one request too many: {asked.method} {asked.path}")
            return raw(599)
        exchange = left.pop(0)
        wrong.extend(_differences(asked, exchange))
        headers = dict(exchange["answer_headers"])
        return raw(exchange["status"], exchange["answer"].encode(), headers.pop("Content-Type", ""), **headers)

    with standing_in(answer) as server:
        yield server
    assert not wrong, "\n".join(wrong)
    assert not left, f"never asked for: {[(e['method'], e['path']) for e in left]}"


def their_requests(name: str) -> list[dict[str, Any]]:
    return [exchange for exchange in recording(name)["exchanges"] if exchange["who"] == "theirs"]


def send_again(web: FlaskClient, exapp: ExApp, exchange: dict[str, Any]) -> Any:
    """Send us what Nextcloud sent us then, signed with today's secret; the answer."""
    headers = dict(exchange["headers"])
    if SIGNATURE in headers:
        headers[SIGNATURE] = exapp.headers(headers[SIGNATURE].partition(":")[0])[SIGNATURE]
    return web.open(exchange["path"], method=exchange["method"], data=exchange["body"].encode(), headers=headers)
