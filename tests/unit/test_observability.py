"""Logs say what happened and keep secrets to themselves."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from sidecar.observability import HIDDEN, configure, get_logger, redact, redact_text


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure(level="info", format="json", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Basic bWFyaWU6bW90ZGVwYXNzZQ==", "bWFyaWU6bW90ZGVwYXNzZQ=="),
        ("{'Authorization': 'Bearer abcdefghijkl'}", "abcdefghijkl"),
        ("sent bearer abcdef123456 to it", "abcdef123456"),
        ("GET https://marie:motdepasse@dav.example.org/cal/", "motdepasse"),
        ("postgresql+psycopg://hlm:motdepasse@db/hlm refused", "motdepasse"),
        ("GET /answer?token=abc123&lang=fr", "abc123"),
        ("GET /feeds/person/s9dK3bQpLz0aXw8yT5uE.ics 200", "s9dK3bQpLz0aXw8yT5uE"),
        ("GET /feed/s9dK3bQpLz0aXw8yT5uE", "s9dK3bQpLz0aXw8yT5uE"),
        ('{"password": "motdepasse"}', "motdepasse"),
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str, secret: str) -> None:
    assert secret not in redact_text(text)
    assert HIDDEN in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "PUT /dav/cal/outings/8f14e45f-ceea-467f-a0e6-1f3d7c2b9d11.ics 201",
        "https://dav.example.org:8443/cal/",
        "basic authentication failed",
        "3 people told, 12 outings at 09:30",
        "/feeds/ 404",
    ],
)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


def test_fields_with_a_secrets_name_are_hidden_whole() -> None:
    fields = {"password": "a", "app_password": "b", "Authorization": "c", "feed_token": "d", "cookie": ["e"]}
    assert set(redact(fields).values()) == {HIDDEN}


def test_other_fields_and_sync_tokens_are_told() -> None:
    fields = {"sync_token": "http://sabre.io/ns/sync/7", "requests": 3, "password": "", "tokens_used": 5, "ok": True}
    assert redact(fields) == fields


def test_secrets_inside_nested_values_are_hidden() -> None:
    told = redact({"request": {"headers": [{"Authorization": "x"}, "Authorization: Basic eHh4eHh4eHg="]}})
    assert "eHh4" not in repr(told)
    assert "'x'" not in repr(told)


def test_a_log_line_holds_sentence_fields_and_time(log: io.StringIO) -> None:
    get_logger("sidecar.test").info("pass ended", requests=3)
    line = json.loads(log.getvalue())
    assert (line["event"], line["requests"], line["level"], line["logger"]) == ("pass ended", 3, "info", "sidecar.test")
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_told(log: io.StringIO) -> None:
    get_logger("sidecar.test").debug("detail")
    assert log.getvalue() == ""


def test_libraries_log_through_the_same_filter(log: io.StringIO) -> None:
    logging.getLogger("some.library").warning("retrying %s", "https://u:motdepasse@dav.example.org/")
    line = json.loads(log.getvalue())
    assert line["logger"] == "some.library"
    assert "motdepasse" not in log.getvalue()


def test_a_traceback_does_not_give_a_secret_away(log: io.StringIO) -> None:
    try:
        raise ConnectionError("https://u:motdepasse@dav.example.org/ did not answer")
    except ConnectionError:
        get_logger("sidecar.test").exception("no answer")
    line = json.loads(log.getvalue())
    assert "ConnectionError" in line["exception"]
    assert "motdepasse" not in log.getvalue()


def test_the_console_format_hides_the_same_and_configuring_again_does_not_double_lines(log: io.StringIO) -> None:
    stream = io.StringIO()
    configure(level="info", format="console", stream=stream)
    get_logger("sidecar.test").info("asked", password="motdepasse", href="/cal/")
    assert stream.getvalue().count("asked") == 1
    assert "motdepasse" not in stream.getvalue()
    assert "/cal/" in stream.getvalue()
    assert log.getvalue() == ""
