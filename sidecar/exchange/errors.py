"""What is wrong with a file, and what is wrong with a cell. Texts stand in the catalogues (``import.toml``)."""

from __future__ import annotations

from sidecar.domain.errors import DomainError


class WorkbookError(DomainError):
    """The file as a whole cannot be read or written; nothing was changed. Sentence: ``error.<code>``."""


class ImportRefused(DomainError):
    """The plan holds refused rows and nobody said to leave them out; nothing was changed."""


class CellRefused(Exception):
    """One cell cannot be understood. Sentence: ``import.refused.<code>``, which says what to write instead."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}" if params else code)
