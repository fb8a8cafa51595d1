"""Documents of the interface as clients' build tools write them down, and the names that documents are asked for by.

Three forms are read: a `.graphql` file is one document; a JSON object of hashes and texts is what relay-compiler
persists (`{"<md5, sha1 or sha256>": "query …"}`); a JSON object with `format: apollo-persisted-query-manifest` lists
operations with `id`, `name` and `body`. A name that looks like a hash must be the hash of its text.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

MOST_DOCUMENTS: Final = 2_000
"""So many documents may come in one file: more are a mistake."""

APOLLO: Final = "apollo-persisted-query-manifest"
PREFIX: Final = "sha256:"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ALIAS: Final = re.compile(r"[A-Za-z0-9._~:-]{1,200}")
_HASHES: Final = {32: "MD5", 40: "SHA1", 64: "SHA256"}
_HEX: Final = re.compile(r"[0-9a-f]+")


class DocumentFileError(ValueError):
    """A file that cannot be read as documents; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class GivenDocument:
    """A document to register: the file and the entry it came from, its text, and the client's own name for it."""

    source: str
    name: str
    text: str
    alias: str = ""

    @property
    def sha256(self) -> str:
        """The name that it is registered under."""
        return sha256_of(self.text)


def sha256_of(text: str) -> str:
    """Return the lower-case hexadecimal SHA-256 of a text in UTF-8; half a character counts as what JSON wrote."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_documents(source: str, content: bytes) -> tuple[GivenDocument, ...]:
    """Return the documents of a file, by its name and content. Raises ``DocumentFileError``."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentFileError(f"不是 UTF-8 文本（第 {error.start + 1} 字节）") from error
    if not source.lower().endswith(".json"):
        return (GivenDocument(source, source, text),)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentFileError(f"不是有效的 JSON：{error}") from error
    return documents_of(source, found)


def documents_of(source: str, found: Any) -> tuple[GivenDocument, ...]:
    """Return the documents of a decoded JSON file. Raises ``DocumentFileError``."""
    if not isinstance(found, dict):
        raise DocumentFileError("须为 JSON 对象：relay-compiler 的持久化文件，或 Apollo 的 manifest")
    documents = tuple(_of_manifest(source, found) if found.get("format") == APOLLO else _of_map(source, found))
    if not documents:
        raise DocumentFileError("其中没有文档")
    if len(documents) > MOST_DOCUMENTS:
        raise DocumentFileError(f"一次最多登记 {MOST_DOCUMENTS} 个文档，文件中有 {len(documents)} 个")
    return documents


def _of_map(source: str, found: dict[str, Any]) -> Iterator[GivenDocument]:
    for key, text in found.items():
        if not isinstance(text, str):
            raise DocumentFileError(f"“{key[:80]}”的值不是文本")
        yield GivenDocument(source, key, text, key)


def _of_manifest(source: str, found: dict[str, Any]) -> Iterator[GivenDocument]:
    if found.get("version") != 1 or not isinstance(found.get("operations"), list):
        raise DocumentFileError("只支持第 1 版的 Apollo manifest，其中应有 operations 列表")
    for number, one in enumerate(found["operations"], 1):
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in ("id", "body")):
            raise DocumentFileError(f"operations 的第 {number} 项缺少 id 或 body")
        name = one["name"] if isinstance(one.get("name"), str) else one["id"]
        yield GivenDocument(source, name, one["body"], one["id"])


def alias_problem(alias: str, text: str) -> str:
    """Say why a client's name cannot stand for a text; empty when it can, or when it is the text's own SHA-256."""
    if not alias:
        return ""
    bare = alias.removeprefix(PREFIX)
    if not _ALIAS.fullmatch(alias):
        return "编号只能由字母、数字和 . _ ~ : - 组成，最长 200 个字符"
    if _HEX.fullmatch(bare) and len(bare) in _HASHES:
        encoded = text.encode("utf-8", "surrogatepass")
        # A name, no protection: older compilers know no other.
        hashed = {
            "MD5": hashlib.md5(encoded, usedforsecurity=False),
            "SHA1": hashlib.sha1(encoded, usedforsecurity=False),
            "SHA256": hashlib.sha256(encoded),
        }
        kind = _HASHES[len(bare)]
        if hashed[kind].hexdigest() != bare:
            return f"编号不是文本的 {kind}，文本可能被改动过"
    elif alias.startswith(PREFIX):
        return f"{PREFIX} 之后须为 64 位小写十六进制数"
    return ""


def alias_of(alias: str) -> str:
    """Return the name to keep beside the SHA-256; empty where the client's name says nothing more."""
    return "" if sha256_named(alias) else alias


def sha256_named(identifier: str) -> str:
    """Return the SHA-256 that an identifier is, with the prefix or without; empty for any other name."""
    bare = identifier.removeprefix(PREFIX)
    return bare if _SHA256.fullmatch(bare) else ""


def may_be_alias(identifier: str) -> bool:
    """Say whether anything could be registered under this name."""
    return _ALIAS.fullmatch(identifier) is not None
