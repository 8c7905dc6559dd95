"""Worlds on the in-memory server, on Radicale and on Xandikos, as in the rows of calendar apps."""

from tests.rows.conftest import begin, begin_styled, styled, world

__all__ = ["begin", "begin_styled", "styled", "world"]
