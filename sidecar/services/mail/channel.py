"""The channel: whom a message concerns by mail, and what becomes of handing it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sidecar.bootstrap import Application
from sidecar.domain.bindings import PURPOSE_OF
from sidecar.domain.happenings import Delivery, Destination, HappeningKind, Message
from sidecar.services.mail.letters import letter
from sidecar.services.mail.posting import NotPosted, visiting
from sidecar.services.telling import Channel, Outcome, Recipient, Result
from sidecar.services.telling.teams import Way
from sidecar.services.telling.wording import is_news
from sidecar.smtp import Smtp
from sidecar.storage import UnitOfWork

_FOR_GOOD = frozenset({"recipient", "letter"})
"""What another try would not mend. A sender or password that is refused is for whoever runs this to mend: it waits."""


@dataclass(frozen=True)
class Mails:
    """See ``sidecar.services.telling.Channel``. ``smtp``: who takes our mail."""

    application: Application
    smtp: Smtp
    name: str = Way.MAIL.value
    personal: bool = False
    at_once: int = 50

    def recipients(self, uow: UnitOfWork, destination: Destination, message: Message) -> Sequence[Recipient]:
        return [Recipient()] if is_news(message) and not _told_anyway(uow, destination.address, message) else []

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        app = self.application
        with app.storage.unit(write=False) as uow:
            centre = uow.centres.get(destination.centre_id)
        written = letter(
            deliveries,
            centre=centre,
            sender=app.config.mail_from,
            recipient=destination.address,
            base_url=app.config.base_url,
            instance=app.instance,
        )
        try:
            with visiting(self.smtp, app.config.smtp_password_file, app.config.mail_from) as visit:
                visit.post(written, destination.address)
        except NotPosted as error:
            for_good = error.why in _FOR_GOOD
            return Outcome(result=Result.NEVER if for_good else Result.LATER, answer=error.why, everywhere=not for_good)
        return Outcome(result=Result.SENT, answer="250")


def mails(app: Application) -> Sequence[Channel]:
    """The channel, where a server for our mail is set."""
    return [Mails(app, app.config.smtp_url)] if app.config.smtp_url is not None else []


def _told_anyway(uow: UnitOfWork, address: str, message: Message) -> bool:
    """Whether the address is of somebody in the team whom the calendar server tells by itself: nobody is told twice."""
    about = message.appointment
    if about is None or about.to_confirm or message.kind is HappeningKind.COVER:
        return False
    person = uow.people.by_email(address)
    if person is None or person.account is None or person.id not in message.people:
        return False
    tied = [b for b in uow.bindings.all(centre_id=message.centre_id) if b.writes and PURPOSE_OF[about.kind] in b.purposes]
    return any(uow.spaces.get(binding.space_id).schedules for binding in tied)
