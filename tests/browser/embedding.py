"""A stand-in of Nextcloud's menu page and of AppAPI's proxy, as both were measured on 32.0.1 (docs/nextcloud.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

from tests.access.conftest import WHO

PROXY = "/index.php/apps/app_api/proxy/hors_les_murs/"
PAGE = "/apps/app_api/embedded/hors_les_murs/home"
ROUTES = re.compile(r"^\/?ui\/.*", re.IGNORECASE)
AROUND = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>Nextcloud</title>
<script nonce="n" src="{root}{proxy}ui/static/loader.js" defer></script></head>
<body data-themes="{theme}" style="margin: 0"><header><a href="#elsewhere">Nextcloud</a></header>
<div id="content" style="height: 90vh; display: flex"></div></body></html>"""
POLICY = "default-src 'none'; script-src 'nonce-n'; style-src 'unsafe-inline'; frame-src 'self'; connect-src 'self'"


class NextcloudStandIn:
    """WSGI. ``root``: the folder that Nextcloud is installed in; who asks stands in the cookie ``nc_user``.

    ``asked`` holds what came through the proxy, ``around`` what the page around says of itself.
    """

    def __init__(self, app: Flask, root: str = "") -> None:
        self.app, self.root = app, root
        self.asked: list[str] = []
        self.around = {"language": "fr", "theme": "dark"}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        if not request.path.startswith(f"{self.root}/"):
            return Response("elsewhere", 404)(environ, start_response)
        path = request.path.removeprefix(self.root)
        if path.removeprefix("/index.php").startswith(PAGE):
            body = AROUND.format(root=self.root, proxy=PROXY, **self.around)
            answer = Response(body, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
        elif path.startswith(PROXY):
            answer = self._proxied(request, path.removeprefix(PROXY))
        else:
            answer = Response("nothing", 404)
        return answer(environ, start_response)

    def _proxied(self, request: Request, path: str) -> Response:
        who = request.cookies.get("nc_user")
        if request.method not in ("GET", "POST", "PUT", "DELETE"):
            return Response(status=405)
        if who is None or not ROUTES.match(path):
            return Response(status=404)
        self.asked.append(f"{request.method} {path}")
        # What the client says of itself is overwritten; of repeated names the last stays.
        headers = {k: v for k, v in request.headers if k.lower() not in (WHO.lower(), "content-length", "host")}
        answer = self.app.test_client(use_cookies=False).open(
            f"/{path}",
            method=request.method,
            query_string={name: values[-1] for name, values in request.args.lists()},
            data={name: values[-1] for name, values in request.form.lists()} if request.method != "GET" else None,
            headers={**headers, WHO: who, "Content-Type": request.content_type or ""},
            follow_redirects=True,
        )
        kept = Headers([(k, v) for k, v in answer.headers if k.lower() not in ("set-cookie", "content-length")])
        kept.setdefault("Cache-Control", "private, max-age=3600")
        kept.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        if "Set-Cookie" in answer.headers:
            kept["Set-Cookie"] = answer.headers["Set-Cookie"]
        return Response(answer.data, answer.status_code, kept)
