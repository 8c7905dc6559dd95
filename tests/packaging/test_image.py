"""The image by its recipe: who it runs as, what it fetches, how big what it needs is; and the compose files beside it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from container.contents import dispensable, installed, measure, needed

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "Dockerfile").read_text("utf-8")
STEPS = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", RECIPE, flags=re.MULTILINE)).splitlines()
COMPOSED = ["compose.yaml", "compose.existing.yaml", "compose.scale.yaml"]


def last_stage() -> list[str]:
    return STEPS[max(n for n, step in enumerate(STEPS) if step.startswith("FROM ")) :]


def test_it_runs_as_a_fixed_user_who_is_not_root() -> None:
    users = [step.removeprefix("USER ") for step in last_stage() if step.startswith("USER ")]
    assert users == ["10001:10001"]
    assert any("--uid 10001 --gid 10001" in step for step in last_stage())


def test_every_stage_starts_from_one_base_pinned_by_tag_and_digest() -> None:
    assert {step.partition(" AS ")[0] for step in STEPS if step.startswith("FROM ")} == {
        "FROM ${PYTHON_IMAGE}${PYTHON_DIGEST}"
    }
    assert re.search(r"^ARG PYTHON_IMAGE=docker\.io/library/python:3\.\d+-slim-\w+$", RECIPE, re.MULTILINE)
    assert re.search(r"^ARG PYTHON_DIGEST=@sha256:[0-9a-f]{64}$", RECIPE, re.MULTILINE)


def test_nothing_is_fetched_without_a_checksum() -> None:
    assert not [step for step in STEPS if step.startswith("ADD ") or re.search(r"\b(curl|wget|apt-get|git)\b", step)]
    installs = [step for step in STEPS if " install " in step and "pip" in step]
    assert len(installs) == 2
    assert all("--require-hashes" in step or "--no-index" in step for step in installs)
    # The lock leaves out what would overwrite urllib3, and pip would fetch it all the same.
    assert all("--no-deps" in step for step in installs)
    assert len(re.findall(r"^ARG FRP_SHA256_(?:AMD64|ARM64)=[0-9a-f]{64}$", RECIPE, re.MULTILINE)) == 2


def test_docker_asks_it_whether_it_is_well_without_curl() -> None:
    asked = [step for step in last_stage() if step.startswith("HEALTHCHECK ")]
    assert len(asked) == 1
    assert asked[0].endswith('CMD ["python3", "/opt/hors-les-murs/health.py"]')


def test_the_folders_that_volumes_are_mounted_on_belong_to_that_user() -> None:
    made = next(step for step in last_stage() if "install -d" in step)
    for folder in ("/data", "/nc_app_hors_les_murs_data", "/certs/frp"):
        assert f" {folder}" in made


def test_only_what_is_named_reaches_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    named = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert named == {
        "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "requirements/run.txt",
        "container", "calendars", "sidecar",
    }  # fmt: skip
    assert [name for name in named if not (ROOT / name).exists()] == []
    copied = {
        word.rstrip("/")
        for step in STEPS
        if step.startswith("COPY ") and "--from" not in step
        for word in step.split()[1:-1]
    }
    assert {name for name in copied if not any(name == n or name.startswith(f"{n}/") for n in named)} == set()


def test_what_it_needs_stays_small() -> None:
    """Measured in November 2026: 47 distributions and 82 MB with PostgreSQL's client. More is a decision, taken here."""
    counted = measure(needed(["postgres"], installed()))
    assert 30 < counted.distributions <= 52
    assert counted.bytes <= 92_000_000


def test_what_it_needs_is_told_from_what_builds_and_tests_it() -> None:
    there = installed()
    with_postgres, with_demo = needed(["postgres"], there).keys(), needed(["postgres", "demo"], there).keys()
    assert {"flask", "gunicorn", "psycopg", "psycopg-binary", "caldav", "jinja2"} <= with_postgres
    assert not {"radicale", "hatchling", "pytest", "ruff", "hypothesis"} & with_postgres
    assert "radicale" in with_demo
    assert "psycopg" not in needed([], there)


@pytest.mark.parametrize(
    ("file", "gone"),
    [
        ("babel/locale-data/fr.dat", False), ("babel/locale-data/fr_CA.dat", False), ("babel/locale-data/en_150.dat", False),
        ("babel/locale-data/root.dat", False), ("babel/locale-data/de.dat", True), ("babel/locale-data/frr.dat", True),
        ("babel/locale-data/LICENSE.unicode", False), ("babel/global.dat", False), ("lxml/includes/tree.pxd", True),
        ("lxml/etree.so", False),
    ],
)  # fmt: skip
def test_only_data_of_languages_that_nobody_reads_here_is_left_out(file: str, gone: bool) -> None:
    assert dispensable(Path(file)) is gone


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file_keeps_each_container_of_ours_small_in_rights(name: str) -> None:
    composed = yaml.safe_load((ROOT / name).read_text("utf-8"))
    ours = {key: s for key, s in composed["services"].items() if s["image"].startswith("hors-les-murs:")}
    assert ours
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108
    for service in composed["services"].values():
        # Behind a web server with TLS, or reached by the others alone.
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        mounted = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert {volume for volume in mounted if not volume.startswith(".")} <= composed["volumes"].keys()
        assert [volume for volume in mounted if volume.startswith(".") and not (ROOT / volume).exists()] == []
        assert set(service.get("depends_on", ())) <= composed["services"].keys()


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file_holds_no_secret_and_the_version_of_the_program(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    assert set(re.findall(r"image: hors-les-murs:(\S+)", text)) == {version[1]}
    assert not re.search(r"(?i)(password|secret|key): +[^$\s]", text)


def test_the_containers_of_one_machine_share_folder_and_database() -> None:
    services = yaml.safe_load((ROOT / "compose.scale.yaml").read_text("utf-8"))["services"]
    pages, worker = services["pages"], services["worker"]
    assert pages["command"] == ["serve", "--no-sync"]
    assert worker["command"] == ["serve"]
    assert worker["deploy"]["replicas"] == 2
    assert pages["volumes"] == worker["volumes"] == ["data:/data"]
    assert pages["environment"]["HLM_DATABASE_URL"] == worker["environment"]["HLM_DATABASE_URL"]


def test_the_unit_gives_the_program_one_folder_and_no_more() -> None:
    unit = (ROOT / "docs" / "systemd" / "hors-les-murs.service").read_text("utf-8").splitlines()
    for line in (
        "User=hors-les-murs", "StateDirectory=hors-les-murs", "ProtectSystem=strict", "ProtectHome=yes",
        "NoNewPrivileges=yes", "PrivateTmp=yes", "CapabilityBoundingSet=", "UMask=0077",
    ):  # fmt: skip
        assert line in unit
    assert "Environment=HLM_DATA_DIR=/var/lib/hors-les-murs PYTHONUNBUFFERED=1" in unit


@pytest.mark.parametrize("script", ["container/start.sh"])
def test_a_script_of_the_container_is_read_by_its_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", ROOT / script], check=False, capture_output=True).stderr == b""
