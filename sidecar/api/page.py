"""A page for the OpenAPI document: plain HTML of our own, nothing loaded from elsewhere."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from sidecar.http.access import signed_in, words

page = Blueprint("api-page", __name__)


@page.get("/docs/api", endpoint="page")
def api_page() -> ResponseReturnValue:
    if signed_in() is None:
        return redirect(url_for("pages.home"))
    with current_app.test_request_context():
        document: dict[str, Any] = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    calls = [
        (method.upper(), path, details)
        for path, methods in document["paths"].items()
        for method, details in methods.items()
        if method in ("get", "post", "put", "delete")
    ]
    return render_template("api.html", t=words(), calls=calls, url="/api/v1/openapi.json")
