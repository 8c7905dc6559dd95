"""Telephone numbers of cells: E.164 where they can be dialled, else as typed."""

from __future__ import annotations

from sidecar.exchange.cells import as_list, as_text
from sidecar.exchange.workbook import Value
from sidecar.france.phones import display, to_e164


def as_phone(value: Value) -> str:
    """One number. A number cell has lost its leading zero: nine digits are a French number."""
    typed = as_text(value)
    if isinstance(value, int | float) and len(typed) == 9:
        typed = "0" + typed
    return to_e164(typed) or typed


def as_phones(value: Value) -> tuple[str, ...]:
    if isinstance(value, int | float):
        return (as_phone(value),)
    return tuple(dict.fromkeys(as_phone(each) for each in as_list(value)))


def phone_text(phone: str) -> str:
    """As people write it: "02 61 91 00 12"; ``as_phone`` reads it back as the same number."""
    shown = display(phone)
    return shown if as_phone(shown) == phone else phone
