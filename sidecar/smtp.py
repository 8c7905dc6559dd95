"""Where our mail is handed in: server, how the way there is protected, user. Pure: nothing is sent here."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
LONGEST = 254
"""Characters of a mail address (RFC 5321 section 4.5.3.1.3, less the brackets around a path)."""


class Security(StrEnum):
    """How the way to the server is protected; the values are how an address begins.

    STARTTLS is demanded (RFC 8314 section 4.1): a server that does not offer it is told nothing.
    """

    STARTTLS = "smtp"
    TLS = "smtps"
    NONE = "smtp+plain"

    @property
    def port(self) -> int:
        return {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}[self]


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """``user`` "" hands in mail without signing in. The password stands in a file."""

    host: str
    port: int
    security: Security
    user: str = ""

    @property
    def on_this_machine(self) -> bool:
        """Whether nobody else can listen on the way."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    def __str__(self) -> str:
        """The server as people see it: without the user."""
        return f"{self.host}:{self.port}"


def is_address(text: str) -> bool:
    """Whether it is one mail address, as nearly all are: plain letters, no quotes, nothing that could end a line (RFC 5321
    section 4.1.2; what servers take beyond that, few do).

    >>> is_address("equipe@maurepas.example"), is_address("Équipe <e@m.example>"), is_address("a@b.c\\nBcc: d@e.f")
    (True, False, False)
    """
    local = text.partition("@")[0]
    return len(text) <= LONGEST and len(local) <= 64 and _ADDRESS.fullmatch(text) is not None
