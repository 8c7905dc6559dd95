"""The addresses of other systems: does each take what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sidecar.bootstrap import Application
from sidecar.services.doctor.results import Result, Said, ok, warning
from sidecar.services.webhooks import all_webhooks
from sidecar.services.webhooks.addresses import shown_address
from sidecar.services.webhooks.troubles import Trouble, troubles

IN_WORDS = frozenset({"timeout", "unreachable", "tls", "no_secret", "internal"})
"""Answers that are none of the server's: the catalogues have words for them."""


def calls(app: Application) -> Iterator[Result]:
    """Where nothing is called there is nothing to say."""
    with app.storage.unit(write=False) as uow:
        count, found = len(all_webhooks(uow)), troubles(uow)
    for one in found:
        yield warning("calls", one.kind, shown_address(one.webhook), **_gaps(one))
    if count and not found:
        yield ok("calls", count=count)


def _gaps(one: Trouble) -> dict[str, Any]:
    standing = one.standing
    if one.kind == "fails":
        answer = Said(f"call_answer.{standing.answer}") if standing.answer in IN_WORDS else standing.answer
        return {"id": one.webhook.id, "when": standing.failing_since, "answer": answer, "waiting": standing.waiting}
    return {"id": one.webhook.id, **({"count": standing.given_up} if one.kind == "given_up" else {})}
