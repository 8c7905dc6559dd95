"""The tests' own client does what it says, in each style, on plain texts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.editor import STYLES, Adapter, Changed, ContactsEditor, Editor, Missing
from tests.editor.lines import parse, render

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 3, 3, 9, 30, tzinfo=PARIS)
END = START + timedelta(hours=2)
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

OURS = "\r\n".join(
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Somebody//Else//EN",
        "BEGIN:VEVENT",
        "UID:outing-1@rota",
        "DTSTAMP:20260201T080000Z",
        "DTSTART;TZID=Europe/Paris:20260303T093000",
        "DTEND;TZID=Europe/Paris:20260303T113000",
        "SUMMARY:Café du facteur",
        "LOCATION:Place du Gros-Chêne\\, Rennes",
        "GEO:48.133;-1.66",
        "CATEGORIES:Aller vers,Café du facteur",
        "DESCRIPTION:Apporter les gobelets.\\n-- bloc --\\nÉquipe : Amina\\, Loïc\\n-- fin --",
        "ORGANIZER;CN=Rota:mailto:rota@example.org",
        'ATTENDEE;CN="Amina, B.";PARTSTAT=NEEDS-ACTION;RSVP=TRUE;X-NOTE=1:mailto:amina@example.org',
        "ATTENDEE;CN=Loïc;PARTSTAT=ACCEPTED:mailto:loic@example.org",
        "X-SOMETHING;X-P=q:kept as it is",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)
UID = "outing-1@rota"
CARD = "\r\n".join(
    [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "UID:card-1",
        "N:Benali;Amina;;;",
        "FN:Amina Benali",
        "item1.TEL;type=CELL:06 12 34 56 78",
        "item1.X-ABLabel:Portable",
        "EMAIL;TYPE=HOME:amina@example.org",
        "CATEGORIES:Aller vers",
        "NOTE:Aime le thé\\, pas le café",
        "END:VCARD",
        "",
    ]
)


class Drawer:
    """A collection in memory, for the editor's own tests."""

    def __init__(self, texts: dict[str, str] | None = None) -> None:
        self.collection = "/cal/"
        self._numbers = count(1)
        self._kept = {href: (f'"{next(self._numbers)}"', text) for href, text in (texts or {}).items()}

    def list(self) -> dict[str, str]:
        return {href: etag for href, (etag, _text) in self._kept.items()}

    def get(self, href: str) -> tuple[str, str]:
        if href not in self._kept:
            raise Missing(href)
        return self._kept[href]

    def put(self, href: str, text: str, if_match: str | None) -> None:
        if self._kept.get(href, (None,))[0] != if_match:
            raise Changed(href)
        self._kept[href] = (f'"{next(self._numbers)}"', text)

    def delete(self, href: str, if_match: str | None) -> None:
        if self.get(href)[0] != if_match:
            raise Changed(href)
        del self._kept[href]


def desk(style: str, texts: dict[str, str] | None = None) -> Editor:
    drawer: Adapter = Drawer({"/cal/a.ics": OURS} if texts is None else texts)
    numbers = count(1)
    return Editor(drawer, style, me="rota@example.org", clock=lambda: NOW, ids=lambda: UUID(int=next(numbers)))


def unfolded(text: str) -> list[str]:
    return re.sub(r"\r\n[ \t]", "", text).split("\r\n")


@pytest.fixture(params=sorted(STYLES))
def editor(request: pytest.FixtureRequest) -> Editor:
    return desk(request.param)


def event_lines(editor: Editor, uid: str = UID) -> list[str]:
    return [line.text for line in editor.open(uid).master.lines()]


def test_a_text_read_and_rendered_is_the_same_text() -> None:
    assert render(parse(OURS), width=200) == OURS


@pytest.mark.parametrize(("unit", "width"), [("octets", 75), ("characters", 73)])
def test_folding_cuts_no_character_and_unfolds_to_what_it_was(unit: str, width: int) -> None:
    long = OURS.replace("Apporter les gobelets.", "Été " * 60)
    folded = render(parse(long), width=width, unit="octets" if unit == "octets" else "characters")
    assert unfolded(folded) == unfolded(long)
    measure = (lambda row: len(row.encode())) if unit == "octets" else len
    assert max(measure(row) for row in folded.split("\r\n")) == width


