"""Whatever a call carries is answered in words: every route is sent values of the wrong kind, and none of them breaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.api.conftest import Web

HALF = "\ud800"
"""Half of a surrogate pair: JSON can spell it, UTF-8 cannot hold it."""
ODD: tuple[Any, ...] = (
    None, True, -1, 2**63, 10**400, 1.5, "", "\0", HALF, "x" * 3000, [], [None], {"a": 1},
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "http://[", "https://a:99999/", "http://x\0/",
)  # fmt: skip
BODIES = (
    b"", b"null", b"[]", b"1", b"{", b"\xff\xfe", b"[" * 50_000, b'{"a":' * 5000, b"9" * 5000, b'{"version":1e999}',
    b'{"version":NaN}',
)  # fmt: skip
TYPES = ("application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data", "")
SOUND = {
    "kind": "outing", "centre_id": "maurepas", "title": "T", "version": 1, "role": "member", "response": "accepted",
    "start": "2026-03-03T10:00:00+01:00", "end": "2026-03-03T12:00:00+01:00", "decision": "accept", "chosen": "ours",
    "url": "https://hook.example/x", "given_name": "A", "family_name": "B", "centre": "maurepas",
}  # fmt: skip
ENDS = ("%00", "%ED%A0%80", "..%2f", "%25", "x" * 3000, "%27%20OR%201=1", str(10**30))
GAPS = {"{appointment_id}": "cafe", "{person_id}": "bruno", "{centre_id}": "maurepas"}


def calls(web: Web) -> Iterator[tuple[str, str, dict[str, Any], set[str]]]:
    """Method, path with its gaps, what stands in the document, names of the body's fields."""
    document = web.ask("GET", "/api/v1/openapi.json").json
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method in ("get", "post", "put", "delete"):
                body = _resolved(document, told.get("requestBody", {}).get("content", {}).get("application/json", {}))
                told["parameters"] = [_resolved(document, each) for each in told.get("parameters", ())]
                fields = set(_resolved(document, body.get("schema", {})).get("properties", {}))
                yield method.upper(), path, told, fields


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    found: Any = part
    while "$ref" in found:
        steps, found = found["$ref"].removeprefix("#/").split("/"), document
        for step in steps:
            found = found[step]
    return dict(found)


def filled(path: str, end: str = "none") -> str:
    for gap, example in GAPS.items():
        path = path.replace(gap, example if end == "none" else end)
    return "/".join(end if part.startswith("{") else part for part in path.split("/"))


def broke(web: Web, method: str, path: str, **sent: Any) -> list[str]:
    answer = web.client.open(path, method=method, headers={"Authorization": f"Bearer {web.token}"}, **sent)
    return [f"{method} {path[:80]} {str(sent)[:80]}: {answer.status_code}"] if answer.status_code in (500, 503) else []


@pytest.fixture
def calm(web: Web) -> Web:
    """Errors become answers, as when it is served."""
    web.app.testing = False
    web.app.config["PROPAGATE_EXCEPTIONS"] = False
    return web


def test_the_document_names_every_call_and_field(web: Web) -> None:
    prefix = "/api/v1/"
    routes = {rule.rule for rule in web.app.url_map.iter_rules() if rule.rule.startswith(prefix)} - {f"{prefix}openapi.json"}
    known = list(calls(web))
    assert {path.replace("{", "<").replace("}", ">") for _, path, _, _ in known} == routes
    assert {"place", "account", "version", "url"} <= {field for *_, fields in known for field in fields}


def test_no_body_breaks_a_call(calm: Web) -> None:
    found = [
        line
        for method, path, _, _ in calls(calm)
        if method in ("POST", "PUT")
        for body in BODIES
        for kind in TYPES
        for line in broke(calm, method, filled(path), data=body, content_type=kind)
    ]
    assert not found


def test_no_value_of_a_field_breaks_a_call(calm: Web) -> None:
    found = []
    for method, path, _, fields in calls(calm):
        sound = {name: value for name, value in SOUND.items() if name in fields}
        for field in sorted(fields):
            for odd in ODD:
                found += broke(calm, method, filled(path), json={**sound, field: odd})
            for inner in ("name", "kind", "geo") if field == "place" else ():
                for odd in (*ODD, [10**400, 1], [None, None]):
                    found += broke(calm, method, filled(path), json={**sound, "place": {"name": "P", inner: odd}})
    assert not found


def test_no_address_breaks_a_call(calm: Web) -> None:
    found = []
    for method, path, told, _ in calls(calm):
        for end in ENDS if "{" in path else ():
            found += broke(calm, method, filled(path, end), json=SOUND)
        asked = [each["name"] for each in told["parameters"] if each["in"] == "query"]
        for name in asked:
            rest = urlencode({k: v for k, v in SOUND.items() if k in asked and k not in (name, "kind")})
            for odd in ODD:
                value = quote(str(odd).encode("utf-8", "surrogatepass"))
                found += broke(calm, method, f"{filled(path)}?{rest}&{name}={value}")
    assert not found
