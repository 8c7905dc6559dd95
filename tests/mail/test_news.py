"""A team hears its centre's news by mail: what of it, in which words, once, and not what is nobody's business there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sidecar.domain.appointments import Response
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.happenings import Delivery, DeliveryState, Destination
from sidecar.services import rota
from sidecar.services.mail import Mails, mails
from sidecar.services.telling import Outcome, Teller
from sidecar.services.telling.sending import LEASE, send_next
from sidecar.services.telling.teams import Way, add, heard_at, remove
from sidecar.storage import UnitOfWork
from tests.mail.post_office import Posted, PostOffice, open_office
from tests.scene import Scene, outing
from tests.twin import twin

TEAM, REST = "team@example.org", 120
CENTRE = Centre(id="maurepas", name="Centre social de Maurepas")


@dataclass
class Team:
    """A small world whose centre tells ``TEAM`` by way of ``office``."""

    scene: Scene
    office: PostOffice

    def teller(self) -> Teller:
        app = self.scene.application
        return Teller(app, mails(app), jitter=lambda: 0.0)

    def change(self, appointment_id: str = "cafe", **fields: Any) -> None:
        with self.scene.board() as uow:
            rota.change(uow, appointment_id, uow.appointments.get(appointment_id).version, **fields)

    def later(self, **span: float) -> None:
        self.scene.clock.forward(timedelta(**span))

    def told(self, **span: float) -> list[Posted]:
        """What came once all has rested."""
        self.later(**(span or {"seconds": REST}))
        self.teller().turn()
        posted, self.office.posted[:] = list(self.office.posted), []
        return posted

    def add(self, uow: UnitOfWork, address: str = TEAM) -> None:
        app = self.scene.application
        add(uow, Way.MAIL, address, centre_id=CENTRE.id, now=app.now(), new_id=app.new_id)


def text(posted: Posted) -> str:
    return str(posted.letter.get_content())


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with open_office() as office:
        scene = twin(tmp_path, tell_after=REST, outings=3).scene
        config = replace(
            scene.application.config,
            smtp_url=office.smtp(),
            mail_from="rotas@example.org",
            base_url="https://rotas.example.org",
        )
        scene.application = replace(scene.application, config=config)
        made = Team(scene, office)
        with scene.board() as uow:
            made.add(uow)
        made.later(seconds=1)
        yield made


def test_a_move_is_told_in_words_with_a_way_to_it_and_without_a_name(team: Team) -> None:
    before = team.scene.appointment()
    team.change(start=before.start + timedelta(hours=1), end=before.end + timedelta(hours=1))
    (posted,) = team.told()
    assert (posted.sender, posted.recipient) == ("rotas@example.org", TEAM)
    assert f"[{CENTRE.name}] {before.title}" in posted.letter["Subject"]
    assert "9:30" in text(posted) or "9 h 30" in text(posted) or "09:30" in text(posted)
    assert "https://rotas.example.org/appointments/cafe" in text(posted)
    with team.scene.reading() as uow:
        people = uow.people.all()
    assert people
    assert not [person.id for person in people if person.family_name in text(posted)]
    assert team.told() == []


def test_several_pieces_of_news_are_one_letter(team: Team) -> None:
    with team.scene.board() as uow:
        ids = [one.id for one in uow.appointments.all()]
        for one in ids:
            rota.change(uow, one, uow.appointments.get(one).version, meeting_point="Devant la poste")
        for one in ids:
            rota.cancel(uow, one)
    (posted,) = team.told()
    assert str(len(ids)) in posted.letter["Subject"]
    assert all(f"/appointments/{one}" in text(posted) for one in ids)


def test_what_asks_nothing_of_the_team_is_not_told(team: Team) -> None:
    team.change(title="Le Café")
    with team.scene.board() as uow:
        rota.answer(uow, "cafe", "anne", Response.ACCEPTED, now=team.scene.clock(), new_id=team.scene.application.new_id)
    assert team.told() == []


def test_no_title_gets_a_line_of_the_head_for_itself(team: Team) -> None:
    team.change(title="Café\r\nBcc: somebody@example.org\u2028X-Odd: 1", start=team.scene.appointment().start)
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
    (posted,) = team.told()
    assert posted.letter["Bcc"] is None
    assert posted.letter["X-Odd"] is None
    assert posted.letter["Subject"].startswith(f"[{CENTRE.name}] Café Bcc: somebody@example.org X-Odd: 1")


def test_a_letter_of_which_nobody_knows_whether_it_arrived_comes_again_as_the_same(team: Team) -> None:
    team.office.replies["."] = "250 cut"
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
    (first,) = team.told()
    del team.office.replies["."]
    (again,) = team.told(minutes=2)
    assert again.letter["Message-ID"] == first.letter["Message-ID"]
    assert again.text == first.text
    assert team.told(days=1) == []


class Killed(BaseException):
    """What no handler of ours sees."""


@dataclass(frozen=True)
class Dies(Mails):
    """Dies between the server's answer and the note of it."""

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        super().send(destination, address, deliveries)
        raise Killed