def test_every_style_leaves_what_it_does_not_know(editor: Editor) -> None:
    editor.retitle(UID, "Café du facteur, dehors")
    lines = event_lines(editor)
    assert "SUMMARY:Café du facteur\\, dehors" in lines
    for kept in ("X-SOMETHING;X-P=q:kept as it is", "GEO:48.133;-1.66", "CATEGORIES:Aller vers,Café du facteur"):
        assert kept in lines
    assert any(line.startswith("DESCRIPTION:Apporter les gobelets.\\n-- bloc --") for line in lines)


def test_every_style_writes_its_own_name_its_own_stamps_and_crlf(editor: Editor) -> None:
    editor.retitle(UID, "Autre")
    text = editor.text(UID)
    assert f"PRODID:{editor.style.prodid}" in unfolded(text)
    assert f"DTSTAMP:{NOW:%Y%m%dT%H%M%SZ}" in unfolded(text)
    assert "\n" not in text.replace("\r\n", "")


def test_the_styles_write_the_same_event_in_different_bytes() -> None:
    texts = set()
    for style in STYLES:
        editor = desk(style)
        editor.retitle(UID, "Autre")
        texts.add(editor.text(UID).replace(editor.style.prodid, ""))
    assert len(texts) == len(STYLES)


def test_every_style_moves_an_event_and_keeps_its_length(editor: Editor) -> None:
    editor.move(UID, datetime(2026, 3, 4, 14, 0, tzinfo=PARIS))
    master = editor.open(UID).master
    assert master.value("DTSTART") == "20260304T140000"
    assert master.value("DTEND") == "20260304T160000"
    zones = editor.open(UID).tree.parts("VTIMEZONE")
    start = master.line("DTSTART")
    assert start is not None
    assert [zone.value("TZID") for zone in zones] == [start.param("TZID")]


def test_evolution_names_the_zone_as_nobody_else_does() -> None:
    editor = desk("gnome")
    editor.move(UID, START + timedelta(days=1))
    assert "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20260304T093000" in event_lines(editor)


def test_a_move_to_utc_needs_no_zone(editor: Editor) -> None:
    editor.move(UID, datetime(2026, 3, 4, 13, 0, tzinfo=UTC))
    assert "DTSTART:20260304T130000Z" in event_lines(editor)
    assert editor.open(UID).tree.parts("VTIMEZONE") == []


def test_sequence_counts_as_each_program_counts_it() -> None:
    counted = {}
    for style in STYLES:
        editor = desk(style)
        editor.retitle(UID, "Autre")
        after_title = editor.open(UID).master.value("SEQUENCE")
        editor.move(UID, START + timedelta(days=1))
        counted[style] = (after_title, editor.open(UID).master.value("SEQUENCE"))
    assert counted == {
        "nextcloud_calendar": (None, "1"),
        "davx5": ("1", "2"),
        "ios": ("1", "2"),
        "thunderbird": (None, "1"),
        "gnome": ("1", "2"),
    }


def test_ios_sorts_and_thunderbird_counts_generations() -> None:
    ios = desk("ios")
    ios.retitle(UID, "Autre")
    names = [line.name for line in ios.open(UID).master.lines()]
    assert names == sorted(names)
    thunderbird = desk("thunderbird")
    thunderbird.retitle(UID, "Autre")
    thunderbird.retitle(UID, "Encore")
    assert "X-MOZ-GENERATION:2" in event_lines(thunderbird)


def test_android_forgets_the_organizers_name_and_unknown_parameters_of_guests() -> None:
    editor = desk("davx5")
    editor.retitle(UID, "Autre")
    lines = event_lines(editor)
    assert "ORGANIZER:mailto:rota@example.org" in lines
    assert 'ATTENDEE;CN="Amina, B.";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:amina@example.org' in lines


