"""Maurepas with everybody who may ask, seen through a stand-in of the platform's proxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from calendars.sync.memory_server import MemoryServer
from sidecar.app import create_app
from sidecar.domain.access import HolderKind, Role
from sidecar.domain.appointments import AppointmentState, Participation, SupervisionSlot
from sidecar.domain.bindings import Conflict, Purpose
from sidecar.domain.centres import Centre
from sidecar.domain.people import Membership, Person
from sidecar.http.access import PlatformAway
from sidecar.services.access import Account, grant_role
from tests.scene import TUESDAY, Scene, build, outing

WHO = "X-Who"
GROUPS = {"coralie": {"Coordination"}, "sophie": {"Supervision"}, "victor": {"Lecture"}, "root": {"admin"}}
"""Who asks: each holds one role in Maurepas and none in Cleunay; "anne" is in the team, "zoe" nobody knows."""


class ProxyStandIn:
    """Says who asks as the platform's proxy does; ``away``: the platform does not answer."""

    def __init__(self) -> None:
        self.away = False

    def account_of(self, headers: Mapping[str, str]) -> Account | None:
        if self.away:
            raise PlatformAway("platform_away")
        who = headers.get(WHO)
        if who is None:
            return None
        groups = frozenset(GROUPS.get(who, ()))
        return Account(id=who, groups=groups, platform_admin="admin" in groups)


@dataclass
class Embedded:
    """The pages as they are asked for through the proxy."""

    scene: Scene
    client: FlaskClient
    proxy: ProxyStandIn

    def get(self, path: str, who: str | None, **headers: str) -> Any:
        return self.client.get(f"/ui{path}", headers=self._headers(who, headers))

    def post(self, path: str, who: str | None, data: Mapping[str, str] | None = None, **headers: str) -> Any:
        return self.client.post(f"/ui{path}", data=data, headers=self._headers(who, headers))

    def form_token(self, who: str, page: str = "/") -> str:
        return str(self.get(page, who).text.split('name="form_token" value="')[1].split('"')[0])

    @staticmethod
    def _headers(who: str | None, more: Mapping[str, str]) -> dict[str, str]:
        said = {} if who is None else {WHO: who}
        return said | {name.replace("_", "-"): value for name, value in more.items()}


@pytest.fixture
def embedded(tmp_path: Path) -> Embedded:
    server = MemoryServer()
    server.add_user("service", "x")
    scene = build(tmp_path, lambda space: server.home("service", "x"), purposes=(Purpose.OUTINGS, Purpose.SUPERVISION))
    with scene.board() as uow:
        uow.centres.add(Centre(id="cleunay", name="Centre social Cleunay"))
        uow.appointments.add(outing(1, id="draft", title="Brouillon de mars", state=AppointmentState.DRAFT))
        uow.appointments.add(outing(2, id="theirs", centre_id="cleunay", title="Sortie de Cleunay", participants=()))
        uow.people.add(
            Person(
                id="paul",
                given_name="Paul",
                family_name="Autre",
                account="paul",
                memberships=(Membership(centre_id="cleunay"),),
            )
        )
        slot = SupervisionSlot(
            id="slot", centre_id="maurepas", title="Supervision de mars", state=AppointmentState.PUBLISHED,
            start=TUESDAY + timedelta(days=2), end=TUESDAY + timedelta(days=2, hours=2),
            participants=(Participation(person_id="anne"), Participation(person_id="bruno")), text="salle du fond",
        )  # fmt: skip
        uow.appointments.add(slot)
        for id, subject in (("about-cafe", "cafe"), ("about-slot", "slot")):
            uow.conflicts.add(
                Conflict(id=id, at=TUESDAY, centre_id="maurepas", subject_kind="appointment", subject_id=subject,
                         field="summary", base="A", ours="B", theirs=f"valeur {id}", why="both_changed")
            )  # fmt: skip
        for role, group in (
            (Role.COORDINATOR, "Coordination"),
            (Role.SUPERVISION_ORGANISER, "Supervision"),
            (Role.VIEWER, "Lecture"),
        ):
            grant_role(
                uow, role, centre_id="maurepas", holder_kind=HolderKind.GROUP, holder=group, new_id=scene.application.new_id
            )
        bruno = uow.people.get("bruno")
        uow.people.save(replace(bruno, phones=("+33612345678",)))
    proxy = ProxyStandIn()
    app = create_app(scene.application, scene.syncer, platform=proxy)
    app.testing = True
    return Embedded(scene, app.test_client(), proxy)
