"""What happened in a sentence for people, and what of it is a team's news; the same for every way of telling people."""

from __future__ import annotations

from collections.abc import Mapping

from sidecar.domain.happenings import HappeningKind, Message, Part, Shown
from sidecar.i18n import Translator

MANY = 4
"""More news than that at once are told together."""
OF_TEAMS = (
    HappeningKind.PUBLISHED, HappeningKind.CHANGED, HappeningKind.CANCELLED, HappeningKind.BROUGHT_BACK, HappeningKind.COVER,
)  # fmt: skip
"""What a whole team is told of its centre, without a name."""


def is_news(message: Message) -> bool:
    """Whether there is something to do about it: of a change where or when, of a cover request that it was opened."""
    if message.kind is HappeningKind.CHANGED:
        return bool({Part.TIME, Part.PLACE} & set(message.changed))
    return message.kind is not HappeningKind.COVER or message.cover == "open"


def sentence(message: Message, names: Mapping[str, str], t: Translator) -> str:
    """What happened, for people; ``names`` by id are those of who declined. Times are told in the translator's zone."""
    now, was = message.appointment, message.before
    if now is None:
        return t("telling.choice", centre=message.centre_name)
    if message.kind is HappeningKind.CHANGED and was is not None:
        if Part.TIME in message.changed:
            return t("telling.moved", title=now.title, before=_when(was), after=_when(now))
        return t("telling.elsewhere", title=now.title, when=_when(now), place=now.place or t("story.no_place"))
    if message.kind is HappeningKind.DECLINED:
        who = tuple(sorted(names.get(person, t("story.somebody")) for person in message.declined))
        return t("telling.declined", who=who, title=now.title, when=_when(now))
    if message.kind is HappeningKind.CONFLICT:
        return t("telling.conflict", title=now.title, when=_when(now))
    return t(f"telling.{message.kind}", title=now.title, when=_when(now))


def _when(shown: Shown) -> object:
    return shown.start.date() if shown.all_day else shown.start
