"""What a server can do, measured: every question is asked of a fresh pair of accounts and answered in a few words.

The answers stand in docs/servers.md (``tests.contract.table``), so that they depend on the server's kind and version alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from calendars.errors import DavError
from calendars.icalendar.same import semantically_equal
from calendars.sync.ports import Collection, CollectionKind
from tests.contract.asking import Ground, Person, in_calendar, said
from tests.contract.sides import card, event
from tests.servers import Served

Question = Callable[[Ground], str]
QUESTIONS: dict[str, Question] = {}
YES, NO, NONE = "yes", "no", "–"
_ODD_NAMES = (" ", "é", "@", "%", "+", "&", "~", "!", "(", ")", "#", "[", "^", "\\", "'", ";", "/")
_MIB = 1024 * 1024


def question(words: str) -> Callable[[Question], Question]:
    def kept(ask: Question) -> Question:
        QUESTIONS[words] = ask
        return ask

    return kept


def measure(served: Served) -> dict[str, str]:
    """Every question with this server's answer, each of a fresh account: a UID may be taken in all its calendars."""
    return {words: ask(Ground(served)) for words, ask in QUESTIONS.items()}


# --- finding and looking -----------------------------------------------------------------------------------------


@question("asks for a password by")
def _asks(at: Ground) -> str:
    offers = at.one.send("PROPFIND", at.one.home.account.calendar_homes[0], signed=False).headers["WWW-Authenticate"]
    return ", ".join(re.findall(r"\b(Basic|Digest|Bearer)\b", offers))


@question("is found from its bare address after")
def _found(at: Ground) -> str:
    return f"{at.one.found_after} requests"


@question("calendars are made by MKCALENDAR")
def _makes(at: Ground) -> str:
    return YES if at.one.state(at.fresh()).kind is CollectionKind.CALENDAR else NO


@question("one look at its home shows of a calendar")
def _shows(at: Ground) -> str:
    state = at.one.state(at.fresh())
    told = {
        "token": state.sync_token,
        "ctag": state.ctag,
        "rights": state.privileges,
        "owner": state.owner,
        "components": state.components,
    }
    return ", ".join(name for name, value in told.items() if value)


@question("CardDAV: lists of contacts are made and written")
def _contacts(at: Ground) -> str:
    try:
        book = at.one.new(kind=CollectionKind.ADDRESSBOOK)
        book.create(in_calendar(book, "a.vcf"), card("a"))
    except DavError as error:
        return f"{NO}: {error.status}"
    return YES


# --- what changed ------------------------------------------------------------------------------------------------


@question("tells what changed since a token")
def _changes(at: Ground) -> str:
    made, token = _since(at.one)
    answer = at.one.report(made, token)
    return YES if answer.status_code == 207 else f"{NO}: {said(answer)}"


@question("a token that it forgot, or never gave, is")
def _foreign_token(at: Ground) -> str:
    made, token = _since(at.one)
    if not at.one.state(made).sync_token:
        return NONE
    # A number becomes a far one, anything else another of the same form.
    number = re.search(r"\d{1,9}$", token) if not re.search(r"[0-9a-f]{32,}$", token) else None
    never = token[: number.start()] + str(int(number[0]) + 1000) if number else token[:-4] + _other(token[-4:])
    return _answered(at.one, made, never)


@question("a token of a calendar deleted and made anew is")
def _token_of_the_dead(at: Ground) -> str:
    made, token = _since(at.one, "twice")
    if not at.one.state(made).sync_token:
        return NONE
    at.one.send("DELETE", made.href)
    again, _ = _since(at.one, "twice")
    return _answered(at.one, again, token)


@question("of a multiget with one that is gone come")
def _multiget(at: Ground) -> str:
    calendar = at.fresh()
    at.one.put(in_calendar(calendar, "there.ics"), event("there"))
    answer = at.one.multiget(calendar, [in_calendar(calendar, "there.ics"), in_calendar(calendar, "gone.ics")])
    return "the others" if answer.status_code == 207 and "UID:there" in answer.text else f"none: {said(answer)}"


@question("a whole calendar comes in one query")
def _whole(at: Ground) -> str:
    calendar = at.fresh()
    hrefs = {in_calendar(calendar, f"{number}.ics") for number in range(3)}
    for href in hrefs:
        at.one.put(href, event(href))
    try:
        return YES if {resource.href for resource in calendar.read_all()} == hrefs else "in part"
    except DavError as error:
        return f"{NO}: {error.status}"


# --- writing -----------------------------------------------------------------------------------------------------


@question("a PUT is answered with")
def _put_etag(at: Ground) -> str:
    calendar = at.fresh()
    href = in_calendar(calendar, "a.ics")
    etag = at.one.put(href, event("a")).headers.get("ETag")
    if etag is None:
        return "no etag"
    return "the etag" if etag == calendar.listing().changed[href] else "another etag than is listed"