def test_thunderbird_writes_a_text_twice() -> None:
    editor = desk("thunderbird")
    editor.append_text(UID, "Prévoir un parapluie")
    (line,) = [line for line in event_lines(editor) if line.startswith("DESCRIPTION")]
    assert line.startswith('DESCRIPTION;ALTREP="data:text/html,%3Cp%3E')
    assert line.endswith("-- fin --\\nPrévoir un parapluie")


def test_every_style_answers_without_counting_up(editor: Editor) -> None:
    editor.answer(UID, "amina@example.org", "DECLINED")
    assert editor.attendees(UID) == {"amina@example.org": "DECLINED", "loic@example.org": "ACCEPTED"}
    assert editor.open(UID).master.value("SEQUENCE") is None


def test_every_style_adds_and_removes_guests(editor: Editor) -> None:
    editor.add_attendee(UID, "fatou@example.org", "Fatou D.")
    editor.remove_attendee(UID, "loic@example.org")
    assert editor.attendees(UID) == {"amina@example.org": "NEEDS-ACTION", "fatou@example.org": "NEEDS-ACTION"}
    with pytest.raises(ValueError, match="is not in the event"):
        editor.remove_attendee(UID, "loic@example.org")


def test_who_invites_becomes_organizer_where_there_was_none(editor: Editor) -> None:
    uid = editor.create_event("Pique-nique", START, END)
    editor.add_attendee(uid, "fatou@example.org")
    organizer = editor.open(uid).master.line("ORGANIZER")
    assert organizer is not None
    assert organizer.value == "mailto:rota@example.org"


def test_every_style_creates_an_event_that_can_be_found_by_its_title(editor: Editor) -> None:
    uid = editor.create_event("Bonjour Voisins", START, END, category="Fête", place="Le Blosne", text="Salut; ça va ?")
    assert editor.titled("Bonjour Voisins") == [uid]
    assert {"CATEGORIES:Fête", "LOCATION:Le Blosne", "DESCRIPTION:Salut\\; ça va ?"} <= set(event_lines(editor, uid))
    assert set(editor.uids()) == {UID, uid}


def test_an_all_day_event_has_dates(editor: Editor) -> None:
    uid = editor.create_event("Séminaire", date(2026, 10, 17), date(2026, 10, 18))
    assert "DTSTART;VALUE=DATE:20261017" in event_lines(editor, uid)
    editor.move(uid, date(2026, 10, 24))
    assert "DTEND;VALUE=DATE:20261025" in event_lines(editor, uid)


def test_a_copy_has_its_own_uid_and_everything_foreign(editor: Editor) -> None:
    lines = editor.add_foreign_property(UID)
    copy = editor.copy_event(UID, START + timedelta(days=7))
    assert copy != UID
    assert {*lines, "X-SOMETHING;X-P=q:kept as it is"} <= set(event_lines(editor, copy))
    assert editor.open(copy).master.value("DTSTART") == "20260310T093000"
    assert editor.open(UID).master.value("DTSTART") == "20260303T093000"


def test_alarms_look_as_each_program_writes_them(editor: Editor) -> None:
    editor.add_alarm(UID, 30)
    alarms = [part for part in editor.open(UID).master.parts("VALARM") if part.value("ACTION") == "DISPLAY"]
    assert [alarm.value("TRIGGER") for alarm in alarms] == ["-PT30M"]
    assert ("X-APPLE-DEFAULT-ALARM:TRUE" in editor.text(UID)) == (editor.style.name == "ios")


