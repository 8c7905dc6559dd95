"""What the domain refuses, and why. Texts for people stand in the catalogues under ``error.<code>``."""

from __future__ import annotations


class DomainError(Exception):
    """Base of all refusals. ``code`` names the sentence in the catalogues, ``details`` fill its gaps."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(f"{code}: {details}" if details else code)


class InvalidAppointment(DomainError):
    """An appointment that cannot be: naive time, end before start."""


class NotFound(DomainError):
    """Nothing has that id, or nothing that the asker may see."""


class StaleVersion(DomainError):
    """Somebody saved the same thing meanwhile. ``details['changed']`` maps field -> (yours, theirs)."""


class NotAllowed(DomainError):
    """The asker sees it and may not do that to it."""


class NotNow(DomainError):
    """What is asked does not fit how things are at present."""


class PublishingBlocked(DomainError):
    """Findings block publishing and no reason was given. ``details['findings']`` lists them."""
