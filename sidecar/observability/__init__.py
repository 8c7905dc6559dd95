"""What the process says about itself, without the secrets it handles.

``configure`` once at start, ``get_logger`` everywhere. What coordinators read of a pass is data (``SyncRun``), no log.
"""

from __future__ import annotations

from sidecar.observability.logs import configure, get_logger
from sidecar.observability.redaction import HIDDEN, redact, redact_text

__all__ = ["HIDDEN", "configure", "get_logger", "redact", "redact_text"]
