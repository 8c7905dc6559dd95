"""The house keeps its own rules: pure domain, no forbidden names, hashed requirements, one list of settings."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from sidecar.config import describe

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("calendars", "sidecar")


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", modules("sidecar/domain"), ids=lambda path: path.name)
def test_the_domain_imports_the_standard_library_and_itself(path: Path) -> None:
    others = {
        name
        for name in imports_of(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("sidecar.domain.")
    }
    assert others == set()


@pytest.mark.parametrize("path", modules("sidecar/domain"), ids=lambda path: path.name)
def test_the_domain_reads_no_clock_and_draws_no_ids(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    impure = re.compile(r"(^|\.)(now|today|utcnow|uuid1|uuid4|token_\w+|urandom|open|time|monotonic|random)$")
    assert {name for name in called if impure.search(name)} == set()


def test_no_module_is_called_by_what_everything_could_be_called() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc"}
    assert [path for path in modules(*PACKAGES) if path.stem in vague or path.parent.name in vague] == []


def test_no_module_outgrows_four_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): n for path in modules(*PACKAGES) if (n := path.read_text("utf-8").count("\n")) > 400
    }
    assert long == {}


def test_every_module_starts_with_its_promise() -> None:
    without = [
        str(path.relative_to(ROOT))
        for path in modules(*PACKAGES)
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert without == []


@pytest.mark.parametrize("path", modules("tests/editor"), ids=lambda path: path.name)
def test_the_tests_calendar_client_stands_on_its_own(path: Path) -> None:
    allowed = {"pytest", "responses", "tests"} if path.name.startswith("test_") else {"requests", "lxml", "tests"}
    used = {name for name in imports_of(path) if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in used if name.split(".")[0] not in allowed} == set()
    assert {name for name in used if name.startswith("tests") and not name.startswith("tests.editor")} == set()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "tools.txt"])
def test_requirements_are_pinned_hashed_and_name_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    requirements = text.replace("\\\n", " ").strip().splitlines()
    assert requirements
    for line in requirements:
        assert re.match(r"^[a-z0-9._-]+(\[[a-z,]+\])?==\S+( ; [^#]+?)? +--hash=sha256:[0-9a-f]{64}", line), line
    assert "://" not in text
    assert "index" not in text.replace("importlib", "")


def test_the_requirements_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["postgres"],
        *project["project"]["optional-dependencies"]["demo"],
        *project["dependency-groups"]["build"],
    ]
    tests = [*wanted, *project["dependency-groups"]["test"], *project["dependency-groups"]["lint"]]
    for file, requirements in (("run.txt", wanted), ("dev.txt", tests)):
        locked = set(re.findall(r"^([a-z0-9._-]+)", (ROOT / "requirements" / file).read_text("utf-8"), re.MULTILINE))
        names = {re.split(r"[\[<>=~!; ]", requirement)[0].lower() for requirement in requirements}
        assert names - locked == set(), file


def test_both_requirement_files_agree_on_versions() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text("utf-8")
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))

    run, dev = versions("run.txt"), versions("dev.txt")
    assert {name: (version, dev.get(name)) for name, version in run.items() if dev.get(name) != version} == {}


def test_caldav_does_not_bring_the_library_that_overwrites_urllib3() -> None:
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8")
        assert not re.search(r"^(niquests|urllib3-future)==", text, re.MULTILINE)


def test_the_licence_is_the_whole_agpl() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.splitlines()[0].strip() == "GNU AFFERO GENERAL PUBLIC LICENSE"
    assert len(text.splitlines()) == 661
    assert "END OF TERMS AND CONDITIONS" in text
    assert "13. Remote Network Interaction" in text


def test_settings_are_read_in_one_place() -> None:
    reads = re.compile(r"(environ\b[^\n]*|getenv\()[\"']HLM_")
    readers = [
        str(path.relative_to(ROOT))
        for path in modules(*PACKAGES)
        if path != ROOT / "sidecar" / "config.py" and reads.search(path.read_text("utf-8"))
    ]
    assert readers == [], "sidecar.config has load() and spoken_language()"


def test_the_readme_lists_the_settings_that_there_are() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0].strip().splitlines()
    rows = ["| `{name}` | {default} | {meaning} | `{example}` |".format(**row) for row in describe()]
    assert table[2:] == rows
