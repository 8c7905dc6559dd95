"""How a call's body is read: what no JSON reader can hold is refused like what is no JSON."""

from __future__ import annotations

import json
from typing import Any

from flask import Request
from flask_smorest import Blueprint
from flask_smorest.arguments import ArgumentsMixin


class _Reader(type(ArgumentsMixin.ARGUMENTS_PARSER)):  # type: ignore[misc]
    def _raw_load_json(self, req: Request) -> Any:
        """Brackets nested by the thousand and numbers of thousands of digits are JSON (RFC 8259 section 9 lets a reader
        set limits), and Python's reader gives up on them with errors of their own."""
        try:
            return super()._raw_load_json(req)
        except UnicodeDecodeError:
            raise
        except (RecursionError, ValueError) as error:
            raise (
                error if isinstance(error, json.JSONDecodeError) else json.JSONDecodeError("beyond limits", "", 0)
            ) from error


class Calls(Blueprint):
    """A part of the interface."""

    ARGUMENTS_PARSER = _Reader()
