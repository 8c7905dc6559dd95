"""Refusals as answers: problem details for the API (RFC 9457), a page for people; one place for both."""

from __future__ import annotations

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from calendars.errors import CalendarsError
from sidecar.domain.errors import DomainError, NotAllowed, NotFound, NotNow, PublishingBlocked, StaleVersion
from sidecar.http.access import PlatformAway, words
from sidecar.observability import get_logger
from sidecar.services.locking import SpaceBusy
from sidecar.storage import StorageError

log = get_logger(__name__)
STATUS: dict[type[DomainError], int] = {
    NotAllowed: 403,
    NotFound: 404,
    StaleVersion: 409,
    PublishingBlocked: 409,
    NotNow: 409,
    SpaceBusy: 409,
    PlatformAway: 503,
}
STORED = {"storage_reference": 409, "storage_duplicate": 409, "storage_bad_value": 422}
"""What was sent cannot be kept; anything else is the database's own trouble."""
SENTENCES = {401: "unauthorised", 404: "not_found", 405: "method", 413: "too_large", 422: "invalid", 400: "invalid"}


def register_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(StorageError, _storage)
    app.register_error_handler(CalendarsError, _server)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def for_api() -> bool:
    return request.path.startswith("/api/")


def problem(status: int, detail: str, **more: object) -> Response:
    """``application/problem+json`` with the sentence for people in ``detail``."""
    response = jsonify({"type": "about:blank", "status": status, "detail": detail, **more})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def in_words(error: DomainError | CalendarsError) -> str:
    """The sentence for people of what was refused, or of what a server did."""
    if isinstance(error, DomainError):
        return words()(f"error.{error.code}", **_gaps(error.details))
    return words()(f"error.dav.{type(error).__name__}", detail=str(error))


def _domain(error: DomainError) -> Response | tuple[str, int]:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    sentence = in_words(error)
    if not for_api():
        return page_of_error(status, sentence)
    more: dict[str, object] = {"code": error.code}
    if isinstance(error, StaleVersion):
        more["changed"] = {k: {"yours": str(v[0]), "theirs": str(v[1])} for k, v in dict(error.details["changed"]).items()}  # type: ignore[call-overload]
    return problem(status, sentence, **more)


def _storage(error: StorageError) -> Response | tuple[str, int]:
    log.exception("storage_failed", code=error.code)
    status = STORED.get(error.code, 503)
    sentence = words()(f"error.{error.code}", **_gaps(error.details))
    return problem(status, sentence, code=error.code) if for_api() else page_of_error(status, sentence)


def _server(error: CalendarsError) -> Response | tuple[str, int]:
    """A calendar server that was asked for this answer does not give what it needs."""
    sentence = in_words(error)
    return problem(502, sentence, code=type(error).__name__) if for_api() else page_of_error(502, sentence)


def _http(error: HTTPException) -> Response | tuple[str, int]:
    status = error.code or 500
    key = SENTENCES.get(status, "failed")
    if for_api():
        data = getattr(error, "data", None) or {}
        answer = problem(status, words()(f"problem.{key}"), **({"errors": data["messages"]} if "messages" in data else {}))
        for name, value in error.get_headers():
            if name in ("Allow", "WWW-Authenticate", "Retry-After"):
                answer.headers[name] = value
        return answer
    return page_of_error(status, words()("page.not_found" if status in (404, 405) else "page.failed"))


def _unexpected(error: Exception) -> Response | tuple[str, int]:
    log.exception("unexpected", kind=type(error).__name__)
    return problem(500, words()("problem.failed")) if for_api() else page_of_error(500, words()("page.failed"))


def page_of_error(status: int, sentence: str) -> tuple[str, int]:
    return render_template("error.html", t=words(), sentence=sentence), status


def _gaps(details: dict[str, object]) -> dict[str, object]:
    return {k: v if isinstance(v, str | int | float | tuple) else str(v) for k, v in details.items()}
