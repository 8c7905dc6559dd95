"""Rows of Centres, Quartiers, Matériel, Formations and Actions become records."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sidecar.domain.centres import Centre, Equipment, Initiative, Neighbourhood, TeamPolicy
from sidecar.domain.places import Place, PlaceKind
from sidecar.domain.training import Course
from sidecar.exchange.cells import (
    as_date,
    as_geo,
    as_list,
    as_minutes,
    as_text,
    as_time,
    as_whole_number,
    as_yes_no,
    canonical,
    folded,
)
from sidecar.exchange.desk import Desk, resolving
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.phones import as_phone
from sidecar.exchange.rows import Row
from sidecar.exchange.vocabulary import as_choice, means
from sidecar.exchange.workbook import Value


def _timezone(value: Value) -> str:
    typed = as_text(value)
    try:
        return ZoneInfo(typed).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CellRefused("timezone_unknown", typed=typed) from error


def _school_zone(value: Value) -> str:
    typed = as_text(value).upper().removeprefix("ZONE").strip()
    if typed not in ("A", "B", "C"):
        raise CellRefused("school_zone_unknown", typed=as_text(value))
    return typed


def _language(value: Value) -> str:
    typed = folded(as_text(value))[:2]
    if typed not in ("fr", "en"):
        raise CellRefused("language_unknown", typed=as_text(value))
    return typed


def centre_row(desk: Desk, row: Row) -> None:
    name = row.required_text("name")
    reference = desk.reference(row)
    register = desk.registers.centres
    stored = register.get(reference) if reference else None
    if stored is None:
        stored = desk.only(row, register.called(name), "name")
    base = stored or Centre(id=reference or desk.new_id(), name=name)
    record = replace(
        base,
        name=row.text("name", base.name),
        timezone=row.take("timezone", _timezone, base.timezone, "Europe/Paris"),
        school_zone=row.take("school_zone", _school_zone, base.school_zone, "B"),
        phone=row.take("phone", as_phone, base.phone, ""),
        email=row.text("email", base.email),
        language=row.take("language", _language, base.language, "fr"),
        rest_hours=row.take("rest_hours", as_whole_number, base.rest_hours, 0),
        default_rules_from=row.take("default_rules_from", as_date, base.default_rules_from),
    )
    desk.settle(row, [(stored, record)], name)


def neighbourhood_row(desk: Desk, row: Row) -> None:
    name, reference = row.required_text("name"), desk.reference(row)
    register = desk.registers.neighbourhoods
    stored = register.get(reference) if reference else None
    centre = desk.centre_of(row, desk.registers.centres.get(stored.centre_id) if stored else None)
    if centre is None:
        desk.settle(row, [], name)
        return
    if stored is None:
        here = [each for each in register.called(name, centre.id) if each.centre_id == centre.id]
        stored = desk.only(row, here, "name")
    base = stored or Neighbourhood(id=reference or desk.new_id(), centre_id=centre.id, name=name)
    record = replace(base, centre_id=centre.id, name=row.text("name", base.name))
    desk.settle(row, [(stored, record)], name)


def equipment_row(desk: Desk, row: Row) -> None:
    name, reference = row.required_text("name"), desk.reference(row)
    register = desk.registers.equipment
    stored = register.get(reference) if reference else None
    centre = desk.centre_of(row, desk.registers.centres.get(stored.centre_id) if stored else None)
    if centre is None:
        desk.settle(row, [], name)
        return
    if stored is None:
        here = [each for each in register.called(name, centre.id) if each.centre_id == centre.id]
        stored = desk.only(row, here, "name")
    base = stored or Equipment(id=reference or desk.new_id(), centre_id=centre.id, name=name)
    record = replace(
        base,
        centre_id=centre.id,
        name=row.text("name", base.name),
        needs_driver=row.take("needs_driver", as_yes_no, base.needs_driver, False),
    )
    desk.settle(row, [(stored, record)], name)


def course_row(desk: Desk, row: Row) -> None:
    name, reference = row.required_text("name"), desk.reference(row)
    register = desk.registers.courses
    stored = register.get(reference) if reference else None
    if stored is None:
        stored = desk.only(row, register.called(name), "name")
    base = stored or Course(id=reference or desk.new_id(), name=name)
    record = replace(
        base,
        name=row.text("name", base.name),
        validity_months=row.take("validity_months", as_whole_number, base.validity_months),
        by_default=row.take("by_default", as_yes_no, base.by_default, False),
    )
    desk.settle(row, [(stored, record)], name)


def place_of(row: Row, keep: Place | None, usual: Place | None = None) -> Place | None:
    """Place, kind and coordinates from three columns. ``usual`` is what a name like its own stands for."""
    name = row.text("place", keep.name if keep else "")
    if not name and not row.says("place_kind") and not row.says("geo"):
        return None if row.says("place") else keep
    same = keep is not None and name == keep.name
    if not same and usual is not None and canonical(usual.name) == canonical(name):
        keep = usual
        same = True
    if not name:
        row.refuse("place", "cell_missing")
    return Place(
        name=keep.name if keep is not None and same else name,
        kind=row.take("place_kind", _place_kind, keep.kind if keep else None),
        # Coordinates of another place would send people there.
        geo=row.take("geo", as_geo, keep.geo if keep is not None and same else None),
    )


def _place_kind(value: Value) -> PlaceKind:
    return as_choice(value, "place_kind", PlaceKind)


def _team_policy(value: Value) -> TeamPolicy:
    return as_choice(value, "team_policy", TeamPolicy)


def initiative_row(desk: Desk, row: Row) -> None:
    name, reference = row.required_text("name"), desk.reference(row)
    registers = desk.registers
    stored = registers.initiatives.get(reference) if reference else None
    centre = desk.centre_of(row, registers.centres.get(stored.centre_id) if stored else None)
    if centre is None:
        desk.settle(row, [], name)
        return
    if stored is None:
        here = [each for each in registers.initiatives.called(name, centre.id) if each.centre_id == centre.id]
        stored = desk.only(row, [each for each in here if folded(each.name) == folded(name)] or here, "name")
    base = stored or Initiative(id=reference or desk.new_id(), centre_id=centre.id, name=name)
    neighbourhood = resolving(registers.neighbourhoods, centre.id)
    equipment = resolving(registers.equipment, centre.id)
    record = replace(
        base,
        centre_id=centre.id,
        name=row.text("name", base.name),
        aliases=row.texts("aliases", base.aliases),
        neighbourhood_ids=row.references("neighbourhoods", neighbourhood, base.neighbourhood_ids),
        format=row.text("format", base.format),
        rhythm=row.text("rhythm", base.rhythm),
        place=place_of(row, base.place),
        usual_start=row.take("usual_start", as_time, base.usual_start),
        usual_minutes=row.take("usual_minutes", as_minutes, base.usual_minutes),
        equipment_ids=row.references("equipment", equipment, base.equipment_ids),
        course_ids=_courses(desk, row, base.course_ids),
        team_policy=row.take("team_policy", _team_policy, base.team_policy, TeamPolicy.RECOGNISED_PAIR),
        places_for=row.take("places_for", as_whole_number, base.places_for, 3),
        needs_driver=row.take("needs_driver", as_yes_no, base.needs_driver, False),
        themes=row.texts("themes", base.themes),
        preparing=row.take("preparing", as_yes_no, base.preparing, False),
    )
    desk.settle(row, [(stored, record)], name)


def _courses(desk: Desk, row: Row, keep: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """ "par défaut" asks for the centre's default courses, "aucune" for none."""
    if means(row.cell("courses"), "default_courses") or means(row.cell("courses"), "clear"):
        return None
    if means(row.cell("courses"), "no_courses"):
        return ()
    if not row.says("courses") or not as_list(row.cell("courses")):
        return keep
    return row.references("courses", resolving(desk.registers.courses, None), ())
