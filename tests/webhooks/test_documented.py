"""What docs/webhooks.md shows is what is sent, and its example knows our calls from others'."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sidecar.domain.appointments import AppointmentKind, AppointmentState
from sidecar.domain.happenings import HappeningKind, Part
from tests.scene import TUESDAY
from tests.webhooks.conftest import Line

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def is_genuine() -> Callable[[str, dict[str, str], bytes], bool]:
    names: dict[str, Any] = {}
    exec(compile(block("python"), "docs/webhooks.md", "exec"), names)  # noqa: S102 - our own document
    return names["is_genuine"]  # type: ignore[no-any-return]


def test_the_body_that_is_shown_is_the_one_that_is_sent(line: Line) -> None:
    line.scene.clock.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    line.change(start=TUESDAY + timedelta(hours=1), end=TUESDAY + timedelta(hours=3))
    line.tell()
    shown = json.loads(block("json").replace("https://rotas.example.org", "http://127.0.0.1:8765"))
    assert line.receiver.calls[0].said == shown


def test_the_example_takes_our_calls_and_no_others(
    line: Line, is_genuine: Callable[[str, dict[str, str], bytes], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    line.change(meeting_point="Là")
    line.tell()
    (call,) = line.receiver.calls
    sent_at = line.scene.clock().timestamp()
    monkeypatch.setattr(time, "time", lambda: sent_at)
    assert is_genuine(line.webhook.secret, call.headers, call.body)
    assert not is_genuine(line.webhook.secret, call.headers, call.body + b" ")
    assert not is_genuine("whsec_AAAA", call.headers, call.body)
    assert not is_genuine(line.webhook.secret, call.headers | {"webhook-id": "another"}, call.body)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        for spoilt in ("", "é", "²", "-1", "9" * 5000, "v1,é v1", "v2,abc"):
            assert not is_genuine(line.webhook.secret, call.headers | {name: spoilt}, call.body)
        assert not is_genuine(line.webhook.secret, {k: v for k, v in call.headers.items() if k != name}, call.body)
    monkeypatch.setattr(time, "time", lambda: sent_at + 301)
    assert not is_genuine(line.webhook.secret, call.headers, call.body)


@pytest.mark.parametrize(
    "word", [*HappeningKind, *Part, *(k for k in AppointmentKind if k != "supervision"), *AppointmentState]
)
def test_every_word_that_may_come_is_explained(word: str) -> None:
    assert word == AppointmentState.DRAFT or f"`{word}`" in TEXT
