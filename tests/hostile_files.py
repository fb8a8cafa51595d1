"""Files as people send them: one of every kind that is taken, and many that must not be."""

import io
import struct
import wave
import zipfile
from collections.abc import Iterable
from typing import NamedTuple

import xlsxwriter
from PIL import Image

from deploy.demo.papers import paper


class File(NamedTuple):
    """A file as it is sent: its bytes, its name, its declared type."""

    content: bytes
    name: str
    declared: str = ""


def picture(form: str, size: tuple[int, int] = (8, 8)) -> bytes:
    """Return a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, form)
    return out.getvalue()


def zipped(entries: Iterable[tuple[str, bytes]], *, stored: bool = False) -> bytes:
    """Return a zip; the first entry is stored where an OpenDocument asks for it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for number, (name, content) in enumerate(entries):
            how = zipfile.ZIP_STORED if stored or (number == 0 and name == "mimetype") else zipfile.ZIP_DEFLATED
            file.writestr(zipfile.ZipInfo(name), content, how)
    return out.getvalue()


def office(part: str, *more: tuple[str, bytes]) -> bytes:
    """Return an OOXML file by its main part."""
    return zipped([("[Content_Types].xml", b"<Types/>"), (part, b"<document/>"), *more])


def docx(*more: tuple[str, bytes]) -> bytes:
    """Return a Word document."""
    return office("word/document.xml", *more)


def opendocument(kind: str) -> bytes:
    """Return an OpenDocument file."""
    said = f"application/vnd.oasis.opendocument.{kind}".encode()
    return zipped([("mimetype", said), ("content.xml", b"<office/>")])


def workbook() -> bytes:
    """Return a real workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write(0, 0, "权力事项")
    return out.getvalue()


def ole(*streams: str) -> bytes:
    """Return the beginning of an old office file with a directory of streams."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[30:32], head[44:48] = struct.pack("<H", 9), struct.pack("<I", 1)
    return bytes(head) + b"".join(one.encode("utf-16-le").ljust(128, b"\0") for one in streams) + bytes(1024)


