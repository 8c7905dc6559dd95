"""``check``, ``publish``, ``show``, ``conflicts``: reading the rota and letting it out."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from typing import Any

import click

from sidecar.cli.help import told_help
from sidecar.cli.session import WAITS_FOR_A_PERSON, Session, centre_argument, emit, json_option, new_session, told
from sidecar.domain.appointments import Appointment, AppointmentKind
from sidecar.domain.audit import Origin
from sidecar.domain.centres import Centre
from sidecar.domain.rules import STATEMENTS, Finding, blocking
from sidecar.i18n import Translator
from sidecar.services.access import OPERATOR
from sidecar.services.checking import findings
from sidecar.services.conflicts import choose
from sidecar.services.conflicts import told as in_words
from sidecar.services.overview import conflicts as open_conflicts
from sidecar.services.overview import shown_conflict
from sidecar.services.publishing import PublishingPlan, plan_publishing
from sidecar.services.publishing import publish as publish_plan
from sidecar.services.standing import moved_on
from sidecar.storage import UnitOfWork

from_option = click.option("--from", "first", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help=told_help("from"))
weeks_option = click.option("--weeks", default=12, show_default=True, type=click.IntRange(1, 260), help=told_help("weeks"))


@click.command(help=told_help("check"))
@centre_argument
@from_option
@weeks_option
@json_option
@told
def check(centre: str, first: datetime | None, weeks: int, as_json: bool) -> None:
    session = new_session()
    with session.application.storage.unit(write=False) as uow:
        chosen = session.centre(uow, centre)
        found = findings(uow, chosen.id, *session.period(chosen, first, weeks))
        titles = {f.appointment_id: _title(uow, f.appointment_id) for f in found}
    words = session.words.in_zone(chosen.timezone)
    if as_json:
        emit({"centre": chosen.id, "findings": [finding_as_json(f, words) for f in found]})
    else:
        for finding in found:
            _tell_finding(session, words, finding, titles[finding.appointment_id])
        session.say("findings", count=len(found), blocking=len(blocking(found)))
    if blocking(found):
        sys.exit(WAITS_FOR_A_PERSON)


def _title(uow: UnitOfWork, appointment_id: str) -> str:
    appointment = uow.appointments.find(appointment_id) if appointment_id else None
    return appointment.title if appointment is not None else ""


def finding_as_json(finding: Finding, words: Translator) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level,
        "appointment": finding.appointment_id,
        "start": finding.start,
        "subject": finding.subject,
        "message": finding.message(words),
        "quotation": STATEMENTS[finding.rule].quotation,
    }


def _tell_finding(session: Session, words: Translator, finding: Finding, title: str) -> None:
    session.say(
        "finding", rule=finding.rule, level=words(f"rule.level.{finding.level}"), when=words.day_time(finding.start),
        title=title or "–", message=finding.message(words),
    )  # fmt: skip


@click.command(help=told_help("publish"))
@centre_argument
@from_option
@weeks_option
@click.option("--reason", default="", help=told_help("publish_reason"))
@click.option("--without-blocked", is_flag=True, help=told_help("publish_without_blocked"))
@click.option("--yes", is_flag=True, help=told_help("publish_yes"))
@json_option
@told
def publish(
    centre: str, first: datetime | None, weeks: int, reason: str, without_blocked: bool, yes: bool, as_json: bool
) -> None:
    session = new_session()
    app = session.application
    with app.storage.unit(write=False) as uow:
        chosen = session.centre(uow, centre)
        period = session.period(chosen, first, weeks)
        plan = plan_publishing(uow, chosen.id, *period)
        titles = {d.id: d.title for d in plan.drafts}
    if not as_json:
        _tell_plan(session, chosen, plan, titles)
    if plan.blocking and not reason and not without_blocked:
        if as_json:
            emit(_plan_as_json(session, chosen, plan, []))
        else:
            session.warn("publish_blocked")
        sys.exit(WAITS_FOR_A_PERSON)
    if not plan.drafts:
        if as_json:
            emit(_plan_as_json(session, chosen, plan, []))
        return
    if not yes and not as_json and not session.sure("publish_sure"):
        raise click.Abort
    with app.storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
        # What was shown may have changed while somebody read it: the plan is made again, versions are checked.
        plan = plan_publishing(uow, chosen.id, *period)
        only = [d.id for d in plan.drafts if d.id in titles and not (without_blocked and d.id in plan.blocked)]
        published = publish_plan(uow, plan, reason=reason, only=only)
    if as_json:
        emit(_plan_as_json(session, chosen, plan, published))
    else:
        session.say("published", count=len(published))


def _tell_plan(session: Session, centre: Centre, plan: PublishingPlan, titles: dict[str, str]) -> None:
    words = session.words.in_zone(centre.timezone)
    counted = Counter(d.kind for d in plan.drafts)
    for kind in AppointmentKind:
        if counted[kind]:
            click.echo("  " + words(f"kinds.{kind}", count=counted[kind]))
    session.say("publish_tells", count=len(plan.tells), invited=len(plan.by_calendar))
    if plan.preparing:
        session.say("publish_preparing", count=len(plan.preparing))
    for finding in plan.blocking:
        _tell_finding(session, words, finding, titles.get(finding.appointment_id, ""))


def _plan_as_json(session: Session, centre: Centre, plan: PublishingPlan, published: list[Appointment]) -> dict[str, Any]:
    words = session.words.in_zone(centre.timezone)
    return {
        "centre": centre.id,
        "drafts": [d.id for d in plan.drafts],
        "tells": sorted(plan.tells),
        "invited_by_calendar": sorted(plan.by_calendar),
        "preparing": [d.id for d in plan.preparing],
        "blocking": [finding_as_json(f, words) for f in plan.blocking],
        "published": [a.id for a in published],
    }


@click.command(help=told_help("show"))
@centre_argument
@from_option
@weeks_option
@json_option
@told
def show(centre: str, first: datetime | None, weeks: int, as_json: bool) -> None:
    session = new_session()
    with session.application.storage.unit(write=False) as uow:
        chosen = session.centre(uow, centre)
        start, end = session.period(chosen, first, weeks)
        appointments = uow.appointments.between(start, end, centre_id=chosen.id)
        people = {p.id: p for p in uow.people.all()}
    words = session.words.in_zone(chosen.timezone)
    rows = []
    for appointment in appointments:
        # Who is in a supervision slot is nobody else's business.
        open_to_all = appointment.kind is not AppointmentKind.SUPERVISION
        team = [people[p.person_id].full_name for p in appointment.expected if p.person_id in people] if open_to_all else []
        rows.append((appointment, team))
    if as_json:
        emit({"centre": chosen.id, "appointments": [_appointment_as_json(a, team) for a, team in rows]})
        return
    for appointment, team in rows:
        session.say(
            "appointment", when=words.day_time(appointment.start), title=appointment.title,
            state=words(f"appointment_state.{appointment.state}"),
            place=appointment.place.name if appointment.place is not None else "–",
            team=", ".join(team) or "–",
        )  # fmt: skip
    session.say("appointments", count=len(rows))


def _appointment_as_json(appointment: Appointment, team: list[str]) -> dict[str, Any]:
    return {
        "id": appointment.id,
        "kind": appointment.kind,
        "title": appointment.title,
        "start": appointment.start,
        "end": appointment.end,
        "state": appointment.state,
        "to_confirm": appointment.to_confirm,
        "place": appointment.place.name if appointment.place is not None else None,
        "team": team,
    }


@click.command(help=told_help("conflicts"))
@click.option("--centre", help=told_help("conflicts_centre"))
@click.option("--choose", "chosen", nargs=2, metavar="ID ours|theirs|now", help=told_help("conflicts_choose"))
@json_option
@told
def conflicts(centre: str | None, chosen: tuple[str, str] | None, as_json: bool) -> None:
    session = new_session()
    storage = session.application.storage
    if chosen:
        with storage.unit(actor=session.actor, origin=Origin.COMMAND) as uow:
            # Whoever runs commands here sees no supervision, and settles none.
            choose(uow, shown_conflict(uow, chosen[0], OPERATOR).id, chosen[1])
    with storage.unit(write=False) as uow:
        centre_id = session.centre(uow, centre).id if centre is not None else None
        # Those about a supervision slot name who is in it: they are its organiser's alone.
        people = {p.id: p for p in uow.people.all()}
        found = open_conflicts(uow, centre_id, people, OPERATOR)
        zones = {c.id: c.timezone for c in uow.centres.all()}
        standing = {conflict.id: moved_on(uow, conflict) for conflict, _ in found}
    by_email = {email.lower(): person for person in people.values() for email in person.emails}
    if as_json:
        emit({"conflicts": [{**vars(conflict), "title": title} for conflict, title in found]})
        return
    for conflict, title in found:
        words = session.words.in_zone(zones[conflict.centre_id]) if conflict.centre_id in zones else session.words
        one = in_words(conflict, title, by_email, words, standing[conflict.id])
        session.say("conflict", id=one.id, title=one.subject or "–", field=one.field, why=one.why)
        both = {"before": one.before, "ours": one.ours, "theirs": one.theirs, "now": one.now}
        values = both if one.choice else {"theirs": one.kept}
        for side, value in values.items():
            if value:
                note = f" {words('page.stands')}" if one.choice and side == one.stands else ""
                session.say("conflict_value", side=words(f"page.conflict_{side}") + note, value=_short(value))
    session.say("conflicts", count=len(found))


def _short(text: str) -> str:
    line = " / ".join(text.splitlines())
    return line if len(line) <= 400 else f"{line[:397]}…"