def test_what_a_process_had_sent_when_it_died_comes_again_as_the_same_letter_and_what_came_since_apart(team: Team) -> None:
    app = team.scene.application
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
        rota.cancel(uow, outing(1).id)
    team.office.replies["MAIL"] = "452 full"
    assert team.told() == []
    del team.office.replies["MAIL"]
    team.later(minutes=5)
    with team.scene.reading() as uow:
        (destination,) = heard_at(uow, Way.MAIL, CENTRE.id)
    with pytest.raises(Killed):
        send_next(app, {Way.MAIL: Dies(app, team.office.smtp())}, destination.id, lambda: 0.0)
    first = team.office.posted.pop()
    assert text(first).count("/appointments/") == 2

    with team.scene.board() as uow:
        rota.cancel(uow, outing(2).id)
    (since,) = team.told()
    assert text(since).count("/appointments/") == 1
    (again,) = team.told(seconds=LEASE.total_seconds())
    assert again.text == first.text
    assert again.letter["Message-ID"] == first.letter["Message-ID"] != since.letter["Message-ID"]
    assert team.told(days=1) == []


def test_what_came_since_an_answer_was_lost_is_a_letter_of_its_own(team: Team) -> None:
    team.office.replies["."] = "250 cut"
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
        rota.cancel(uow, outing(1).id)
    (first,) = team.told()
    del team.office.replies["."]
    with team.scene.board() as uow:
        rota.bring_back(uow, "cafe")
        rota.cancel(uow, outing(2).id)
    again, since = team.told(minutes=5)
    assert again.text == first.text
    assert text(since).count("/appointments/") == 2


@pytest.mark.parametrize("reply", ["550 who is that", "553 not that one"])
def test_an_address_that_is_refused_is_given_up_for_this_message_and_the_next_is_tried(team: Team, reply: str) -> None:
    team.office.replies[f"RCPT {TEAM}"] = reply
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
    assert team.told() == []
    del team.office.replies[f"RCPT {TEAM}"]
    assert team.told(hours=2) == []
    with team.scene.reading() as uow:
        (delivery,) = uow.deliveries.log(heard_at(uow, Way.MAIL, CENTRE.id)[0].id)
    assert (delivery.state, delivery.answer) == (DeliveryState.GIVEN_UP, "recipient")
    with team.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    assert len(team.told()) == 1


def test_what_a_server_cannot_take_now_waits_for_it(team: Team) -> None:
    team.office.replies["MAIL"] = "452 full"
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
    assert team.told() == []
    del team.office.replies["MAIL"]
    assert len(team.told(minutes=2)) == 1


def test_muted_says_nothing_to_the_mail_server(team: Team) -> None:
    app = team.scene.application
    team.scene.application = replace(app, config=replace(app.config, muted=True))
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
    assert team.told() == []
    assert team.office.said == []


def test_once_taken_away_nothing_that_waited_goes_there(team: Team) -> None:
    team.office.replies["MAIL"] = "452 full"
    with team.scene.board() as uow:
        rota.cancel(uow, "cafe")
    team.told()
    del team.office.replies["MAIL"]
    with team.scene.board() as uow:
        remove(uow, Way.MAIL, TEAM.upper(), centre=CENTRE)
    assert team.told(days=1) == []


def test_an_address_is_there_once_whatever_its_case_and_has_to_be_one(team: Team) -> None:
    with team.scene.board() as uow:
        team.add(uow, "Team@Example.org")
        assert [one.address for one in heard_at(uow, Way.MAIL, CENTRE.id)] == [TEAM]
        for wrong in ("team", "Team <team@example.org>", "a@b.org\nBcc: c@d.org", "équipe@example.org", "a@b@c", ""):
            with pytest.raises(DomainError, match="mail_address"):
                team.add(uow, wrong)
        with pytest.raises(NotFound):
            remove(uow, Way.MAIL, "other@example.org", centre=CENTRE)


def test_who_the_calendar_tells_by_itself_is_not_told_twice(team: Team) -> None:
    with team.scene.board() as uow:
        space = uow.spaces.get(team.scene.space.id)
        uow.spaces.save(replace(space, schedules=True))
        uow.people.save(replace(uow.people.get("anne"), emails=(TEAM,)))
        rota.cancel(uow, "cafe")
    assert team.told() == []
    with team.scene.board() as uow:
        uow.appointments.add(outing(7, participants=()))
    assert len(team.told()) == 1, "who does not take part hears of it here alone"
