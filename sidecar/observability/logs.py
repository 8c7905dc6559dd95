"""Logs on standard error: lines for people or one JSON object a line, ours and the libraries' alike."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor

from sidecar.observability.redaction import redact

_QUIET = ("urllib3", "caldav", "alembic", "sqlalchemy.engine", "sidecar.storage.engine.Connections")
"""They tell every request, statement or connection; WARNING unless somebody asks for debug, and INFO then: at DEBUG they
tell rows and addresses, in which people stand."""


def _without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # "event" is the sentence itself, never a secret by name.
    return {name: redact(value, name="" if name == "event" else name) for name, value in event.items()}


def configure(*, level: str = "info", format: str = "console", stream: TextIO | None = None) -> None:
    """Send all logs from ``level`` on to ``stream`` (standard error), as ``console`` or ``json``; callable again."""
    target = stream if stream is not None else sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    # Redaction stands last before the renderer: whatever the steps before it added goes through it too.
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_secrets, renderer],
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in [known for known in root.handlers if getattr(known, "of_hors_les_murs", False)]:
        root.removeHandler(old)
    handler.of_hors_les_murs = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(number)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.INFO if number <= logging.DEBUG else logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes a sentence and fields: ``log.info("pass ended", space=space.id, requests=3)``."""
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(name))
