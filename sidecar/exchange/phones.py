"""Phone numbers of cells: E.164 where they can be read as French or international ones, else as typed."""

from __future__ import annotations

import phonenumbers

from sidecar.exchange.cells import as_list, as_text
from sidecar.exchange.workbook import Value

REGION = "FR"


def _e164(typed: str) -> str:
    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException:
        return typed
    if number.extension or not phonenumbers.is_possible_number(number):
        return typed
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_phone(value: Value) -> str:
    """One number. A number cell has lost its leading zero: nine digits are a French number."""
    typed = as_text(value)
    if isinstance(value, int | float) and len(typed) == 9:
        typed = "0" + typed
    return _e164(typed) if typed else ""


def as_phones(value: Value) -> tuple[str, ...]:
    if isinstance(value, int | float):
        return (as_phone(value),)
    return tuple(dict.fromkeys(_e164(each) for each in as_list(value)))


def phone_text(phone: str) -> str:
    """As people write it: "02 61 91 00 12" for a French number, else international; ``as_phone`` reads it back."""
    if not phone.startswith("+"):
        return phone
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    national = number.country_code == phonenumbers.country_code_for_region(REGION)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    shown = phonenumbers.format_number(number, style)
    return shown if _e164(shown) == phone else phone