@question("a text is kept")
def _kept(at: Ground) -> str:
    href, text = in_calendar(at.fresh(), "odd.ics"), _odd()
    at.one.put(href, text)
    read = at.one.send("GET", href).content.decode()
    if read == text:
        return "byte by byte"
    if read.replace("\r\n", "\n") == text.replace("\r\n", "\n"):
        return "but for line ends"
    return "in another order" if semantically_equal(read, text) else "changed"


@question("the same text again has")
def _same_again(at: Ground) -> str:
    calendar = at.fresh()
    href = in_calendar(calendar, "a.ics")
    at.one.put(href, event("a"))
    before = calendar.listing().changed[href]
    at.one.put(href, event("a"), {"If-Match": before})
    return "the same etag" if calendar.listing().changed[href] == before else "another etag"


@question("If-None-Match: * where something is")
def _if_none_match(at: Ground) -> str:
    href = in_calendar(at.fresh(), "a.ics")
    at.one.put(href, event("a", "First"))
    answer = at.one.put(href, event("a", "Second"), {"If-None-Match": "*"})
    return _refused(at.one, href, answer, "First")


@question("PUT with If-Match of an older etag")
def _stale_put(at: Ground) -> str:
    href, older = _overtaken(at)
    return _refused(at.one, href, at.one.put(href, event("a", "Third"), {"If-Match": older}), "Second")


@question("DELETE with If-Match of an older etag")
def _stale_delete(at: Ground) -> str:
    href, older = _overtaken(at)
    return _refused(at.one, href, at.one.send("DELETE", href, headers={"If-Match": older}), "Second")


@question("PUT with If-Match where nothing is")
def _put_nowhere(at: Ground) -> str:
    calendar = at.fresh()
    answer = at.one.put(in_calendar(calendar, "a.ics"), event("a"), {"If-Match": '"nothing"'})
    return said(answer) if not calendar.listing().changed else "written all the same"


@question("a UID twice in a calendar is")
def _uid_twice(at: Ground) -> str:
    calendar = at.fresh()
    at.one.put(in_calendar(calendar, "a.ics"), event("twice"))
    return _written(at.one.put(in_calendar(calendar, "b.ics"), event("twice")))


@question("a UID in two calendars of an account is")
def _uid_in_two(at: Ground) -> str:
    at.one.put(in_calendar(at.fresh(), "a.ics"), event("in-two"))
    return _written(at.one.put(in_calendar(at.fresh(), "a.ics"), event("in-two")))


@question("refused in names")
def _names(at: Ground) -> str:
    calendar = at.fresh()
    named = {sign: in_calendar(calendar, f"x{sign}{number}.ics") for number, sign in enumerate(_ODD_NAMES)}
    for number, href in enumerate(named.values()):
        at.one.put(href, event(f"name-{number}"))
    listed = calendar.listing().changed
    return " ".join(f"`{sign}`" for sign, href in named.items() if href not in listed) or "nothing"


@question("largest text, as it says itself")
def _announced(at: Ground) -> str:
    return at.one.prop(at.fresh().href, "max-resource-size") or NONE


@question("an event of 1 MiB is")
def _large(at: Ground) -> str:
    folded = "DESCRIPTION:" + "\r\n ".join(["x" * 70] * (_MIB // 73)) + "\r\nEND:VEVENT"
    return _written(at.one.put(in_calendar(at.fresh(), "a.ics"), event("a").replace("END:VEVENT", folded)))


@question("eight events written at once are")
def _at_once(at: Ground) -> str:
    calendar = at.fresh()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: at.one.put(in_calendar(calendar, f"{n}.ics"), event(f"at-once-{n}")), range(8)))
    refused = sorted({str(answer.status_code) for answer in answers if not answer.ok})
    if len(calendar.listing().changed) != sum(answer.ok for answer in answers):
        return "lost in part"
    return "all stored" if not refused else f"refused in part ({', '.join(refused)})"


# --- who is told -------------------------------------------------------------------------------------------------


@question("an account has an address for invitations")
def _address(at: Ground) -> str:
    if at.one.had_address:
        return YES
    return "once it is set" if at.one.home.account.addresses else NO


@question("says that it tells those invited")
def _schedules(at: Ground) -> str:
    return YES if at.one.home.account.schedules else NO


@question("an invitation is in the guest's calendar")
def _invites(at: Ground) -> str:
    party = at.party()
    answer = party.invite()
    return _written(answer) if not answer.ok else YES if party.copies() else NO


@question("… with `Schedule-Reply: F`")
def _quietly(at: Ground) -> str:
    if not at.one.home.account.schedules:
        return NONE
    party = at.party()
    party.invite(headers={"Schedule-Reply": "F"})
    return YES if party.copies() else NO


