"""The addresses of other systems: does each take what it is told."""

from __future__ import annotations

from collections.abc import Iterator

from sidecar.bootstrap import Application
from sidecar.domain.happenings import Destination, DestinationState
from sidecar.services.doctor.results import Result, Said, ok, warning
from sidecar.services.webhooks import all_webhooks
from sidecar.services.webhooks.addresses import shown_address
from sidecar.storage.deliveries import Standing

IN_WORDS = frozenset({"timeout", "unreachable", "tls", "no_secret", "internal"})
"""Answers that are none of the server's: the catalogues have words for them."""


def calls(app: Application) -> Iterator[Result]:
    """Where nothing is called there is nothing to say."""
    with app.storage.unit(write=False) as uow:
        found = [(one, uow.destinations.standing(one.id)) for one in all_webhooks(uow)]
    wrong = [result for one, standing in found for result in _wrong(one, standing)]
    yield from wrong
    if found and not wrong:
        yield ok("calls", count=len(found))


def _wrong(one: Destination, standing: Standing) -> Iterator[Result]:
    about = shown_address(one)
    if one.state is DestinationState.GONE:
        yield warning("calls", "gone", about, id=one.id)
    elif one.state is DestinationState.ACTIVE and standing.failing_since is not None:
        answer = Said(f"call_answer.{standing.answer}") if standing.answer in IN_WORDS else standing.answer
        yield warning(
            "calls", "fails", about, id=one.id, when=standing.failing_since, answer=answer, waiting=standing.waiting
        )
    elif standing.given_up:
        yield warning("calls", "given_up", about, id=one.id, count=standing.given_up)
