"""Reading made documents in tests: the text of a PDF without what setting it in lines has added."""

import io
import re

import pypdf

PAGE_NUMBER = re.compile(r"— \d+ —")


def pdf_of(made: bytes) -> pypdf.PdfReader:
    """Return a reader of a PDF."""
    return pypdf.PdfReader(io.BytesIO(made))


def read(reader: pypdf.PdfReader) -> str:
    """Return the text of all pages without their numbers."""
    return PAGE_NUMBER.sub("", "\n".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    """Return a text without white space: lines are broken where they end, and spaces set between scripts."""
    return re.sub(r"\s", "", text)