def test_one_date_of_a_series_is_changed_and_the_others_stay(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    second = START + timedelta(days=7)
    editor.change_one_date(uid, second, start=second + timedelta(hours=1), title="Jardin, plus tard")
    master, override = editor.open(uid).events
    assert master.value("RRULE") == "FREQ=WEEKLY;COUNT=6"
    assert override.value("RRULE") is None
    assert override.value("RECURRENCE-ID") == "20260310T093000"
    assert override.value("DTSTART") == "20260310T103000"
    assert override.value("DTEND") == "20260310T123000"
    editor.change_one_date(uid, second, place="Villejean")
    assert len(editor.open(uid).events) == 2
    assert editor.open(uid).events[1].value("SUMMARY") == "Jardin\\, plus tard"


def test_a_date_after_the_clocks_change_keeps_its_hour_on_the_wall(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    editor.change_one_date(uid, datetime(2026, 3, 31, 9, 30, tzinfo=PARIS), title="Heure d'été")
    assert editor.open(uid).events[1].value("DTSTART") == "20260331T093000"
    assert editor.open(uid).events[1].value("DTEND") == "20260331T113000"


def test_a_deleted_date_is_an_exdate_and_its_change_is_gone(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    second, third = START + timedelta(days=7), START + timedelta(days=14)
    editor.change_one_date(uid, second, title="Autre")
    editor.delete_one_date(uid, second)
    editor.delete_one_date(uid, third)
    (master,) = editor.open(uid).events
    values = sorted(value for line in master.lines("EXDATE") for value in line.value.split(","))
    assert values == ["20260310T093000", "20260317T093000"]
    assert len(master.lines("EXDATE")) == (1 if editor.style.name == "davx5" else 2)


def test_android_says_how_long_a_series_is_and_not_when_it_ends() -> None:
    editor = desk("davx5")
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    assert "DURATION:PT2H" in event_lines(editor, uid)
    assert editor.open(uid).master.line("DTEND") is None
    editor.move(uid, START + timedelta(hours=1))
    assert "DURATION:PT2H" in event_lines(editor, uid)


def test_a_series_moved_as_a_whole_takes_its_exceptions_along(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    editor.change_one_date(uid, START + timedelta(days=7), title="Autre")
    editor.delete_one_date(uid, datetime(2026, 3, 31, 9, 30, tzinfo=PARIS))
    editor.move(uid, START + timedelta(days=1, hours=1))
    master, override = editor.open(uid).events
    assert master.value("DTSTART") == "20260304T103000"
    assert override.value("RECURRENCE-ID") == "20260311T103000"
    assert master.value("EXDATE") == "20260401T103000"


def test_a_split_series_is_two_series(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY")
    fourth = datetime(2026, 3, 24, 9, 30, tzinfo=PARIS)
    editor.delete_one_date(uid, START + timedelta(days=7))
    editor.change_one_date(uid, fourth + timedelta(days=7), title="Heure d'été")
    rest = editor.split_series(uid, fourth, start=fourth + timedelta(hours=2), title="Jardin, l'après-midi")
    (old,) = editor.open(uid).events
    assert old.value("RRULE") == "FREQ=WEEKLY;UNTIL=20260324T082959Z"
    assert old.value("EXDATE") == "20260310T093000"
    new, override = editor.open(rest).events
    assert (new.value("DTSTART"), new.value("RRULE"), new.value("EXDATE")) == ("20260324T113000", "FREQ=WEEKLY", None)
    assert override.value("RECURRENCE-ID") == "20260331T113000"
    assert {new.value("UID"), override.value("UID")} == {rest}
    assert rest != uid


def test_a_split_of_a_counted_series_asks_how_many_remain(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    with pytest.raises(ValueError, match="how many dates remain"):
        editor.split_series(uid, START + timedelta(days=14))
    rest = editor.split_series(uid, START + timedelta(days=14), remaining=4)
    assert editor.open(rest).master.value("RRULE") == "FREQ=WEEKLY;COUNT=4"


def test_one_date_can_be_answered_for_itself(editor: Editor) -> None:
    uid = editor.create_series("Jardin", START, END, "FREQ=WEEKLY;COUNT=6")
    editor.add_attendee(uid, "amina@example.org")
    editor.answer(uid, "amina@example.org", "DECLINED", on=START + timedelta(days=7))
    assert editor.attendees(uid) == {"amina@example.org": "NEEDS-ACTION"}
    assert "PARTSTAT=DECLINED" in editor.open(uid).events[1].lines("ATTENDEE")[0].params


def test_deleting_and_emptying_take_things_away(editor: Editor) -> None:
    uid = editor.create_event("Autre", START, END)
    editor.delete(UID)
    assert list(editor.uids()) == [uid]
    assert editor.empty_calendar() == 1
    assert editor.texts() == {}


def test_an_edit_of_an_old_version_is_refused(editor: Editor) -> None:
    other = Editor(editor.adapter, "ios", clock=lambda: NOW)
    assert editor.put_stale(UID, "Trop tard", meanwhile=lambda: other.retitle(UID, "D'abord")) is True
    assert editor.put_stale(UID, "À temps", meanwhile=lambda: None) is False
    assert "SUMMARY:À temps" in event_lines(editor)


@pytest.fixture(params=sorted(STYLES))
def contacts(request: pytest.FixtureRequest) -> ContactsEditor:
    numbers = count(1)
    drawer = Drawer({"/cal/c.vcf": CARD})
    return ContactsEditor(drawer, request.param, clock=lambda: NOW, ids=lambda: UUID(int=next(numbers)))


def test_every_style_changes_a_number_and_nothing_beside_it(contacts: ContactsEditor) -> None:
    contacts.change_phone("card-1", "+33 6 99 98 97 96", old="+33612345678")
    lines = unfolded(contacts.text("card-1"))
    assert "item1.TEL;type=CELL:+33 6 99 98 97 96" in lines
    for kept in ("item1.X-ABLabel:Portable", "EMAIL;TYPE=HOME:amina@example.org", "NOTE:Aime le thé\\, pas le café"):
        assert kept in lines
    with pytest.raises(ValueError, match="no number"):
        contacts.change_phone("card-1", "1", old="+33612345678")


def test_every_style_keeps_groups_in_its_own_way(contacts: ContactsEditor) -> None:
    uid = contacts.create_card("Loïc", "Le Goff", phone="+33611111111", mail="loic@example.org", groups=["Aller vers"])
    text = contacts.text(uid)
    if contacts.style.groups_as_cards:
        assert "CATEGORIES" not in text
        (group,) = contacts.named("Aller vers")
        assert f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{uid}" in unfolded(contacts.text(group))
    else:
        assert "CATEGORIES:Aller vers" in unfolded(text)
    assert contacts.named("Loïc Le Goff") == [uid]
    contacts.remove_from_group(uid, "Aller vers")
    assert not any(uid in body and "MEMBER" in body for body in contacts.texts().values())
    assert "CATEGORIES" not in contacts.text(uid)


def test_a_group_card_of_version_four_lists_members_by_uid() -> None:
    contacts = ContactsEditor(Drawer({"/cal/c.vcf": CARD}), "davx5", clock=lambda: NOW)
    contacts.add_to_group("card-1", "Marché", as_card=True)
    contacts.add_to_group("card-1", "Marché", as_card=True)
    (group,) = contacts.named("Marché")
    assert unfolded(contacts.text(group)).count("MEMBER:urn:uuid:card-1") == 1
    assert "KIND:group" in unfolded(contacts.text(group))


def test_merged_cards_are_one_card_with_both_numbers_and_groups(contacts: ContactsEditor) -> None:
    other = contacts.create_card("Amina", "B.", phone="+33699999999", mail="AMINA@example.org")
    contacts.add_to_group(other, "Marché", as_card=False)
    contacts.merge_cards("card-1", other)
    card = contacts.open("card-1").card
    assert [line.value for line in card.lines("TEL")] == ["06 12 34 56 78", "+33699999999"]
    assert [line.value for line in card.lines("EMAIL")] == ["amina@example.org"]
    assert card.value("CATEGORIES") == "Aller vers,Marché"
    with pytest.raises(Missing):
        contacts.open(other)


def test_a_deleted_card_is_gone_and_foreign_lines_go_in(contacts: ContactsEditor) -> None:
    lines = contacts.add_foreign_property("card-1")
    assert set(lines) <= set(unfolded(contacts.text("card-1")))
    contacts.delete_card("card-1")
    assert contacts.texts() == {}
