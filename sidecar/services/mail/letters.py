"""What stands in a letter: what happened, and where to read more. Nobody is named, and nothing of a title gets into a header
line of its own.

A letter that is sent again with the same news is the same one, its Message-ID (RFC 5322 section 3.6.4) and date included, so
that mailboxes can show it once. It says that a machine wrote it (RFC 3834), so that no machine answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from sidecar.domain.centres import Centre
from sidecar.domain.happenings import Delivery
from sidecar.i18n import translator
from sidecar.services.telling.wording import sentence

LONGEST = 150
"""Characters of a subject."""


def letter(
    deliveries: Sequence[Delivery], *, centre: Centre, sender: str, recipient: str, base_url: str, instance: str
) -> EmailMessage:
    """One for all of them, in the centre's language and time."""
    t = translator(centre.language).in_zone(centre.timezone)
    news = [(one_line(sentence(one.message, {}, t)), one.message.appointment_id) for one in deliveries]
    what = news[0][0] if len(news) == 1 else t("telling.many", count=len(news))
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=one_line(centre.name), addr_spec=sender)
    made["To"] = recipient
    made["Subject"] = one_line(t("mail.subject", centre=centre.name, what=what), LONGEST)
    made["Date"] = max(one.made_at for one in deliveries)
    made["Message-ID"] = f"<{_id([one.id for one in deliveries])}@{sender.rpartition('@')[2]}>"
    made["List-Id"] = f"<{_label(centre.id)}.{_label(instance)}.hors-les-murs.invalid>"
    made["Auto-Submitted"] = "auto-generated"
    told = [f"{text}\n{base_url}/appointments/{appointment_id}" for text, appointment_id in news]
    made.set_content("\n\n".join([*told, t("mail.footer", centre=one_line(centre.name))]) + "\n", cte="quoted-printable")
    return made


def one_line(text: str, longest: int | None = None) -> str:
    """Without anything that could end a line, or be seen by nobody.

    >>> one_line("Café\\r\\nBcc: a@b.example"), one_line("Café du facteur", 5)
    ('Café Bcc: a@b.example', 'Café…')
    """
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if longest is None or len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"


def _id(ids: list[str]) -> str:
    return _label(ids[0]) if len(ids) == 1 else hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]


def _label(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", text)
