"""What stands in a letter: what happened, and where to read more. Nobody is named, and no title makes a header of its own.

What was sent together is sent again together: the same letter, its Message-ID (RFC 5322 section 3.6.4) and date included, so
that mailboxes can show it once. It says that a machine wrote it (RFC 3834), so that no machine answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from sidecar.domain.centres import Centre
from sidecar.domain.happenings import Delivery
from sidecar.i18n import translator
from sidecar.services.telling.wording import sentence

SUBJECT, NAME = 150, 70
"""Characters of a subject, and of the name before our address."""


def letter(
    deliveries: Sequence[Delivery], *, centre: Centre, sender: str, recipient: str, base_url: str, instance: str
) -> EmailMessage:
    """One for all of them, in the centre's language and time; what comes first in the calendar stands first."""
    t = translator(centre.language).in_zone(centre.timezone)
    news = [(one_line(sentence(one.message, {}, t)), one.message.appointment_id) for one in sorted(deliveries, key=_start)]
    what = news[0][0] if len(news) == 1 else t("telling.many", count=len(news))
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=in_header(centre.name, NAME), addr_spec=sender)
    made["To"] = recipient
    made["Subject"] = in_header(t("mail.subject", centre=centre.name, what=what), SUBJECT)
    made["Date"] = max(one.made_at for one in deliveries)
    made["Message-ID"] = f"<{_digest(*(one.id for one in deliveries))}@{sender.rpartition('@')[2]}>"
    made["List-Id"] = f"<{_digest(instance, centre.id)}.hors-les-murs.invalid>"
    made["Auto-Submitted"] = "auto-generated"
    told = [f"{text}\n{base_url}/appointments/{appointment_id}" for text, appointment_id in news]
    made.set_content("\n\n".join([*told, t("mail.footer", centre=one_line(centre.name))]) + "\n", cte="quoted-printable")
    return made


def one_line(text: str) -> str:
    """Without anything that could end a line, or be seen by nobody.

    >>> one_line("Café\\r\\nBcc: a@b.example")
    'Café Bcc: a@b.example'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def in_header(text: str, longest: int) -> str:
    """One line that means nothing else than what it says: ``=?`` begins an encoded word (RFC 2047 section 2), which the
    library would read, line ends and all, before it writes the header.

    >>> in_header("=?utf-8?q?=0D=0ABcc:?=", 150), in_header("Café du facteur", 5)
    ('= ?utf-8?q?=0D=0ABcc:?=', 'Café…')
    """
    plain = one_line(text).replace("=?", "= ?")
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"


def _start(one: Delivery) -> datetime:
    about = one.message.appointment
    return about.start if about is not None else one.made_at


def _digest(*ids: str) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:32]