def sound() -> bytes:
    """Return a second of silence as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    return out.getvalue()


FILM = struct.pack(">I", 24) + b"ftypisom\0\0\0\0isommp42" + struct.pack(">I", 8) + b"mdat"
SONG = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + b"\xff\xfb\x90\x64" + bytes(413)
PDF = paper("申请表", "测试许可")
GOOD = {
    "pdf": File(PDF, "申请表.pdf", "application/pdf"),
    "ofd": File(zipped([("OFD.xml", b"<ofd/>"), ("Doc_0/Document.xml", b"<d/>")]), "发票.ofd"),
    "png": File(picture("PNG"), "照片.png", "image/png"),
    "jpeg": File(picture("JPEG"), "照片.JPG", "image/jpeg"),
    "tiff": File(picture("TIFF"), "扫描.tif", "image/tiff"),
    "webp": File(picture("WEBP"), "照片.webp", "image/webp"),
    "docx": File(docx(), "说明.docx"),
    "xlsx": File(workbook(), "清单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": File(office("ppt/presentation.xml"), "汇报.pptx"),
    "odt": File(opendocument("text"), "说明.odt"),
    "ods": File(opendocument("spreadsheet"), "清单.ods"),
    "odp": File(opendocument("presentation"), "汇报.odp"),
    "doc": File(ole("Root Entry", "WordDocument"), "说明.doc", "application/msword"),
    "xls": File(ole("Root Entry", "Workbook"), "清单.xls", "application/vnd.ms-excel"),
    "ppt": File(ole("Root Entry", "PowerPoint Document"), "汇报.ppt"),
    "txt": File("情况说明\r\n".encode(), "说明.txt", "text/plain; charset=utf-8"),
    "csv": File("\ufeff名称,数额\n罚款,100\n".encode(), "清单.csv", "application/vnd.ms-excel"),
    "mp3": File(SONG, "录音.mp3", "audio/mpeg"),
    "wav": File(sound(), "录音.wav", "audio/wav"),
    "mp4": File(FILM, "录像.mp4", "video/mp4"),
}
"""One file of every kind, by its code."""


def bomb() -> bytes:
    """Return a document that unpacks to a thousand times its size."""
    return docx(("word/media/image1.bmp", bytes(60_000_000)))


def claiming(content: bytes, unpacked: int) -> bytes:
    """Return a zip whose directory claims a size for its last entry that the entry does not have."""
    at = content.rfind(b"PK\x01\x02")
    return content[: at + 24] + struct.pack("<I", unpacked) + content[at + 28 :]


def overlapping() -> bytes:
    """Return a zip whose entries are one and the same bytes, again and again."""
    content = zipped([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"x" * 2000)], stored=True)
    at = content.rfind(b"PK\x01\x02")
    return content[: at + 42] + struct.pack("<I", 0) + content[at + 46 :]


def locked() -> bytes:
    """Return a zip whose entries say that they are encrypted."""
    content = docx()
    at = content.rfind(b"PK\x01\x02")
    return content[: at + 8] + struct.pack("<H", 1) + content[at + 10 :]


def riff(form: bytes, said: int) -> bytes:
    """Return a WAV or WebP that says how long it is."""
    return b"RIFF" + struct.pack("<I", said) + form + bytes(64)


def png_of(width: int, height: int) -> bytes:
    """Return a small PNG that says it is large."""
    content = picture("PNG")
    return content[:16] + struct.pack(">II", width, height) + content[24:]


Refused = dict[str, tuple[str, bytes, str, str]]
PAGE = b"<script>alert(1)</script>"
PNG, JPEG = GOOD["png"].content, GOOD["jpeg"].content


def _active() -> Refused:
    """Programs and pages."""
    return {
        "nothing": ("EMPTY_FILE", b"", "空.pdf", ""),
        "a Windows program": ("PROGRAM", b"MZ" + bytes(200), "说明.pdf", "application/pdf"),
        "a Linux program": ("PROGRAM", b"\x7fELF" + bytes(200), "说明.doc", ""),
        "a Mac program": ("PROGRAM", b"\xcf\xfa\xed\xfe" + bytes(200), "说明.docx", ""),
        "a Java class": ("PROGRAM", b"\xca\xfe\xba\xbe" + bytes(200), "说明.txt", ""),
        "a shell script": ("PROGRAM", b"#!/bin/sh\nrm -rf /\n", "说明.txt", "text/plain"),
        "a Windows link": ("PROGRAM", b"L\0\0\0\x01\x14\x02\0" + bytes(200), "说明.pdf", ""),
        "a page": ("MARKUP", b"<!DOCTYPE html><html></html>", "说明.txt", "text/plain"),
        "a page after a mark of byte order and spaces": ("MARKUP", b"\xef\xbb\xbf \n\t<html>", "说明.txt", ""),
        "a page in capitals": ("MARKUP", b"<SCRIPT>alert(1)</SCRIPT>", "说明.csv", "text/csv"),
        "an SVG": ("MARKUP", b'<?xml version="1.0"?><svg onload="alert(1)"/>', "图.png", "image/png"),
        "a comment before a page": ("MARKUP", b"<!-- --><script>1</script>", "说明.txt", ""),
    }  # fmt: skip


def _doubles() -> Refused:
    """Two things in one, and PDFs that act."""
    return {
        "a script inside a text": ("TWO_IN_ONE", b"hello\n<script>alert(1)</script>", "说明.txt", ""),
        "PHP inside a picture": ("TWO_IN_ONE", PNG[:-12] + b"<?php system(1)?>" + PNG[-12:], "图.png", ""),
        "a script in a comment of a JPEG": (
            "TWO_IN_ONE", JPEG[:2] + b"\xff\xfe\x00\x1b" + PAGE + JPEG[2:], "图.jpg", "",
        ),
        "a page behind a picture": ("TWO_IN_ONE", JPEG + bytes(70_000) + b"\xff\xd9" + PAGE, "图.jpg", ""),
        "a page inside a PDF": ("TWO_IN_ONE", PDF[:9] + b"<html>" + PAGE + PDF[9:], "表.pdf", ""),
        "a zip behind a PDF": ("TWO_IN_ONE", PDF + docx() + b"\n%%EOF", "表.pdf", ""),
        "a zip behind a picture": ("TWO_IN_ONE", PNG + zipped([("a.txt", b"x")]), "图.png", ""),
        "a PDF that runs a script": ("PDF_ACTS", PDF.replace(b"/Root", b"/JavaScript 9 0 R/Root"), "表.pdf", ""),
        "a PDF that starts a program": ("PDF_ACTS", PDF.replace(b"/Root", b"/Launch 9 0 R/Root"), "表.pdf", ""),
    }  # fmt: skip


def _broken() -> Refused:
    """Files that are cut off or claim what they are not."""
    return {
        "half a PDF": ("BROKEN_FILE", PDF[:300], "表.pdf", ""),
        "half a PNG": ("BROKEN_FILE", PNG[:40], "图.png", ""),
        "half a JPEG": ("BROKEN_FILE", JPEG[:100], "图.jpg", ""),
        "a PNG of ten billion pixels": ("PICTURE_TOO_LARGE", png_of(100_000, 100_000), "图.png", ""),
        "a PNG without an area": ("PICTURE_TOO_LARGE", png_of(0, 9), "图.png", ""),
        "a WAV of 4 GB": ("BROKEN_FILE", riff(b"WAVE", 0xFFFFFFFF), "录音.wav", ""),
        "a WebP of 4 GB": ("BROKEN_FILE", riff(b"WEBP", 0xFFFFFFF0), "图.webp", ""),
        "a TIFF whose directory is 4 GB away": ("BROKEN_FILE", b"II*\0\xff\xff\xff\xff" + bytes(40), "扫描.tif", ""),
        "an MP4 whose first box has 4 GB": ("BROKEN_FILE", b"\xff\xff\xff\xffftypisom" + bytes(40), "录像.mp4", ""),
        "an MP3 with a tag of 256 MB": ("BROKEN_FILE", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(40), "录音.mp3", ""),
        "an old office file of 4 GB sectors": (
            "BROKEN_FILE", ole("WordDocument")[:44] + b"\xff" * 4 + ole("WordDocument")[48:], "说明.doc", "",
        ),
    }  # fmt: skip


def _zips() -> Refused:
    """Archives, and office files that are more than that."""
    return {
        "a zip": ("KIND", zipped([("a.txt", b"x")]), "材料.zip", "application/zip"),
        "a RAR": ("ARCHIVE", b"Rar!\x1a\x07\0" + bytes(50), "材料.rar", ""),
        "a 7z": ("ARCHIVE", b"7z\xbc\xaf\x27\x1c" + bytes(50), "材料.7z", ""),
        "a bomb": ("BAD_ZIP", bomb(), "说明.docx", ""),
        "a directory that claims 4 GB": ("BAD_ZIP", claiming(docx(), 0xFFFFFFFF), "说明.docx", ""),
        "a directory that claims 3 GB": ("BAD_ZIP", claiming(docx(), 3_000_000_000), "说明.docx", ""),
        "entries over one another": ("BAD_ZIP", overlapping(), "说明.docx", ""),
        "a program before a zip": ("PROGRAM", b"MZ" + docx(), "说明.docx", ""),
        "bytes before the first entry": ("BAD_ZIP", b"PK\x03\x04" + docx(), "说明.docx", ""),
        "bytes behind a zip": ("BAD_ZIP", docx() + PAGE, "说明.docx", ""),
        "half a zip": ("BAD_ZIP", docx()[:120], "说明.docx", ""),
        "an encrypted zip": ("BAD_ZIP", locked(), "说明.docx", ""),
        "an entry that climbs out": ("BAD_ZIP", docx(("../../etc/passwd", b"x")), "说明.docx", ""),
        "an entry with a drive": ("BAD_ZIP", docx(("c:\\windows\\x", b"x")), "说明.docx", ""),
        "two entries of one name": ("BAD_ZIP", docx(("word/Document.xml", b"x")), "说明.docx", ""),
        "a macro": ("BAD_ZIP", docx(("word/vbaProject.bin", b"x")), "说明.docx", ""),
        "a program inside a document": ("BAD_ZIP", docx(("word/embeddings/a.exe", b"MZ")), "说明.docx", ""),
        "a zip inside a document": ("BAD_ZIP", docx(("word/embeddings/a.zip", b"PK")), "说明.docx", ""),
    }  # fmt: skip


def _contradictions() -> Refused:
    """What cannot be read, and names and types that contradict the content."""
    return {
        "a macro in an old document": ("MACRO", ole("WordDocument", "_VBA_PROJECT"), "说明.doc", ""),
        "a document with a password": ("LOCKED", ole("EncryptedPackage"), "说明.docx", ""),
        "an old file of nobody": ("UNKNOWN_KIND", ole("Root Entry"), "说明.doc", ""),
        "text of another encoding": ("NOT_UTF8", "情况说明".encode("gb18030"), "说明.txt", ""),
        "text with control characters": ("NOT_UTF8", b"abc\x1b[2Jdef", "说明.txt", ""),
        "an RTF": ("UNKNOWN_KIND", b"{\\rtf1 }", "说明.rtf", ""),
        "noise": ("UNKNOWN_KIND", bytes(range(1, 256)) * 4 + b"\0", "说明.pdf", ""),
        "a GIF": ("UNKNOWN_KIND", picture("GIF"), "图.gif", "image/gif"),
        "a picture that is called PDF": ("NAME_CONTRADICTS", PNG, "表.pdf", ""),
        "a PDF that is called program": ("NAME_CONTRADICTS", PDF, "表.PDF.exe", ""),
        "a PDF whose name reads backwards": ("NAME_CONTRADICTS", PDF, "表\u202efdp.exe", ""),
        "a text that is called page": ("NAME_CONTRADICTS", b"hello", "说明.html", ""),
        "a PDF that is declared a page": ("TYPE_CONTRADICTS", PDF, "表.pdf", "text/html"),
        "a picture that is declared SVG": ("TYPE_CONTRADICTS", PNG, "图.png", "image/svg+xml"),
        "a PDF that is declared a picture": ("TYPE_CONTRADICTS", PDF, "表.pdf", "image/png"),
    }  # fmt: skip


def bad() -> dict[str, tuple[str, File]]:
    """Return files that must be refused, by what is wrong with them, each with the code that says so."""
    made = _active() | _doubles() | _broken() | _zips() | _contradictions()
    return {what: (code, File(content, name, declared)) for what, (code, content, name, declared) in made.items()}
