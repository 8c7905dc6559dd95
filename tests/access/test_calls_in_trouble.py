"""An address that takes no messages is shown to who plans and who runs the machine, by its host alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.domain.happenings import DestinationState
from sidecar.services import webhooks
from tests.access.conftest import Embedded

URL = "https://called.example.org/opens-everything?key=unsaid"
SECRETS = ("opens-everything", "unsaid", "whsec_")


def called(embedded: Embedded, centre_id: str = "") -> None:
    with embedded.scene.board() as uow:
        webhooks.add(uow, URL, centre_id=centre_id, now=embedded.scene.clock(), new_id=lambda: "w")
        uow.destinations.failed("w", rests_until=None)


@pytest.mark.parametrize(("who", "page"), [("coralie", "/"), ("coralie", "/link"), ("root", "/"), ("root", "/link")])
def test_who_plans_and_who_runs_the_machine_see_what_takes_nothing(embedded: Embedded, who: str, page: str) -> None:
    called(embedded)
    assert "called.example.org" not in embedded.get(page, who).text, "for some minutes it may be nothing"
    embedded.scene.clock.forward(timedelta(hours=1))
    text = embedded.get(page, who).text
    assert "called.example.org" in text
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("who", ["victor", "anne", "sophie"])
def test_others_see_nothing_of_it(embedded: Embedded, who: str) -> None:
    called(embedded)
    embedded.scene.clock.forward(timedelta(hours=1))
    assert "called.example.org" not in embedded.get("/", who).text


def test_another_centres_addresses_are_not_ours(embedded: Embedded) -> None:
    called(embedded, "cleunay")
    embedded.scene.clock.forward(timedelta(hours=1))
    assert "called.example.org" not in embedded.get("/", "coralie").text
    assert "called.example.org" in embedded.get("/link", "root").text


def test_what_works_again_was_paused_or_switched_itself_off_is_told_as_that(embedded: Embedded) -> None:
    called(embedded, "maurepas")
    embedded.scene.clock.forward(timedelta(hours=2))
    assert "1 adresse" in embedded.get("/", "coralie").text
    with embedded.scene.board() as uow:
        webhooks.pause(uow, "w")
    assert "called.example.org" not in embedded.get("/", "coralie").text
    with embedded.scene.board() as uow:
        uow.destinations.save(replace(uow.destinations.get("w"), state=DestinationState.GONE))
    assert "plus rien vouloir" in embedded.get("/", "coralie").text
    with embedded.scene.board() as uow:
        webhooks.resume(uow, "w", embedded.scene.clock())
    assert "called.example.org" not in embedded.get("/", "coralie").text
