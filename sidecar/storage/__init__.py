"""Tables, repositories, unit of work and sync memory, on SQLite and PostgreSQL."""

from sidecar.storage.database import Storage
from sidecar.storage.errors import ReadOnlyUnit, StorageError
from sidecar.storage.memory import SqlMemory
from sidecar.storage.outbox import Waiting
from sidecar.storage.tokens import Token, TokenKind
from sidecar.storage.unit import UnitOfWork

__all__ = ["ReadOnlyUnit", "SqlMemory", "Storage", "StorageError", "Token", "TokenKind", "UnitOfWork", "Waiting"]
