"""A first import from the page: shown first, row and column of what is wrong, then done; nothing of the file is kept."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sidecar.domain.audit import Origin
from sidecar.services.importing import MOST_BYTES, look, mark_of, read_sent
from sidecar.web.setting_up.importing import Sent
from tests.access.conftest import Embedded

PEOPLE = """Prénom;Nom;Centre;Mail
Nadia;Kerrien;Centre social Cleunay;nadia@example.org
Omar;Diallo;Centre social Cleunay;omar@example.org
"""
WRONG = PEOPLE + "Zoé;Perdue;Nulle part;zoe@example.org\n"


def form(embedded: Embedded, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"form_token": embedded.form_token("root", "/set-up/")} | dict(more or {})


def upload(embedded: Embedded, content: bytes | str, name: str = "Personnes.csv") -> Any:
    """Sent as a file, as a browser without the script does."""
    raw = content.encode() if isinstance(content, str) else content
    headers = embedded._headers("root", {})
    data = form(embedded) | {"workbook": (io.BytesIO(raw), name)}
    return embedded.client.post("/ui/set-up/import", data=data, headers=headers, content_type="multipart/form-data")


def as_text(embedded: Embedded, content: str, name: str = "Personnes.csv") -> Any:
    """Sent as text in a field, as the script does."""
    return embedded.post(
        "/set-up/import", "root", form(embedded, {"name": name, "workbook64": Sent(name, content.encode()).as_text})
    )


def hidden(page: str) -> dict[str, str]:
    """The fields of the form that confirms."""
    (confirming,) = (form for form in page.split("<form ")[1:] if 'name="mark"' in form)
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', confirming)}


def confirm(embedded: Embedded, page: str, **more: str) -> Any:
    return embedded.post("/set-up/import/done", "root", hidden(page) | more)


def people(embedded: Embedded) -> set[str]:
    with embedded.scene.reading() as uow:
        return {person.full_name for person in uow.people.all()}


@pytest.mark.parametrize("send", [upload, as_text], ids=["as a file", "as text"])
def test_what_would_be_imported_is_shown_then_imported(embedded: Embedded, send: Any) -> None:
    shown = send(embedded, PEOPLE)
    assert shown.status_code == 200
    assert "2 nouveautés" in shown.text
    assert "Nadia Kerrien" in shown.text
    assert "Rien n&#39;est encore enregistré" in shown.text
    assert "Nadia Kerrien" not in people(embedded)
    done = confirm(embedded, shown.text)
    assert done.status_code == 200
    assert "C&#39;est enregistré" in done.text
    assert {"Nadia Kerrien", "Omar Diallo"} <= people(embedded)
    with embedded.scene.reading() as uow:
        (nadia,) = (p for p in uow.people.all() if p.family_name == "Kerrien")
        (entry,) = uow.audit.of("person", nadia.id)
    assert (entry.actor, entry.origin) == ("page:root", Origin.IMPORT)
    assert "2 lignes inchangées" in send(embedded, PEOPLE).text


def test_what_is_wrong_is_told_with_row_and_column_and_the_rest_is_imported_on_demand(embedded: Embedded) -> None:
    shown = upload(embedded, WRONG)
    assert re.search(r"Feuille « Personnes », ligne 4, colonne « Centre » : ", unescape(shown.text))
    refused = confirm(embedded, shown.text)
    assert refused.status_code == 422
    assert "Nadia Kerrien" not in people(embedded)
    done = confirm(embedded, shown.text, partial="1")
    assert done.status_code == 200
    assert "Nadia Kerrien" in people(embedded)
    assert "Zoé Perdue" not in people(embedded)


def test_what_changed_in_between_is_shown_again_and_nothing_is_written(embedded: Embedded) -> None:
    shown = upload(embedded, PEOPLE)
    with embedded.scene.board() as uow:
        uow.people.save(replace(uow.people.get("paul"), given_name="Nadia", family_name="Kerrien"))
    again = confirm(embedded, shown.text)
    assert again.status_code == 422
    assert "Entre-temps" in again.text
    assert "Omar Diallo" not in people(embedded)
    assert confirm(embedded, again.text).status_code == 200
    assert "Omar Diallo" in people(embedded)


def test_nothing_of_the_file_is_left_behind(embedded: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    confirm(embedded, upload(embedded, PEOPLE).text)
    upload(embedded, b"PK\x03\x04 broken", "x.ods")
    assert list(folder.iterdir()) == []


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b"<a>" + b" " * 200_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (bomb, "x.ods", "démesuré"),
        (lambda: b"PK\x03\x04 broken", "x.xlsx", "abîmé"),
        (lambda: b"hello", "x.exe", "n'est pas un classeur"),
        (lambda: b"", "x.ods", "est vide"),
        (lambda: b"a;b\n1;2\n", "Recettes.csv", "Aucune feuille"),
        (lambda: b"a", "../../../etc/passwd", "« passwd » n'est pas un classeur"),
        (lambda: b"x" * (MOST_BYTES + 1), "gros.ods", "trop gros"),
        (lambda: b"", "", "Choisissez d'abord"),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(embedded: Embedded, content: Any, name: str, told: str) -> None:
    answer = upload(embedded, content(), name)
    assert answer.status_code == 422
    assert told in unescape(answer.text)


def test_a_form_that_is_far_too_large_is_told_and_text_that_is_none_refused(embedded: Embedded) -> None:
    answer = embedded.post("/set-up/import", "root", form(embedded, {"workbook64": "A" * (2 * MOST_BYTES)}))
    assert answer.status_code == 413
    assert "trop gros" in answer.text
    answer = embedded.post("/set-up/import", "root", form(embedded, {"workbook64": "é!", "name": "x.ods"}))
    assert answer.status_code == 422
    # Other forms stay as small as they were.
    assert embedded.post("/set-up/centres", "root", form(embedded, {"name": "A" * 2_000_000})).status_code == 413


def test_who_sets_up_one_centre_imports_nothing(embedded: Embedded) -> None:
    answer = embedded.post("/set-up/import", "coralie", {"form_token": embedded.form_token("coralie"), "workbook64": "AAAA"})
    assert answer.status_code == 403


def test_two_looks_at_the_same_file_are_alike_and_another_file_is_not(embedded: Embedded) -> None:
    app = embedded.scene.application
    one, two = (mark_of(look(app, read_sent("Personnes.csv", PEOPLE.encode()))) for _ in range(2))
    assert one == two
    assert one != mark_of(look(app, read_sent("Personnes.csv", WRONG.encode())))


def test_an_empty_workbook_to_fill_in_is_offered_and_read_back_without_a_word(embedded: Embedded) -> None:
    assert "import/empty" in embedded.get("/set-up/import", "root").text
    answer = embedded.get("/set-up/import/empty", "root")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="classeur.ods"'
    workbook = read_sent("classeur.ods", answer.data)
    plan = look(embedded.scene.application, workbook)
    assert (plan.rows, plan.ignored_columns, plan.ignored_sheets) == ((), (), ())
    assert {"Personnes", "Sorties"} <= {sheet.name for sheet in workbook.sheets}
