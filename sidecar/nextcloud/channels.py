"""Two ways of telling in our Nextcloud: into somebody's own list of notifications, and into a team's room in Talk.

People hear of what they take part in and is moved, called off or brought back; who plans hears who declined; who decides,
what is to be chosen. A room hears of its centre's outings, without names. The rest is in the calendars already.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from sidecar.domain.access import EVERYWHERE, RIGHTS, HolderKind, Right
from sidecar.domain.happenings import Delivery, Destination, HappeningKind, Message
from sidecar.i18n import Translator, translator
from sidecar.nextcloud.client import OCS, Declined, Nextcloud
from sidecar.nextcloud.directory import NextcloudDirectory
from sidecar.nextcloud.notifications import notify
from sidecar.observability import get_logger
from sidecar.services.platform import PlatformError, service_account
from sidecar.services.telling import Outcome, Recipient, Result
from sidecar.services.telling.teams import Way
from sidecar.services.telling.wording import MANY, is_news, sentence
from sidecar.storage import UnitOfWork

log = get_logger(__name__)
ROOM = OCS + "/apps/spreed/api/v1/chat/{room}"
"""Talk's own interface, as its documentation tells it (``nextcloud-talk.readthedocs.io``, chat)."""
LONGEST = 240.0
"""Seconds for which a group is told in one go, well within the lease; who is left hears of it in the next."""
NOTIFICATIONS = "nextcloud"
"""How destinations call the channel; there is one, with the channel's name for its id."""
OF_PEOPLE = (
    HappeningKind.CHANGED, HappeningKind.CANCELLED, HappeningKind.BROUGHT_BACK, HappeningKind.DECLINED,
    HappeningKind.CONFLICT,
)  # fmt: skip
_RIGHT = {HappeningKind.DECLINED: Right.SEE_PLANS, HappeningKind.CONFLICT: Right.DECIDE}
_GROUP = "group:"
_REMEMBERED = 10_000


def concerns(message: Message) -> frozenset[str]:
    """The ids of those who take part and have to know; who comes or goes hears of it by their calendar."""
    if not is_news(message):
        return frozenset()
    if message.kind in (HappeningKind.CHANGED, HappeningKind.BROUGHT_BACK) and message.after is not None:
        return message.after.people - message.joined - message.after.declined
    if message.kind is HappeningKind.CANCELLED and message.before is not None:
        return message.before.people - message.before.declined
    return frozenset()


@dataclass
class Notifications:
    """Channel ``NOTIFICATIONS``: a line in the list of each account that it concerns, with a link."""

    client: Nextcloud
    name: str = NOTIFICATIONS
    personal: bool = True
    at_once: int = 50
    _told: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def recipients(self, uow: UnitOfWork, destination: Destination, message: Message) -> Sequence[Recipient]:
        people = concerns(message)
        found = [
            Recipient(address=p.account, person_id=p.id)
            for p in (uow.people.all(id=sorted(people)) if people else ())
            if p.account and p.active and not p.suggested
        ]
        return [*found, *_holders(uow, message)]

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        """To an account, or to everybody in a group; who was told before a group broke off is not told twice."""
        refused, asked, end = "", 0, time.monotonic() + LONGEST
        try:
            accounts: Sequence[str] = [address]
            if address.startswith(_GROUP):
                members = NextcloudDirectory(self.client).members(address.removeprefix(_GROUP))
                if members is None:
                    return Outcome(result=Result.NEVER, answer="group not shown", everywhere=False)
                accounts = sorted(members)
            lines, words = _lines(self.client, deliveries)
            for account in accounts:
                left = [line for line in lines if account not in line.own and (line.ids[0], account) not in self._told]
                news = _together(self.client, left, words)
                if not news:
                    continue
                if asked and time.monotonic() > end:
                    return Outcome(result=Result.LATER, answer="unfinished", everywhere=False)
                asked += 1
                refused = self._tell(account, news)
        except PlatformError as error:
            return _failed(error)
        alone = len(accounts) == 1 and refused
        return Outcome(result=Result.NEVER if alone else Result.SENT, answer=refused if alone else "200")

    def _tell(self, account: str, lines: Sequence[_Line]) -> str:
        """Why this account never will be told; "" once it was."""
        for line in lines:
            try:
                notify(self.client, account, subject=line.text, link=line.link, about=line.about, about_id=line.about_id)
            except Declined as error:
                failed = _failed(error)
                if failed.result is not Result.NEVER:
                    raise
                return "no such account" if error.status == 401 else failed.answer
            self._told.update(dict.fromkeys((id, account) for id in line.ids))
            while len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)
        return ""


