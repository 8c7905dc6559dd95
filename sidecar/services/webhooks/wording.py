"""What a call says, as JSON: which thing, when, where, how it stands. No names, addresses, numbers or notes of anybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sidecar.domain.appointments import AppointmentState
from sidecar.domain.happenings import HappeningKind, Message, Shown

TEST = "test"
"""The type of a call that tells nothing; ``data`` is empty."""


def called(message: Message, base_url: str) -> dict[str, Any]:
    """The body of a call. Times are ISO 8601: ``timestamp`` in UTC, an appointment's in its centre's offset."""
    data: dict[str, Any] = {
        "centre": {"id": message.centre_id, "name": message.centre_name},
        "appointment": _appointment(message, base_url),
    }
    if message.changed:
        data["changed"] = [part.value for part in message.changed]
    if message.conflict_id:
        data["conflict"] = {"id": message.conflict_id}
    return body_of(_type(message), message.at, data)


def body_of(type: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": type, "timestamp": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), "data": data}


def _type(message: Message) -> str:
    if message.kind is HappeningKind.COVER:
        return f"cover.{'opened' if message.cover == 'open' else message.cover}"
    if message.kind is HappeningKind.CONFLICT:
        return "conflict.opened"
    return f"appointment.{message.kind.value}"


def _appointment(message: Message, base_url: str) -> dict[str, Any] | None:
    view = message.appointment
    if view is None:
        return None
    return {
        "id": message.appointment_id,
        "kind": view.kind.value,
        "start": view.start.isoformat(),
        "end": view.end.isoformat(),
        "all_day": view.all_day,
        "place": view.place,
        "status": _status(view) if message.after is not None else AppointmentState.CANCELLED.value,
        "link": f"{base_url}/appointments/{message.appointment_id}",
    }


def _status(view: Shown) -> str:
    return "to_confirm" if view.to_confirm and view.state is AppointmentState.PUBLISHED else view.state.value
