"""A page for the OpenAPI document: plain HTML of our own, nothing loaded from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from sidecar.http.access import visitor, words
from sidecar.http.embedding import see_other

page = Blueprint("api-page", __name__)
METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True)
class Item:
    """A parameter or a field of a body, as a reader needs it."""

    name: str
    kind: str
    required: bool


@dataclass(frozen=True)
class Call:
    """One call of the document."""

    method: str
    path: str
    told: str
    parameters: tuple[Item, ...]
    body: tuple[Item, ...]


@page.get("/docs/api", endpoint="page")
def api_page() -> ResponseReturnValue:
    if visitor() is None:
        return see_other("pages.home")
    with current_app.test_request_context():
        document: dict[str, Any] = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return render_template("api.html", t=words(), calls=calls(document), url="/api/v1/openapi.json")


def calls(document: dict[str, Any]) -> list[Call]:
    """What the document (OpenAPI 3.1) tells, flattened for reading."""
    return [
        _call(document, method, path, details)
        for path, methods in document["paths"].items()
        for method, details in methods.items()
        if method in METHODS
    ]


def _call(document: dict[str, Any], method: str, path: str, details: dict[str, Any]) -> Call:
    parameters = [_resolved(document, p) for p in details.get("parameters", ())]
    sent = details.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = _resolved(document, sent)
    required = schema.get("required", ())
    return Call(
        method=method.upper(),
        path=path,
        told=" ".join(details[name] for name in ("summary", "description") if details.get(name)).replace("``", ""),
        parameters=tuple(
            Item(p["name"], _kind(document, p.get("schema", {})), p.get("required", False))
            for p in parameters
            if p["in"] == "query"
        ),
        body=tuple(
            Item(name, _kind(document, field), name in required) for name, field in schema.get("properties", {}).items()
        ),
    )


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the document points to (OpenAPI 3.1 section 4.8.23)."""
    if "$ref" not in part:
        return part
    found: Any = document
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """``string (date-time)``, ``array of string``, or the values that may be chosen."""
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " | ".join(_kind(document, one) for one in schema[choice])
    schema = _resolved(document, schema)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    types = schema.get("type", "")
    kind = " | ".join(types) if isinstance(types, list) else str(types)
    if "items" in schema and isinstance(schema["items"], dict):
        kind = f"{kind} of {_kind(document, schema['items'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind
