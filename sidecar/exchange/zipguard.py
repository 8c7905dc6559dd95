"""Bounds on a zipped workbook, held by unpacking it ourselves before any reader sees it.

The sizes in a zip directory are claims; here every part is inflated in small steps and counted. Readers lay a sheet
out as a full rectangle, so one cell in the last column of the last row is a bomb too: rectangles are measured as well.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from sidecar.exchange.errors import WorkbookError
from sidecar.exchange.sheetextent import ExtentScan, OdsScan, TooLarge, XlsxScan

STEP = 1 << 16
LOCAL_HEADER = struct.Struct("<4s5H3I2H")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a workbook may weigh. Bytes, numbers of entries, sheets, rows and columns; ``cells`` is per sheet.

    ``characters`` bounds the longest text times the number of cells, which a shared text can reach.
    """

    file_bytes: int = 20_000_000
    unpacked_bytes: int = 150_000_000
    ratio: int = 300
    ratio_from_bytes: int = 5_000_000
    entries: int = 2_000
    sheets: int = 60
    rows: int = 20_000
    columns: int = 200
    cells: int = 1_000_000
    characters: int = 1_000_000_000


def _inflated(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes that really come out of one entry, in steps of at most ``STEP``."""
    file.seek(info.header_offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise WorkbookError("workbook_damaged", part=info.filename)
    *_, name_length, extra_length = LOCAL_HEADER.unpack(header)
    file.seek(name_length + extra_length, 1)
    left = info.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
    if inflate is None and info.compress_type != zipfile.ZIP_STORED:
        raise WorkbookError("workbook_damaged", part=info.filename)
    while left > 0:
        packed = file.read(min(STEP, left))
        if not packed:
            raise WorkbookError("workbook_damaged", part=info.filename)
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed:
            step = inflate.decompress(packed, STEP)
            if step:
                yield step
            packed = inflate.unconsumed_tail


def _scan_for(name: str, bounds: Bounds) -> ExtentScan | None:
    if name == "content.xml":
        return OdsScan(bounds.rows, bounds.columns, bounds.cells, bounds.characters)
    if name.startswith("xl/") and name.endswith(".xml"):
        return XlsxScan(bounds.rows, bounds.columns, bounds.cells, bounds.characters)
    return None


def check_zip(path: Path, bounds: Bounds) -> tuple[str, ...]:
    """Refuse what is too big, encrypted or damaged; return the names of the parts, in order.

    Raises ``WorkbookError``: workbook_bomb, workbook_too_wide, workbook_encrypted, workbook_damaged.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > bounds.entries:
                raise WorkbookError("workbook_bomb", file=path.name)
            claimed = sum(entry.file_size for entry in entries)
            if claimed > bounds.unpacked_bytes:
                raise WorkbookError("workbook_bomb", file=path.name)
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise WorkbookError("workbook_encrypted", file=path.name)
            _count(file, entries, path, bounds)
            return tuple(entry.filename for entry in entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, UnicodeDecodeError) as error:
        raise WorkbookError("workbook_damaged", part=path.name) from error


def _count(file: BinaryIO, entries: list[zipfile.ZipInfo], path: Path, bounds: Bounds) -> None:
    total = packed = 0
    longest = cells = 0
    for entry in entries:
        scan = _scan_for(entry.filename, bounds)
        size = 0
        manifest = bytearray()
        try:
            for step in _inflated(file, entry):
                size += len(step)
                total += len(step)
                inflated_much = size > bounds.ratio_from_bytes and size > bounds.ratio * max(entry.compress_size, 1)
                if total > bounds.unpacked_bytes or inflated_much:
                    raise WorkbookError("workbook_bomb", file=path.name)
                if scan is not None:
                    scan.feed(step)
                elif entry.filename == "META-INF/manifest.xml" and len(manifest) < STEP:
                    manifest += step
            if scan is not None:
                scan.close()
                longest, cells = max(longest, scan.longest), cells + scan.cells
        except TooLarge as error:
            raise WorkbookError(
                "workbook_too_wide", file=path.name, rows=bounds.rows, columns=bounds.columns, part=entry.filename
            ) from error
        except expat.ExpatError as error:
            raise WorkbookError("workbook_damaged", part=entry.filename) from error
        if size != entry.file_size:
            raise WorkbookError("workbook_damaged", part=entry.filename)
        if b"encryption-data" in manifest:
            raise WorkbookError("workbook_encrypted", file=path.name)
        packed += entry.compress_size
    if longest * cells > bounds.characters:
        raise WorkbookError("workbook_bomb", file=path.name)
