"""Telephone numbers as people type them, as machines keep them, as people read them.

phonenumberslite loads its tables on first use, which takes a moment: it is imported when a number is read, so that
a command that reads none does not wait for it.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def to_e164(text: str, region: str = "FR") -> str | None:
    """``"06 12 34 56 78"`` -> ``"+33612345678"``; None for what is no number that can be dialled.

    ``region`` (ISO 3166-1) is where a number without country code is from. A ``tel:`` in front and an extension are
    borne; the extension is not kept, E.164 has none (ITU-T E.164).
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text.strip().removeprefix("tel:"), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=4096)
def display(e164: str) -> str:
    """``"+33612345678"`` -> ``"06 12 34 56 78"``; a number from elsewhere keeps its country code.

    What is no number in E.164 comes back as it is: people typed it, people can read it.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    national = number.country_code == phonenumbers.country_code_for_region("FR")
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))
