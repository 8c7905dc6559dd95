"""A missing system program is a skip that says what to do, or a failure where everything has to run."""

from __future__ import annotations

import pytest

from tests.storage.conftest import require_system


def test_a_missing_program_skips_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HLM_REQUIRE_SYSTEM", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs make test-deps"):
        require_system("PostgreSQL", None)


def test_a_missing_program_fails_where_all_have_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLM_REQUIRE_SYSTEM", "1")
    with pytest.raises(pytest.fail.Exception, match="needs make test-deps"):
        require_system("PostgreSQL", None)


def test_a_program_that_is_there_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLM_REQUIRE_SYSTEM", "1")
    require_system("PostgreSQL", "/usr/lib/postgresql/15/bin")
