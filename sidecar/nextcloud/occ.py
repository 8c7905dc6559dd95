"""/occ/<command>: what an administrator starts as ``occ hors-les-murs:…``, run as our own command line.

A process of its own: what it prints is what the same command prints in a terminal, and it cannot take the pages along.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request

from sidecar.i18n import Translator, translator
from sidecar.nextcloud.lifecycle import require_platform
from sidecar.nextcloud.signing import Gate

COMMANDS: Mapping[str, Mapping[str, str]] = {
    "sync": {"full": "--full", "dry-run": "--dry-run"}, "doctor": {}, "take-out": {"yes": "--yes"},
}  # fmt: skip
"""Command -> the options that Nextcloud may hand on, and what they are called on our side."""
PATIENCE = 900.0
"""Seconds after which a command is ended."""
_OURS = (sys.executable, "-c", "from sidecar.cli import main; main()")
Start = Callable[[Sequence[str]], "subprocess.Popen[str]"]


def start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_OURS, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        encoding="utf-8", errors="replace", start_new_session=True,
    )  # fmt: skip


def occ(gate: Gate, language: str, start: Start = start, patience: float = PATIENCE) -> Blueprint:
    """The route; ``start`` begins a command of ours."""
    blueprint = Blueprint("nextcloud_occ", __name__)
    words = translator(language)

    @blueprint.post("/occ/<name>")
    def command(name: str) -> Response:
        require_platform(gate)
        if name not in COMMANDS:
            abort(404)
        flags = _flags(name, request.get_json(force=True, silent=True))
        # AppAPI takes any status but 200 for a failure without words: how it ended stands in the last line.
        return Response(_lines(start([name, *flags]), words, patience), mimetype="text/plain")

    return blueprint


def _flags(name: str, told: Any) -> list[str]:
    asked = told.get("occ") if isinstance(told, Mapping) else None
    options = asked.get("options") if isinstance(asked, Mapping) else None
    return [flag for option, flag in COMMANDS[name].items() if isinstance(options, Mapping) and options.get(option) is True]


def _lines(process: subprocess.Popen[str], words: Translator, patience: float) -> Iterator[str]:
    """What the process prints, as it prints it; it ends with the answer, whoever hangs up."""
    late = threading.Timer(patience, process.kill)
    late.start()
    try:
        yield from process.stdout or ()
        code = process.wait()
        if code < 0 and not late.is_alive():
            yield words("nextcloud.occ_too_long", minutes=int(patience // 60)) + "\n"
        elif code:
            yield words("nextcloud.occ_ended", code=code) + "\n"
    finally:
        late.cancel()
        process.kill()
        process.wait()