@dataclass
class Rooms:
    """Channel ``Way.TALK``: what a centre's team has to know, said in its room by the nominated service account."""

    client: Nextcloud
    name: str = Way.TALK.value
    personal: bool = False
    at_once: int = 50

    def recipients(self, uow: UnitOfWork, destination: Destination, message: Message) -> Sequence[Recipient]:
        return [Recipient()] if is_news(message) else []

    def send(self, destination: Destination, address: str, deliveries: Sequence[Delivery]) -> Outcome:
        with self.client.application.storage.unit(write=False) as uow:
            account = service_account(uow)
        if not account:
            return Outcome(result=Result.LATER, answer="no service account")
        lines, words = _lines(self.client, deliveries)
        told = "\n".join(f"{_calls_nobody(line.text)}\n{line.link}" for line in _together(self.client, lines, words))
        try:
            path = ROOM.format(room=quote(destination.address, safe=""))
            self.client.ask("POST", path, {"message": told}, account=account)
        except PlatformError as error:
            return _failed(error)
        return Outcome(result=Result.SENT, answer="201")


@dataclass(frozen=True)
class _Line:
    """One line to tell; ``ids`` are its deliveries'. ``own``: the accounts whose own doing it is."""

    ids: tuple[str, ...]
    text: str
    link: str
    about: str
    about_id: str
    own: frozenset[str] = frozenset()


def _holders(uow: UnitOfWork, message: Message) -> Iterator[Recipient]:
    """Accounts and groups that hold a role by which this is theirs to know. Nothing of a supervision comes here."""
    right = _RIGHT.get(message.kind)
    for grant in uow.grants.all() if right is not None else ():
        if grant.centre_id in (EVERYWHERE, message.centre_id) and right in RIGHTS[grant.role]:
            group = grant.holder_kind is HolderKind.GROUP
            yield Recipient(address=f"{_GROUP}{grant.holder}" if group else grant.holder)


def _lines(client: Nextcloud, deliveries: Sequence[Delivery]) -> tuple[list[_Line], Translator]:
    """A line each, and the texts that they are told with."""
    app = client.application
    with app.storage.unit(write=False) as uow:
        centres = {centre.id: centre for centre in uow.centres.all()}
        wanted = sorted({person for one in deliveries for person in one.message.declined})
        people = uow.people.all(id=wanted) if wanted else []
    names = {person.id: person.full_name for person in people}
    first = centres.get(deliveries[0].message.centre_id)
    words = translator(first.language if first is not None else app.config.language)
    lines = []
    for one in deliveries:
        message, centre = one.message, centres.get(one.message.centre_id)
        zone = centre.timezone if centre is not None else "Europe/Paris"
        about = ("appointment", message.appointment_id) if message.appointment_id else ("conflict", message.conflict_id)
        link = f"{app.config.base_url}/" + (f"appointments/{message.appointment_id}" if message.appointment_id else "")
        declined = message.declined if message.kind is HappeningKind.DECLINED else ()
        own = frozenset(person.account for person in people if person.account and {person.id} == declined)
        lines.append(_Line((one.id,), sentence(message, names, words.in_zone(zone)), link, *about, own))
    return lines, words


def _together(client: Nextcloud, lines: list[_Line], words: Translator) -> list[_Line]:
    """What one recipient is told at once: many lines are one."""
    if len(lines) <= MANY:
        return lines
    ids = tuple(id for line in lines for id in line.ids)
    text = words("telling.many", count=len(lines))
    return [_Line(ids, text, f"{client.application.config.base_url}/", "appointments", ids[0])]


def _calls_nobody(text: str) -> str:
    """The text for a room: whoever names an outing "@all" pings nobody, and no brace begins a gap. A word joiner (U+2060)
    behind the sign is not seen, and no mention begins with one."""
    return text.replace("@", "@\u2060").replace("{", "(").replace("}", ")")


def _failed(error: PlatformError) -> Outcome:
    if isinstance(error, Declined) and 400 <= error.status < 500 and error.status not in (408, 429):
        return Outcome(result=Result.NEVER, answer=str(error.status), everywhere=False)
    return Outcome(result=Result.LATER, answer=str(error.status) if isinstance(error, Declined) else error.code)
