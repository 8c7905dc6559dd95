from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from sidecar.exchange.errors import WorkbookError
from sidecar.exchange.workbook import read_workbook
from sidecar.exchange.zipguard import Bounds

CONTENT_TYPES = b"<Types/>"
SHEET = "xl/worksheets/sheet1.xml"


def refusal(path: Path, bounds: Bounds | None = None) -> WorkbookError:
    with pytest.raises(WorkbookError) as refused:
        read_workbook(path, bounds)
    return refused.value


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in parts.items():
            archive.writestr(name, raw)
    return path


def small_xlsx(path: Path, title: str = "Centres") -> Path:
    workbook = openpyxl.Workbook()
    workbook.active.title = title  # type: ignore[union-attr]
    workbook.active.append(["Centre"])  # type: ignore[union-attr]
    workbook.active.append(["Centre social Maurepas"])  # type: ignore[union-attr]
    workbook.save(path)
    return path


def with_part(path: Path, name: str, raw: bytes) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return zipped(path, {**parts, name: raw})


def test_row_numbers_are_those_of_the_spreadsheet_also_below_empty_rows(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["C4"] = "Centre"  # type: ignore[index]
    workbook.save(tmp_path / "a.xlsx")
    rows = read_workbook(tmp_path / "a.xlsx").sheets[0].rows
    assert len(rows) == 4
    assert rows[3][2] == "Centre"


def test_real_date_cells_come_as_dates(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append([date(2026, 3, 3)])  # type: ignore[union-attr]
    workbook.save(tmp_path / "a.xlsx")
    assert read_workbook(tmp_path / "a.xlsx").sheets[0].rows == ((date(2026, 3, 3),),)


@pytest.mark.parametrize(
    "raw",
    [
        "Prénom;Nom\r\nAwa;Diopsy, Mme\r\n".encode("utf-8-sig"),
        "Prénom;Nom\nAwa;Diopsy, Mme\n".encode(),
        "Prénom;Nom\nAwa;Diopsy, Mme\n".encode("cp1252"),
        'Prénom,Nom\nAwa,"Diopsy, Mme"\n'.encode(),
        "Prénom\tNom\nAwa\tDiopsy, Mme\n".encode("utf-16"),
    ],
    ids=["utf-8 with mark", "utf-8", "cp1252", "comma", "utf-16 with tabs"],
)
def test_csv_is_read_as_offices_write_it(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "Personnes.csv").write_bytes(raw)
    found = read_workbook(tmp_path).sheets[0]
    assert found.name == "Personnes"
    assert found.rows == (("Prénom", "Nom"), ("Awa", "Diopsy, Mme"))


def test_a_single_csv_file_is_a_sheet_named_like_the_file(tmp_path: Path) -> None:
    (tmp_path / "Centres.csv").write_text("Centre\nMaurepas\n")
    assert [sheet.name for sheet in read_workbook(tmp_path / "Centres.csv").sheets] == ["Centres"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent.ods").code == "workbook_absent"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "vide.xlsx").touch()
    assert refusal(tmp_path / "vide.xlsx").code == "workbook_empty"


def test_a_folder_without_csv(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "workbook_folder_without_csv"


@pytest.mark.parametrize("raw", [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n", b"bonjour"])
def test_something_else_under_the_name_of_a_workbook(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(raw)
    assert refusal(tmp_path / "a.xlsx").code == "workbook_not_a_spreadsheet"


def test_a_picture_under_the_name_of_a_csv(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    assert refusal(tmp_path / "a.csv").code == "workbook_not_a_spreadsheet"


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.xlsx", {"photo.txt": b"bonjour"})
    assert refusal(path).code == "workbook_not_a_spreadsheet"


def test_fifty_megabytes_are_refused_by_their_size_alone(tmp_path: Path) -> None:
    with (tmp_path / "gros.xlsx").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(50_000_000)
    error = refusal(tmp_path / "gros.xlsx")
    assert error.code == "workbook_too_big"
    assert error.details["megabytes"] == 20


def test_fifty_megabytes_of_csv_files_are_refused_together(tmp_path: Path) -> None:
    for name in ("Centres", "Personnes", "Sorties"):
        with (tmp_path / f"{name}.csv").open("wb") as file:
            file.truncate(17_000_000)
    assert refusal(tmp_path).code == "workbook_too_big"


def test_a_zip_bomb_is_never_unpacked(tmp_path: Path) -> None:
    path = with_part(small_xlsx(tmp_path / "bombe.xlsx"), "xl/media/zeros.bin", b"\0" * 160_000_000)
    assert path.stat().st_size < 1_000_000
    assert refusal(path).code == "workbook_bomb"


def test_a_small_part_that_inflates_beyond_all_ratio_is_a_bomb(tmp_path: Path) -> None:
    path = with_part(small_xlsx(tmp_path / "bombe.xlsx"), "xl/media/zeros.bin", b"\0" * 8_000_000)
    assert refusal(path).code == "workbook_bomb"


def test_a_bomb_that_lies_about_its_size_is_counted_while_it_inflates(tmp_path: Path) -> None:
    path = with_part(small_xlsx(tmp_path / "bombe.xlsx"), "xl/media/zeros.bin", b"\0" * 160_000_000)
    true_size = struct.pack("<I", 160_000_000)
    path.write_bytes(path.read_bytes().replace(true_size, struct.pack("<I", 1_000)))
    with zipfile.ZipFile(path) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) < 1_000_000
    assert refusal(path).code == "workbook_bomb"


def test_a_part_that_is_not_what_its_directory_says_is_damaged(tmp_path: Path) -> None:
    path = with_part(small_xlsx(tmp_path / "a.xlsx"), "xl/media/x.bin", b"abc" * 1111)
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 3333), struct.pack("<I", 3000)))
    assert refusal(path).code == "workbook_damaged"


def test_one_cell_in_the_last_corner_is_a_bomb_of_empty_cells(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "Centre"  # type: ignore[index]
    workbook.active["XFD1048576"] = "x"  # type: ignore[index]
    workbook.save(tmp_path / "a.xlsx")
    error = refusal(tmp_path / "a.xlsx")
    assert error.code == "workbook_too_wide"
    assert error.details["part"] == SHEET


ODS_HEAD = (
    b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    b'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    b'<table:table table:name="Centres">'
)
ODS_TAIL = b"</table:table></office:spreadsheet></office:body></office:document-content>"
FILLED = b'<table:table-cell office:value-type="string"><text:p>Centre</text:p></table:table-cell>'


def ods(path: Path, rows: bytes, manifest: bytes = b"<manifest/>") -> Path:
    return zipped(
        path,
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": ODS_HEAD + rows + ODS_TAIL,
            "META-INF/manifest.xml": manifest,
        },
    )


def test_rows_repeated_a_million_times_are_a_bomb(tmp_path: Path) -> None:
    path = ods(
        tmp_path / "a.ods",
        b'<table:table-row table:number-rows-repeated="1048576">' + FILLED + b"</table:table-row>",
    )
    assert refusal(path).code == "workbook_too_wide"


def test_empty_rows_repeated_to_the_end_are_what_every_spreadsheet_writes(tmp_path: Path) -> None:
    empty = b'<table:table-cell table:number-columns-repeated="16384"/>'
    path = ods(
        tmp_path / "a.ods",
        b"<table:table-row>" + FILLED + empty + b"</table:table-row>"
        b'<table:table-row table:number-rows-repeated="1048575">' + empty + b"</table:table-row>",
    )
    assert read_workbook(path).sheets[0].rows[0][0] == "Centre"


def test_a_long_text_shared_by_many_cells_is_a_bomb(tmp_path: Path) -> None:
    path = ods(
        tmp_path / "a.ods",
        b'<table:table-row table:number-rows-repeated="19000">'
        + FILLED.replace(b"<table:table-cell", b'<table:table-cell table:number-columns-repeated="50"').replace(
            b"Centre", b"abcdefgh" * 2_000
        )
        + b"</table:table-row>",
    )
    assert refusal(path).code == "workbook_bomb"


def test_a_document_type_in_a_workbook_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path / "a.ods", b"")
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml")
    path = with_part(path, "content.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content)
    assert refusal(path).code == "workbook_too_wide"


def test_an_encrypted_ods_asks_for_a_copy_without_password(tmp_path: Path) -> None:
    path = ods(tmp_path / "a.ods", b"", b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>")
    assert refusal(path).code == "workbook_encrypted"


def test_an_encrypted_zip_asks_for_a_copy_without_password(tmp_path: Path) -> None:
    path = small_xlsx(tmp_path / "a.xlsx")
    raw = bytearray(path.read_bytes())
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(signature)
        raw[at + flags_at] |= 1
    path.write_bytes(raw)
    assert refusal(path).code == "workbook_encrypted"


def test_an_encrypted_xlsx_and_an_old_xls_are_told_apart(tmp_path: Path) -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000
    (tmp_path / "a.xlsx").write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    (tmp_path / "a.xls").write_bytes(ole + "Workbook".encode("utf-16-le"))
    assert refusal(tmp_path / "a.xlsx").code == "workbook_encrypted"
    assert refusal(tmp_path / "a.xls").code == "workbook_legacy_xls"


def test_macros_are_left_unread_and_said(tmp_path: Path) -> None:
    path = with_part(small_xlsx(tmp_path / "a.xlsm"), "xl/vbaProject.bin", b"macro")
    workbook = read_workbook(path)
    assert workbook.macros
    assert workbook.sheets[0].rows[1] == ("Centre social Maurepas",)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_half_a_file_is_damaged(tmp_path: Path, kept: float) -> None:
    path = small_xlsx(tmp_path / "a.xlsx")
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    assert refusal(path).code == "workbook_damaged"


def test_a_sheet_that_is_no_xml_is_damaged(tmp_path: Path) -> None:
    assert refusal(with_part(small_xlsx(tmp_path / "a.xlsx"), SHEET, b"<worksheet><row")).code == "workbook_damaged"


def test_too_many_rows_of_csv_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Centres.csv").write_text("Centre\n" * 30)
    assert refusal(tmp_path, Bounds(rows=20)).code == "workbook_too_wide"


def test_a_stored_entry_with_a_compression_nobody_knows_is_damaged(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    (tmp_path / "a.xlsx").write_bytes(buffer.getvalue())
    assert refusal(tmp_path / "a.xlsx").code == "workbook_damaged"


def test_the_bomb_in_these_tests_is_one() -> None:
    assert len(zlib.compress(b"\0" * 8_000_000)) * Bounds().ratio < 8_000_000
