"""Files of documents: what clients' tools write is read, and a name that is not of its text is told."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document_files import (
    MOST_DOCUMENTS,
    DocumentFileError,
    alias_of,
    alias_problem,
    may_be_alias,
    read_documents,
    sha256_named,
    sha256_of,
)

TEXT = "query Items { powerItems { nodes { name } } }"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()
MD5 = hashlib.md5(TEXT.encode()).hexdigest()
SHA1 = hashlib.sha1(TEXT.encode()).hexdigest()


def read(value: object, name: str = "persisted.json") -> list[tuple[str, str, str]]:
    found = read_documents(name, json.dumps(value).encode())
    return [(one.name, one.text, one.alias) for one in found]


def test_a_file_of_text_is_one_document_byte_for_byte() -> None:
    (one,) = read_documents("items.graphql", f"{TEXT}\n".encode())
    assert (one.source, one.name, one.text, one.alias) == ("items.graphql", "items.graphql", f"{TEXT}\n", "")
    assert one.sha256 == sha256_of(f"{TEXT}\n") != SHA256


def test_the_map_of_relay_and_the_manifest_of_apollo_are_read() -> None:
    assert read({SHA256: TEXT, MD5: TEXT}) == [(SHA256, TEXT, SHA256), (MD5, TEXT, MD5)]
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": SHA256, "name": "Items", "type": "query", "body": TEXT}, {"id": "my-id", "body": TEXT}],
    }
    assert read(manifest) == [("Items", TEXT, SHA256), ("my-id", TEXT, "my-id")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", "UTF-8"),
        (b"{", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "JSON 对象"),
        (b"{}", "没有文档"),
        (b'{"a": 5}', "不是文本"),
        (b'{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}', "第 1 版"),
        (b'{"format": "apollo-persisted-query-manifest", "version": 1}', "operations"),
        (b'{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}', "第 1 项"),
        (json.dumps({str(n): "x" for n in range(MOST_DOCUMENTS + 1)}).encode(), "最多"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(content: bytes, words: str) -> None:
    with pytest.raises(DocumentFileError, match=words):
        read_documents("file.json", content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else_happens(content: bytes) -> None:
    for name in ("a.graphql", "a.json"):
        with suppress(DocumentFileError):
            assert read_documents(name, content)


@pytest.mark.parametrize("alias", ["", SHA256, f"sha256:{SHA256}", MD5, SHA1, "catalogue", "x-team:v1.2~a_b-c", "abc"])
def test_names_that_fit_are_taken(alias: str) -> None:
    assert alias_problem(alias, TEXT) == ""


@pytest.mark.parametrize(
    ("alias", "words"),
    [
        ("0" * 64, "SHA256"),
        (f"sha256:{'0' * 64}", "SHA256"),
        ("0" * 40, "SHA1"),
        ("0" * 32, "MD5"),
        ("sha256:abc", "64 位"),
        ("has space", "字母"),
        ("中文", "字母"),
        ("a" * 201, "200"),
    ],
)
def test_names_that_lie_or_cannot_stand_in_an_address_are_told(alias: str, words: str) -> None:
    assert words in alias_problem(alias, TEXT)


def test_a_hash_needs_no_name_beside_it() -> None:
    assert (alias_of(SHA256), alias_of(f"sha256:{SHA256}"), alias_of(MD5)) == ("", "", MD5)
    assert sha256_named(SHA256) == sha256_named(f"sha256:{SHA256}") == SHA256
    assert sha256_named(SHA256.upper()) == sha256_named("sha256:") == ""
    assert may_be_alias("a.b")
    assert not may_be_alias("a/b")


def test_the_shipped_examples_are_read(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "schema" / "examples"
    for file in folder.glob("*.graphql"):
        assert len(read_documents(file.name, file.read_bytes())) == 1
