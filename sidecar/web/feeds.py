"""``/feeds/<token>.ics``: private calendar feeds, cheap when nothing changed."""

from __future__ import annotations

from flask import Blueprint, Response, request

from sidecar.domain.errors import NotFound
from sidecar.http.access import application
from sidecar.services.feeds import feed_etag, render_feed
from sidecar.storage import TokenKind

feeds = Blueprint("feeds", __name__)
KINDS = (TokenKind.FEED_PERSON, TokenKind.FEED_CENTRE)


@feeds.get("/feeds/<token>.ics")
def feed(token: str) -> Response:
    """The feed, 304 where the asker has it already, 404 with the same words for every token that opens none."""
    app = application()
    with app.storage.unit(write=False) as uow:
        found = uow.tokens.check(token, KINDS)
        if found is None:
            return _nothing()
        try:
            etag = feed_etag(uow, found, app.now())
            if request.if_none_match.contains_weak(etag.removeprefix("W/").strip('"')):
                return _headers(Response(status=304), etag)
            drawn = render_feed(uow, found, app.now(), app.instance, f"{app.config.base_url}/appointments/{{id}}")
        except NotFound:
            # Whose feed it was is there no more.
            return _nothing()
    return _headers(Response(drawn.text, content_type="text/calendar; charset=utf-8"), drawn.etag)


def _headers(response: Response, etag: str) -> Response:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=900"
    return response


def _nothing() -> Response:
    return Response("404\n", status=404, content_type="text/plain; charset=utf-8")
