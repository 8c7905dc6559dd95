"""R9: no resident is named, in titles, places or texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sidecar.domain.appointments import Appointment
from sidecar.domain.people import Person
from sidecar.domain.rules.finding import Finding, Level, Word
from sidecar.domain.rules.personal_data import Allowed, find_personal_data
from sidecar.domain.rules.rota import Rota, Scope


def check_confidentiality(rota: Rota, scope: Scope) -> Iterator[Finding]:
    """R9: one finding for each name, telephone number or mail address that is nobody's of ours.

    ``text`` is what people wrote: our own block with the base contact's telephone is not part of it.
    """
    ours = own_data(rota)
    for appointment in rota.looked_at(scope, "R9", Appointment):
        allowed = ours | Allowed.of(names=_given_names(rota, appointment))
        for field, text in texts_of(appointment):
            for hit in find_personal_data(text, allowed):
                yield Finding(
                    rule="R9",
                    level=Level.BLOCKS,
                    appointment_id=appointment.id,
                    start=appointment.start,
                    centre_id=appointment.centre_id,
                    key=f"rule.R9.{hit.kind}",
                    params={"words": hit.text, "field": Word(f"field.{field}")},
                )


def texts_of(appointment: Appointment) -> Iterator[tuple[str, str]]:
    """The texts that people write on an appointment, by the name of their field."""
    yield "title", appointment.title
    if appointment.place is not None:
        yield "place", appointment.place.name
    yield "meeting_point", appointment.meeting_point
    yield "text", appointment.text


def own_data(rota: Rota) -> Allowed:
    """What may be written because it is the centres' or their people's own.

    A person whom nobody has confirmed yet may be a resident who was invited by mistake: theirs is not ours.
    """
    people = [person for person in rota.people.values() if not person.suggested]
    centres = rota.centres.values()
    return Allowed.of(
        names=[name for person in people for name in _surnames(person)],
        phones=[*(centre.phone for centre in centres), *(phone for person in people for phone in person.phones)],
        emails=[*(centre.email for centre in centres), *(email for person in people for email in person.emails)],
    )


def _surnames(person: Person) -> Iterable[str]:
    if not person.family_name:
        return ()
    given, family = person.given_name, person.family_name
    return (family, f"{given} {family}", f"{family} {given}")


def _given_names(rota: Rota, appointment: Appointment) -> Iterator[str]:
    """« Mme Awa » is the team's Awa where she takes part, and may be anybody elsewhere."""
    for participation in appointment.participants:
        person = rota.known(participation.person_id)
        if person is not None:
            yield person.given_name
