"""What people are told in Nextcloud: in their own list of notifications, and in a team's room in Talk."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sidecar.cli.talking import talk
from sidecar.domain.access import EVERYWHERE, HolderKind, Role
from sidecar.domain.appointments import (
    AppointmentState,
    Outing,
    Participation,
    Response,
    SupervisionSlot,
)
from sidecar.domain.bindings import Conflict, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.domain.happenings import Destination
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.domain.places import Place
from sidecar.nextcloud import channels
from sidecar.nextcloud.channels import NOTIFICATIONS, OF_PEOPLE, Notifications, Rooms
from sidecar.nextcloud.registration import declare
from sidecar.services import rota
from sidecar.services.access import grant_role
from sidecar.services.telling import Teller
from sidecar.services.telling.teams import Way
from sidecar.services.telling.wording import MANY, OF_TEAMS
from tests.nextcloud.conftest import Installed
from tests.nextcloud.standin import APP

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = datetime(2026, 3, 3, 9, 30, tzinfo=PARIS)
REST = timedelta(minutes=2)


@dataclass
class News:
    """A centre whose Awa and Yann have accounts and go out on Tuesday; its coordinators are a group."""

    installed: Installed
    teller: Teller
    centre_id: str

    def change(self, appointment_id: str = "cafe", **fields: object) -> None:
        with self.installed.application.storage.unit(actor="coordinator") as uow:
            rota.change(uow, appointment_id, uow.appointments.get(appointment_id).version, **fields)

    def respond(self, person_id: str, response: Response) -> None:
        app = self.installed.application
        with app.storage.unit(actor="coordinator") as uow:
            rota.answer(uow, "cafe", person_id, response, now=app.now(), new_id=app.new_id)

    def told(self) -> list[tuple[str, str]]:
        """Account and text of each notification, once all has rested; then none is there."""
        self.installed.clock.forward(REST)
        self.teller.turn()
        found = [(account, params["subject_params"]["rich_subject"]) for account, params in self.installed.api.notifications]
        self.installed.api.notifications.clear()
        return sorted(found)


def person(id: str, centre_id: str, account: str | None) -> Person:
    return Person(
        id=id, given_name=id.title(), family_name="Le Goff", kind=PersonKind.VOLUNTEER, account=account,
        memberships=(Membership(centre_id=centre_id),),
    )  # fmt: skip


@pytest.fixture
def news(installed: Installed) -> News:
    app = installed.application
    installed.bound("/remote.php/dav/calendars/service/outings/")
    installed.api.groups |= {"awa": [], "yann": [], "service": ["coordinators"]}
    with app.storage.unit(actor="test") as uow:
        centre = uow.centres.save(replace(uow.centres.all()[0], language="en"))
        for id, account in (("awa", "awa"), ("yann", "yann"), ("zoe", None)):
            uow.people.add(person(id, centre.id, account))
        uow.initiatives.add(Initiative(id="i", centre_id=centre.id, name="Café"))
        grant_role(
            uow,
            Role.COORDINATOR,
            centre_id=centre.id,
            holder_kind=HolderKind.GROUP,
            holder="coordinators",
            new_id=app.new_id,
        )
        team = tuple(Participation(person_id=id) for id in ("awa", "yann", "zoe"))
        times = {"start": TUESDAY, "end": TUESDAY + timedelta(hours=3), "state": AppointmentState.PUBLISHED}
        uow.appointments.add(
            Outing(id="cafe", centre_id=centre.id, title="Café", initiative_id="i", participants=team, **times)
        )
        uow.appointments.add(
            SupervisionSlot(id="sup", centre_id=centre.id, title="Relecture", participants=team[:1], **times)
        )
        uow.destinations.add(Destination(id=NOTIFICATIONS, channel=NOTIFICATIONS, kinds=OF_PEOPLE, since=app.now()))
    installed.clock.forward(timedelta(seconds=1))
    client = installed.client
    made = News(installed, Teller(app, [Notifications(client), Rooms(client)], jitter=lambda: 0.0), centre.id)
    assert made.told() == []
    return made


def test_who_takes_part_is_told_that_an_outing_moved(news: News) -> None:
    news.change(start=TUESDAY + timedelta(hours=2), end=TUESDAY + timedelta(hours=5))
    text = "Café: moved. Before: Tuesday 3 March, 9:30; now: Tuesday 3 March, 11:30."
    news.installed.clock.forward(REST)
    news.teller.turn()
    (_, params), *_ = news.installed.api.notifications
    assert params["subject_params"]["link"] == news.installed.application.config.base_url + "/appointments/cafe"
    assert (params["object"], params["object_id"]) == ("appointment", "cafe")
    assert news.told() == [("awa", text), ("yann", text)]


def test_a_slip_that_is_undone_is_told_to_nobody(news: News) -> None:
    news.change(start=TUESDAY + timedelta(hours=2), end=TUESDAY + timedelta(hours=5))
    news.change(start=TUESDAY, end=TUESDAY + timedelta(hours=3))
    assert news.told() == []


def test_cancelled_brought_back_and_moved_elsewhere_are_told(news: News) -> None:
    with news.installed.application.storage.unit(actor="coordinator") as uow:
        rota.cancel(uow, "cafe")
    assert news.told() == [(who, "Café, Tuesday 3 March, 9:30: called off.") for who in ("awa", "yann")]
    with news.installed.application.storage.unit(actor="coordinator") as uow:
        rota.bring_back(uow, "cafe")
    assert news.told() == [(who, "Café, Tuesday 3 March, 9:30: planned again.") for who in ("awa", "yann")]
    news.change(place=Place(name="Marché"))
    assert news.told() == [(who, "Café (Tuesday 3 March, 9:30): another place, Marché.") for who in ("awa", "yann")]


def test_a_change_of_the_team_alone_is_left_to_the_calendar(news: News) -> None:
    news.change(participants=(Participation(person_id="awa"), Participation(person_id="zoe")))
    assert news.told() == []


def test_coordinators_hear_who_declined_and_who_declined_hears_no_more_of_it(news: News) -> None:
    news.respond("yann", Response.DECLINED)
    text = "Cannot come: Yann Le Goff. Café, Tuesday 3 March, 9:30."
    assert news.told() == [("marie", text), ("service", text)]
    with news.installed.application.storage.unit(actor="coordinator") as uow:
        rota.cancel(uow, "cafe")
    assert [who for who, _ in news.told()] == ["awa"]


def test_coordinators_hear_what_is_to_be_chosen(news: News) -> None:
    app = news.installed.application
    with app.storage.unit(actor="sync") as uow:
        conflict = Conflict(
            id="x", centre_id=news.centre_id, subject_kind=SubjectKind.APPOINTMENT, subject_id="cafe", field="summary",
            base="Café", ours="Café", theirs="Thé", why="both_changed", at=app.now(),
        )  # fmt: skip
        uow.conflicts.add(conflict)
        uow.conflicts.add(replace(conflict, id="y", subject_id="sup", version=0))
    told = news.told()
    assert [who for who, _ in told] == ["marie", "service"]
    assert "Café" in told[0][1]


def test_of_a_supervision_its_own_people_hear_and_nobody_else(news: News) -> None:
    app = news.installed.application
    with app.storage.unit(actor="test") as uow:
        grant_role(uow, Role.ADMIN, centre_id=EVERYWHERE, holder_kind=HolderKind.ACCOUNT, holder="root", new_id=app.new_id)
        rota.answer(uow, "sup", "awa", Response.TENTATIVE, now=app.now(), new_id=app.new_id)
        uow.destinations.add(Destination(id="t", channel=Way.TALK, address="team", kinds=OF_TEAMS, since=app.now()))
    news.installed.api.rooms["team"] = []
    news.installed.clock.forward(timedelta(seconds=1))
    news.change("sup", start=TUESDAY + timedelta(days=1), end=TUESDAY + timedelta(days=1, hours=1))
    assert [who for who, _ in news.told()] == ["awa"]
    assert news.installed.api.rooms["team"] == []


def test_many_at_once_are_one_line(news: News) -> None:
    with news.installed.application.storage.unit(actor="test") as uow:
        for number in range(MANY):
            start = TUESDAY + timedelta(days=number + 1)
            uow.appointments.add(
                replace(uow.appointments.get("cafe"), id=f"more{number}", start=start, end=start, version=0)
            )
    assert news.told() == []
    for id in ("cafe", *(f"more{number}" for number in range(MANY))):
        news.change(id, place=Place(name="Marché"))
    assert ("awa", f"{MANY + 1} pieces of news in the rota.") in news.told()


def test_an_account_that_is_gone_holds_up_nobody(news: News) -> None:
    del news.installed.api.groups["awa"]
    news.change(place=Place(name="Marché"))
    assert [who for who, _ in news.told()] == ["yann"]
    news.installed.clock.forward(timedelta(days=1))
    assert news.told() == []


def test_a_nextcloud_in_trouble_is_told_later_and_nobody_twice(news: News) -> None:
    news.respond("yann", Response.DECLINED)
    news.installed.api.failing[:] = [500]
    assert news.told() == []
    news.installed.clock.forward(timedelta(minutes=5))
    assert [who for who, _ in news.told()] == ["marie", "service"]
    assert news.told() == []


def test_who_of_a_group_was_told_is_not_told_again_when_it_breaks_off(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    tell, asked = news.installed.client._wire.send, list[str]()

    def breaks(method: str, path: str, *arguments: object, account: str = "", **options: object) -> object:
        if path.endswith("/notification"):
            asked.append(account)
            if asked == ["marie", "service"]:
                news.installed.api.failing.append(500)
        return tell(method, path, *arguments, account=account, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(news.installed.client._wire, "send", breaks)
    news.respond("yann", Response.DECLINED)
    assert [who for who, _ in news.told()] == ["marie"]
    news.installed.clock.forward(timedelta(minutes=5))
    assert [who for who, _ in news.told()] == ["service"]


def test_what_came_since_somebody_of_a_group_was_told_is_told_to_them_too(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marie hears of the first, then it breaks off; many more come before it is tried again."""
    tell, asked = news.installed.client._wire.send, list[str]()

    def breaks(method: str, path: str, *arguments: object, account: str = "", **options: object) -> object:
        if path.endswith("/notification"):
            asked.append(account)
            if asked == ["marie", "service"]:
                news.installed.api.failing.append(500)
        return tell(method, path, *arguments, account=account, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(news.installed.client._wire, "send", breaks)
    app = news.installed.application
    with app.storage.unit(actor="test") as uow:
        for number in range(MANY):
            start = TUESDAY + timedelta(days=number + 1)
            uow.appointments.add(
                replace(uow.appointments.get("cafe"), id=f"more{number}", start=start, end=start + REST, version=0)
            )
    news.told()
    news.respond("yann", Response.DECLINED)
    assert [who for who, _ in news.told()] == ["marie"]
    for number in range(MANY):
        with app.storage.unit(actor="coordinator") as uow:
            rota.answer(uow, f"more{number}", "yann", Response.DECLINED, now=app.now(), new_id=app.new_id)
    news.installed.clock.forward(timedelta(minutes=5))
    assert [who for who, _ in news.told()] == ["marie"] * MANY + ["service"] * (MANY + 1)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_one_of_a_group_who_cannot_be_told_holds_up_nobody_else_of_it(
    news: News, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = news.installed.client._wire.send

    def refuses(method: str, path: str, *arguments: object, account: str = "", **options: object) -> object:
        if path.endswith("/notification") and account == "marie":
            news.installed.api.failing.append(status)
        return tell(method, path, *arguments, account=account, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(news.installed.client._wire, "send", refuses)
    news.respond("yann", Response.DECLINED)
    assert [who for who, _ in news.told()] == ["service"]
    assert news.told() == []


def test_a_coordinator_who_declines_is_not_told_of_it(news: News) -> None:
    news.installed.api.groups["yann"] = ["coordinators"]
    news.respond("yann", Response.DECLINED)
    assert [who for who, _ in news.told()] == ["marie", "service"]


def test_who_declines_many_times_is_not_told_of_that_and_the_others_in_one_line(news: News) -> None:
    app = news.installed.application
    news.installed.api.groups["yann"] = ["coordinators"]
    with app.storage.unit(actor="test") as uow:
        for number in range(MANY):
            start = TUESDAY + timedelta(days=number + 1)
            uow.appointments.add(
                replace(uow.appointments.get("cafe"), id=f"more{number}", start=start, end=start + REST, version=0)
            )
    news.told()
    news.respond("yann", Response.DECLINED)
    for number in range(MANY):
        with app.storage.unit(actor="page:yann") as uow:
            rota.answer(uow, f"more{number}", "yann", Response.DECLINED, now=app.now(), new_id=app.new_id)
    text = f"{MANY + 1} pieces of news in the rota."
    assert news.told() == [("marie", text), ("service", text)]
    news.installed.clock.forward(timedelta(hours=1))
    assert news.told() == []


@pytest.mark.parametrize("withdrawn", ["role", "account", "active"])
def test_who_left_or_lost_the_role_before_it_arrived_is_not_told(news: News, withdrawn: str) -> None:
    app = news.installed.application
    news.respond("yann", Response.DECLINED)
    news.change(place=Place(name="Marché"))
    news.installed.api.failing[:] = [500]
    assert news.told() == []
    with app.storage.unit(actor="test") as uow:
        if withdrawn == "role":
            (grant,) = uow.grants.all()
            uow.grants.remove(grant.id)
        else:
            lost = {"account": None} if withdrawn == "account" else {"active": False}
            uow.people.save(replace(uow.people.get("awa"), **lost))
    news.installed.clock.forward(timedelta(hours=1))
    told = {who for who, _ in news.told()}
    assert told == ({"awa"} if withdrawn == "role" else {"marie", "service"})


def test_a_large_group_is_told_in_parts_each_within_its_lease(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "LONGEST", -1.0)
    news.respond("yann", Response.DECLINED)
    told = [who for who, _ in news.told()]
    for _ in range(3):
        news.installed.clock.forward(timedelta(hours=1))
        told += [who for who, _ in news.told()]
    assert told == ["marie", "service"]


def test_a_room_hears_its_centres_outings_without_names(news: News) -> None:
    app = news.installed.application
    news.installed.api.rooms["team"] = []
    with app.storage.unit(actor="test") as uow:
        uow.destinations.add(
            Destination(id="t", channel=Way.TALK, address="team", centre_id=news.centre_id, kinds=OF_TEAMS, since=app.now())
        )
    news.installed.clock.forward(timedelta(seconds=1))
    news.respond("yann", Response.DECLINED)
    news.told()
    ((account, text),) = news.installed.api.rooms["team"]
    assert account == "service"
    assert text.startswith("Café, Tuesday 3 March, 9:30: somebody is missing. Who can come?")
    assert "Yann" not in text
    assert text.endswith("/appointments/cafe")


@pytest.mark.parametrize(
    "title", ["Café @all", '@"group/coordination" et @marie', "Café {mention-call1}", "x @\u2060 @here"]
)
def test_a_title_pings_nobody_in_a_room(news: News, title: str) -> None:
    app = news.installed.application
    news.installed.api.rooms["team"] = []
    with app.storage.unit(actor="test") as uow:
        uow.destinations.add(Destination(id="t", channel=Way.TALK, address="team", kinds=OF_TEAMS, since=app.now()))
    news.installed.clock.forward(timedelta(seconds=1))
    news.change(title=title, place=Place(name="Marché"))
    news.told()
    ((_, text),) = news.installed.api.rooms["team"]
    assert "Marché" in text
    # What Nextcloud takes for a mention begins with the sign and one of these; what Talk fills in stands in braces.
    assert re.findall(r"@[\w\"'.=+@-]|[{}]", text) == []


def test_a_room_that_is_not_there_is_given_up(news: News) -> None:
    app = news.installed.application
    with app.storage.unit(actor="test") as uow:
        uow.destinations.add(Destination(id="t", channel=Way.TALK, address="nowhere", kinds=OF_TEAMS, since=app.now()))
    news.installed.clock.forward(timedelta(seconds=1))
    news.change(place=Place(name="Marché"))
    news.told()
    with app.storage.unit(write=False) as uow:
        (delivery,) = uow.deliveries.log("t")
        assert (str(delivery.state), delivery.answer) == ("given_up", "404")


def test_being_declared_makes_us_listen_once(installed: Installed) -> None:
    for _ in range(2):
        assert list(declare(installed.client))
    with installed.application.storage.unit(write=False) as uow:
        (destination,) = uow.destinations.all()
        assert (destination.id, destination.kinds) == (NOTIFICATIONS, OF_PEOPLE)


def test_the_command_sets_and_takes_a_room(news: News, monkeypatch: pytest.MonkeyPatch, run: Callable[..., str]) -> None:
    assert "ab12cd34" in run(talk, "Maurepas", "https://cloud.example.org/call/ab12cd34")
    assert "ab12cd34" in run(talk, "Maurepas", "ab12cd34")
    assert "is no Talk room" in run(talk, "Maurepas", "not a room!")
    assert "no Talk room" in run(talk, "Maurepas", "--off")
    assert "does not have" in run(talk, "Maurepas", "--off")


@pytest.fixture
def run(installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Callable[..., str]:
    """Runs a command in the process's own settings; what it printed."""
    from click.testing import CliRunner

    from tests.nextcloud.conftest import environment

    def ran(command: object, *arguments: str) -> str:
        folder = installed.application.config.data_dir
        result = CliRunner().invoke(command, list(arguments), env=environment(installed.api.url, folder))  # type: ignore[arg-type]
        assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exception
        return result.output

    assert installed.exapp.app_id == APP
    return ran
