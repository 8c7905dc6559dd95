"""Where a centre's team hears what is new, from the page: mail addresses and rooms, added and taken away."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import pytest

from sidecar.exapp import ExApp
from sidecar.services.telling.teams import Way, heard_at
from sidecar.smtp import Security, Smtp
from tests.access.conftest import Embedded

CENTRE = "/set-up/centres/maurepas"


@pytest.fixture
def reachable(embedded: Embedded) -> Embedded:
    """A server takes our mail, and a Nextcloud stands around us."""
    app = embedded.scene.application
    exapp = ExApp(app_id="hors_les_murs", secret="s", version="1", nextcloud_url="https://cloud.example")
    smtp = Smtp(host="mail.example", port=587, security=Security.STARTTLS)
    object.__setattr__(app, "config", replace(app.config, smtp_url=smtp, exapp=exapp))
    return embedded


def send(embedded: Embedded, **fields: str) -> Any:
    token = embedded.form_token("root", "/set-up/")
    return embedded.post(f"{CENTRE}/news", "root", {"form_token": token} | fields)


def told_at(embedded: Embedded, way: Way, centre: str = "maurepas") -> list[str]:
    with embedded.scene.reading() as uow:
        return [one.address for one in heard_at(uow, way, centre)]


def text(answer: Any) -> str:
    return html.unescape(answer.text)


def test_addresses_and_rooms_are_added_shown_and_taken_away_and_of_this_centre_alone(reachable: Embedded) -> None:
    assert send(reachable, way="mail", address=" equipe@example.org ").status_code == 200
    assert send(reachable, way="mail", address="Equipe@example.org").status_code == 200
    assert send(reachable, way="talk", address="https://cloud.example.org/call/ab12cd34").status_code == 200
    assert (told_at(reachable, Way.MAIL), told_at(reachable, Way.TALK)) == (["equipe@example.org"], ["ab12cd34"])
    assert told_at(reachable, Way.MAIL, "cleunay") == []
    page = text(reachable.get(CENTRE, "root"))
    assert "Ne plus rien envoyer à equipe@example.org" in page and "Ne plus rien envoyer à ab12cd34" in page
    assert "equipe@example.org" not in text(reachable.get("/set-up/centres/cleunay", "root"))
    assert send(reachable, way="mail", address="equipe@example.org", take="1").status_code == 200
    assert (told_at(reachable, Way.MAIL), told_at(reachable, Way.TALK)) == ([], ["ab12cd34"])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"way": "mail", "address": "Equipe <equipe@example.org>"}, "Écrivez-la seule"),
        ({"way": "mail", "address": "a@b.org\r\nBcc: c@d.org"}, "Écrivez-la seule"),
        ({"way": "talk", "address": "../room"}, "n'est pas un salon Talk"),
        ({"way": "mail", "address": "autre@example.org", "take": "1"}, "n'envoie rien à cette adresse"),
    ],
)
def test_what_is_no_address_is_said_and_what_was_typed_stays(reachable: Embedded, fields: dict[str, str], told: str) -> None:
    answer = send(reachable, **fields)
    assert (answer.status_code, told in text(answer)) == (422, True)
    assert (told_at(reachable, Way.MAIL), told_at(reachable, Way.TALK)) == ([], [])
    if "take" not in fields and "\n" not in fields["address"]:
        assert f'value="{fields["address"]}"' in text(answer)


def test_where_nobody_can_be_told_so_nothing_is_added_and_what_stands_can_go(
    embedded: Embedded, reachable: Embedded
) -> None:
    send(reachable, way="mail", address="equipe@example.org")
    app = embedded.scene.application
    object.__setattr__(app, "config", replace(app.config, smtp_url=None, exapp=None))
    page = text(embedded.get(CENTRE, "root"))
    assert "Il n'y a pas de serveur d'envoi" in page and 'id="news-mail"' not in page and 'id="news-talk"' not in page
    answer = send(embedded, way="mail", address="autre@example.org")
    assert (answer.status_code, "HLM_SMTP_URL" in text(answer)) == (422, True)
    assert told_at(embedded, Way.MAIL) == ["equipe@example.org"]
    send(embedded, way="mail", address="equipe@example.org", take="1")
    assert told_at(embedded, Way.MAIL) == []


def test_it_is_in_the_audit_trail_who_added_what(reachable: Embedded) -> None:
    send(reachable, way="mail", address="equipe@example.org")
    with reachable.scene.reading() as uow:
        (destination,) = heard_at(uow, Way.MAIL, "maurepas")
        (entry,) = uow.audit.of("destination", destination.id)
    assert entry.actor == "page:root"
