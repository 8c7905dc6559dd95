"""What is looked at more than changed: centres, initiatives, findings, passes, conflicts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sidecar.api import schemas
from sidecar.api.asking import asker, needs, writing
from sidecar.api.reading import Calls
from sidecar.domain.access import EVERYWHERE, Right
from sidecar.domain.bindings import SyncRun
from sidecar.domain.centres import Centre, Initiative
from sidecar.domain.rules import STATEMENTS
from sidecar.http.access import application, words
from sidecar.services import conflicts as choosing
from sidecar.services.checking import findings
from sidecar.services.overview import conflicts, shown_conflict
from sidecar.storage import UnitOfWork

blueprint = Calls("looking", __name__, description="Centres, findings, passes, conflicts")


@blueprint.get("/centres")
@blueprint.response(200, schemas.CentreSchema(many=True))
def list_centres() -> list[Centre]:
    with application().storage.unit(write=False) as uow:
        return [centre for centre in uow.centres.all() if asker().rights(centre.id)]


@blueprint.get("/initiatives")
@blueprint.response(200, schemas.InitiativeSchema(many=True))
def list_initiatives() -> list[Initiative]:
    with application().storage.unit(write=False) as uow:
        return [one for one in uow.initiatives.all() if asker().may(_to_see(one), one.centre_id)]


def _to_see(initiative: Initiative) -> Right:
    """What is in preparation is a plan."""
    return Right.SEE_PLANS if initiative.preparing else Right.SEE_ROTA


@blueprint.get("/findings")
@blueprint.arguments(schemas.PeriodQuery, location="query")
@blueprint.response(200, schemas.FindingSchema(many=True))
def list_findings(query: dict[str, Any]) -> list[dict[str, Any]]:
    """What breaks a rule for a centre's appointments that begin in the period, with what to do."""
    needs(Right.SEE_PLANS, query["centre"])
    with application().storage.unit(write=False) as uow:
        centre = uow.centres.get(query["centre"])
        found = findings(uow, centre.id, query["start"], query["end"])
    t = words().in_zone(centre.timezone)
    return [
        {
            "rule": f.rule,
            "level": f.level,
            "appointment_id": f.appointment_id,
            "start": f.start,
            "subject": f.subject,
            "message": f.message(t),
            "quotation": STATEMENTS[f.rule].quotation,
        }
        for f in found
    ]


@blueprint.get("/sync-runs")
@blueprint.arguments(schemas.RunsQuery, location="query")
@blueprint.response(200, schemas.RunSchema(many=True))
def list_runs(query: dict[str, Any]) -> list[SyncRun]:
    """The latest passes, newest first: of accounts that hold nothing of centres that are not the asker's."""
    with application().storage.unit(write=False) as uow:
        if asker().may(Right.SEE_LINK, EVERYWHERE):
            return uow.runs.all(limit=query["limit"])
        found = [run for space in _own_spaces(uow) for run in uow.runs.all(space_id=space, limit=query["limit"])]
    return sorted(found, key=lambda run: run.started_at, reverse=True)[: query["limit"]]


def _own_spaces(uow: UnitOfWork) -> list[str]:
    centres = defaultdict[str, set[str]](set)
    for binding in uow.bindings.all():
        centres[binding.space_id].add(binding.centre_id)
    return [space for space, held in centres.items() if all(asker().may(Right.SEE_LINK, one) for one in held)]


@blueprint.get("/conflicts")
@blueprint.arguments(schemas.ConflictQuery, location="query")
@blueprint.response(200, schemas.ConflictSchema(many=True))
def list_conflicts(query: dict[str, Any]) -> list[dict[str, Any]]:
    """What both sides changed; those about a supervision are its organiser's alone."""
    with application().storage.unit(write=False) as uow:
        people = {p.id: p for p in uow.people.all()}
        shown = conflicts(uow, query["centre"], people, asker())
        return [{**vars(conflict), "about": about} for conflict, about in shown]


@blueprint.post("/conflicts/<conflict_id>/choice")
@blueprint.arguments(schemas.ChoiceSchema)
@blueprint.response(200, schemas.ConflictSchema)
def choose(data: dict[str, Any], conflict_id: str) -> Any:
    """Keep ours, or the calendar's."""
    with writing() as uow:
        return choosing.choose(uow, shown_conflict(uow, conflict_id, asker()).id, data["chosen"])