@question("… with `SCHEDULE-AGENT=CLIENT`")
def _by_client(at: Ground) -> str:
    if not at.one.home.account.schedules:
        return NONE
    party = at.party()
    party.invite(party.text().replace("RSVP=TRUE", "RSVP=TRUE;SCHEDULE-AGENT=CLIENT"))
    return YES if party.copies() else NO


@question("a PUT that invites is answered with")
def _inviting_etag(at: Ground) -> str:
    if not at.one.home.account.schedules:
        return NONE
    return "the etag" if at.party().invite().headers.get("ETag") else "no etag"


@question("the guest's yes comes back")
def _answers(at: Ground) -> str:
    party = at.party()
    party.invite()
    if not party.copies():
        return NONE
    before = party.host.calendar.listing().changed[party.href]
    (copy,) = party.copies()
    answer = re.sub(r"\r?\n[ \t]", "", copy.text).replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    party.guest.put(copy.href, answer, {"If-Match": copy.etag})
    (now,) = party.host.calendar.fetch([party.href])
    if "NEEDS-ACTION" in now.text:
        return NO
    return "with a new etag" if now.etag != before else "with the old etag"


@question("when the host deletes, the guest's copy is")
def _deleting(at: Ground) -> str:
    party = at.party()
    party.invite()
    if not party.copies():
        return NONE
    party.host.send("DELETE", party.href)
    copies = party.copies()
    return "gone" if not copies else "cancelled" if "STATUS:CANCELLED" in copies[0].text else "left"


@question("when the last guest is removed, the copy is")
def _removing(at: Ground) -> str:
    party = at.party()
    party.invite()
    if not party.copies():
        return NONE
    alone = "\r\n".join(line for line in party.text().split("\r\n") if party.guest.address not in line)
    answer = party.invite(alone)
    copies = party.copies()
    if not answer.ok:
        return f"left: {said(answer)}"
    return "gone" if not copies else "cancelled" if "STATUS:CANCELLED" in copies[0].text else "left"


@question("the UID of a deleted invitation again is")
def _again(at: Ground) -> str:
    party = at.party()
    party.invite()
    if not party.copies():
        return NONE
    party.host.send("DELETE", party.href)
    return _written(party.invite())


# --- shared by questions -----------------------------------------------------------------------------------------


def _since(person: Person, name: str = "") -> tuple[Collection, str]:
    """A calendar with three events and a token from before the last of them."""
    made = person.new(name)
    for number in range(2):
        person.put(in_calendar(made, f"{number}.ics"), event(f"since-{person.made}-{number}"))
    token = made.listing().token or "none"
    person.put(in_calendar(made, "2.ics"), event(f"since-{person.made}-2"))
    return made, token


def _other(sign: str) -> str:
    return sign.translate(str.maketrans("0123456789abcdef", "fedcba9876543210"))


def _answered(person: Person, collection: Collection, token: str) -> str:
    answer = person.report(collection, token)
    if answer.status_code != 207:
        return f"refused: {said(answer)}"
    told = sum(href in answer.text for href in collection.listing().changed)
    return f"taken: {('nothing', 'some', 'some', 'everything')[told]} as changed"


def _odd() -> str:
    """Legal and unusual: a long folded line, odd order of properties, parameters in quotes, an alarm, what nobody knows."""
    extra = [
        'X-HLM-ODD;X-P="a;b":un\\, deux', "CATEGORIES:maraude,été",
        'ATTENDEE;CN="Le Goff, Marie";ROLE=CHAIR:mailto:m@example.net',
        "DESCRIPTION:Une longue phrase sans fin\\; et encore une longue phrase qui n’en fi", " nit pas\\nsur deux lignes",
        "BEGIN:VALARM", "TRIGGER:-PT15M", "ACTION:DISPLAY", "DESCRIPTION:Bientôt", "END:VALARM", "END:VEVENT",
    ]  # fmt: skip
    return event("odd").replace("END:VEVENT", "\r\n".join(extra))


def _overtaken(at: Ground) -> tuple[str, str]:
    """An event that was changed, and its etag from before."""
    calendar = at.fresh()
    href = in_calendar(calendar, "a.ics")
    at.one.put(href, event("a", "First"))
    older = calendar.listing().changed[href]
    at.one.put(href, event("a", "Second"), {"If-Match": older})
    return href, older


def _refused(person: Person, href: str, answer: requests.Response, stands: str) -> str:
    now = person.send("GET", href)
    return said(answer) if now.ok and stands in now.text else "carried out all the same"


def _written(answer: requests.Response) -> str:
    return "taken" if answer.ok else f"refused: {said(answer)}"
