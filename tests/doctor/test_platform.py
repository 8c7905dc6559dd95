"""What a platform tells of itself, and what is said where there is none; a stand-in plays the platform."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.exapp import ExApp
from sidecar.services.doctor import Level
from sidecar.services.doctor.platform import BackgroundJobs, Jobs, SharingLimits, Webhooks
from sidecar.services.platform import STANDING_KEY, PlatformError, nominate
from tests.doctor.ward import Ward, blamed, now, of, ward

WELL = {
    "mail": True,
    "jobs": BackgroundJobs(mode=Jobs.CRON, last_run=now()),
    "limits": SharingLimits(),
    "hooks": Webhooks(registered=6, wanted=6, last_arrived=now()),
}


@dataclass(frozen=True)
class StandIn:
    """Answers what a test hands it; an exception is raised."""

    mail: object = None
    jobs: object = None
    limits: object = None
    hooks: object = None

    def _given(self, value):
        if isinstance(value, Exception):
            raise value
        return value

    def outgoing_mail(self):
        return self._given(self.mail)

    def background_jobs(self):
        return self._given(self.jobs)

    def sharing(self):
        return self._given(self.limits)

    def webhooks(self):
        return self._given(self.hooks)


@pytest.fixture
def lone(tmp_path: Path) -> Ward:
    """Nothing connected, so that all that is blamed besides is the platform's."""
    return ward(tmp_path, None)


def looked(lone: Ward, **given: object) -> set[str]:
    lone.set(platform=StandIn(**(WELL | given)))
    return blamed(lone.look()) - {"connected.nothing"}


def test_a_platform_in_order_is_not_blamed(lone: Ward) -> None:
    assert looked(lone) == set()
    found = lone.look()
    assert {r.level for r in found.results if r.about == "Nextcloud"} == {Level.OK}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"mail": False}, "outgoing_mail.not_set"),
        ({"jobs": BackgroundJobs(mode=Jobs.AJAX)}, "background_jobs.not_cron"),
        ({"jobs": BackgroundJobs(mode=Jobs.WEBCRON, last_run=now())}, "background_jobs.not_cron"),
        ({"jobs": BackgroundJobs(mode=Jobs.CRON, last_run=now() - timedelta(days=2))}, "background_jobs.stopped"),
        ({"limits": SharingLimits(only_own_groups=True)}, "group_sharing.only_own_groups"),
        ({"limits": SharingLimits(may_not=True)}, "group_sharing.may_not"),
        ({"hooks": Webhooks(registered=2, wanted=6)}, "webhooks.missing"),
    ],
)
def test_what_is_wrong_with_the_platform_is_named(lone: Ward, given: dict[str, object], named: str) -> None:
    assert looked(lone, **given) == {named}


def test_that_no_signal_arrived_yet_is_no_fault(lone: Ward) -> None:
    assert looked(lone, hooks=Webhooks(registered=6, wanted=6)) == set()
    assert [r.key for r in of(lone.look(), "webhooks")] == ["none_yet"]


def test_what_the_platform_does_not_tell_is_unknown(lone: Ward) -> None:
    assert looked(lone, mail=None, jobs=None, limits=None, hooks=None) == set()
    found = lone.look()
    assert {(r.level, r.key) for r in found.results if r.about == "Nextcloud"} == {(Level.UNKNOWN, "not_told")}


def test_a_platform_that_does_not_answer_leaves_the_other_checks_alone(lone: Ward) -> None:
    assert looked(lone, mail=PlatformError("platform_maintenance")) == set()
    found = lone.look()
    assert [(r.level, r.key) for r in of(found, "outgoing_mail")] == [(Level.UNKNOWN, "not_checked")]
    assert [r.key for r in of(found, "background_jobs")] == ["ok"]


def test_without_a_platform_each_check_says_that_it_was_not_made(lone: Ward) -> None:
    keys = {(r.check, r.level, r.key) for r in lone.look().results if r.about == "Nextcloud"}
    assert keys == {
        (check, Level.UNKNOWN, "no_platform") for check in ("outgoing_mail", "background_jobs", "group_sharing", "webhooks")
    }


def test_how_the_platform_lets_us_in_is_told(lone: Ward) -> None:
    exapp = ExApp(app_id="hors_les_murs", secret="s", version="1", nextcloud_url="https://cloud.example")
    lone.config = replace(lone.config, exapp=exapp)
    assert blamed(lone.look()) == {"connected.nothing", "platform.rests"}
    with lone.board() as uow:
        nominate(uow, "service")
    assert blamed(lone.look()) == {"connected.nothing"}
    with lone.board() as uow:
        uow.settings.set(STANDING_KEY, {"enabled": False})
    found = lone.look()
    assert blamed(found) == {"connected.nothing", "platform.rests"}
    assert "platform_disabled" in repr(of(found, "platform"))
