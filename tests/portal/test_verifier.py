"""The one-file verifier: its verdicts over published vectors, an old Python's grammar, and ten thousand mutations."""

import ast
import base64
import hashlib
import importlib.util
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.proof.leaf import has_sm3
from resolvers.signing import verify_ed25519
from tests.nightly import so_many
from tests.proof_vectors import VECTORS, vectors
from tests.proofs import SmallLog, policy_text, roots_text, signed_policy

pytestmark = pytest.mark.clause("R9", "S1")
FILE = VECTORS.with_name("verify.py")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_alone", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def verifier() -> ModuleType:
    return load()


@pytest.fixture
def swift(verifier: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The verifier with the library's Ed25519, which another test proves to say the same."""
    monkeypatch.setattr(verifier, "ed25519", verify_ed25519)
    return verifier


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    def ask(
        verifier: ModuleType, evidence: str | Path, policy: str = policy_text(), roots: str = ""
    ) -> tuple[int, str]:
        place = evidence if isinstance(evidence, Path) else tmp_path / "evidence.txt"
        if isinstance(evidence, str):
            place.write_bytes(evidence.encode("utf-8", "surrogatepass"))
        (tmp_path / "policy.txt").write_text(policy, encoding="utf-8")
        words = [str(place), "--policy", str(tmp_path / "policy.txt")]
        if roots:
            (tmp_path / "roots.txt").write_text(roots, encoding="utf-8")
            words += ["--roots", str(tmp_path / "roots.txt")]
        code = verifier.main(words)
        return code, capsys.readouterr().out

    return ask


@pytest.mark.house
def test_the_published_vectors_are_what_this_code_makes() -> None:
    committed, made = json.loads(VECTORS.read_text(encoding="utf-8")), vectors()
    if not has_sm3():  # then the digests beside the leaves can neither be made nor compared
        for leaf in committed["leaves"]:
            del leaf["sm3"]
    assert committed == made, "run python -m tests.proof_vectors"


def test_the_vectors_have_their_verdicts(swift: ModuleType, said: Any) -> None:
    given = vectors()
    for one in given["evidence"]:
        code, told = said(swift, one["text"], one.get("policy", given["policy"]), one.get("roots", ""))
        assert (code, one["name"]) == (one["code"], one["name"]), told
        assert re.search("[一-龥]", told)
        assert re.search("[A-Za-z]{4}", told)


def test_a_copy_of_the_log_is_checked_whole(swift: ModuleType, said: Any, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    for path, content in SmallLog(300).files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    assert said(swift, folder)[0] == 0
    for path in ("tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint", "tile/entries/001.p/44"):
        whole = (folder / path).read_bytes()
        for at in (0, 3, len(whole) // 2, len(whole) - 1):
            (folder / path).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert said(swift, folder)[0] == 1, (path, at)
        (folder / path).write_bytes(whole)
    (folder / "tile/0/000").unlink()
    assert said(swift, folder)[0] == 2


def test_it_stands_alone_and_runs_on_an_old_python(tmp_path: Path) -> None:
    source = FILE.read_text(encoding="utf-8")
    module = ast.parse(source, feature_version=(3, 8))
    imports = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imports <= set(sys.stdlib_module_names) | {"__future__"}
    newer = {"removeprefix", "removesuffix", "bit_count", "is_relative_to", "pairwise", "UTC"}
    assert not newer & {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    (tmp_path / "receipt.txt").write_text(SmallLog(300).proof(4).text, encoding="utf-8")
    (tmp_path / "policy.txt").write_text(signed_policy(policy_text()), encoding="utf-8")
    (tmp_path / "roots.txt").write_text(roots_text(), encoding="utf-8")
    command = [sys.executable, "-I", str(FILE), "receipt.txt", "--policy", "policy.txt", "--roots", "roots.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "已证明" in done.stdout.decode()


def test_its_signatures_are_those_of_the_library(verifier: ModuleType) -> None:
    chance = random.Random(5)
    for number in range(40):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        message = chance.randbytes(number)
        public, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
        assert verifier.ed25519(public, message, bytes(signature))
        signature[chance.randrange(64)] ^= 1 << chance.randrange(8)
        assert not verifier.ed25519(public, message, bytes(signature))
        assert not verify_ed25519(public, message, bytes(signature))
    # S not reduced: a second signature for the same message, which must not be accepted (RFC 8032 §5.1.7).
    whole = private.sign(b"x")
    stretched = (int.from_bytes(whole[32:], "little") + verifier.L).to_bytes(32, "little")
    assert not verifier.ed25519(public, b"x", whole[:32] + stretched)
    assert not verifier.ed25519(b"\xff" * 32, b"x", whole)
    assert not verifier.ed25519(public[:31], b"x", whole)


def test_the_policy_must_be_trusted(swift: ModuleType, said: Any) -> None:
    proof = SmallLog(300).proof(4).text
    for policy, roots in (
        ("", ""),
        (policy_text(), roots_text()),
        (signed_policy(policy_text(), ["root-1"]), roots_text()),
        (signed_policy(policy_text()).replace("group outside 2", "group outside 1"), roots_text()),
        (policy_text(more="until 2020-01-01"), ""),
        (policy_text(), "threshold 0\n"),
    ):
        code, told = said(swift, proof, policy, roots)
        assert code == 2, told


def test_what_cannot_be_read_was_not_checked(swift: ModuleType, said: Any, tmp_path: Path) -> None:
    assert said(swift, tmp_path / "nothing")[0] == 2
    assert said(swift, tmp_path)[0] == 2


@pytest.mark.parametrize("end", ["\r\n", "\n", "\n\n\n"])
def test_mail_and_editors_may_change_line_ends(swift: ModuleType, said: Any, end: str) -> None:
    text = "\ufeff" + SmallLog(300).proof(4).text.replace("\n", "\r\n" if end == "\r\n" else "\n").rstrip() + end
    assert said(swift, text)[0] == 0


def test_a_text_inside_cannot_move_the_cursor(swift: ModuleType, said: Any) -> None:
    log = SmallLog(3)
    log.acts[0] = type(log.acts[0])(
        **{name: getattr(log.acts[0], name) for name in log.acts[0].__slots__} | {"body": "\x1b[2J\u202eok"}
    )
    code, told = said(swift, log.proof(0).text)
    assert code == 0
    assert "\x1b" not in told
    assert "\u202e" not in told


def mutations(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield altered receipts, proofs and exports: bytes, lines, swaps, inner fields, parts of other evidence."""
    chance = random.Random(seed)
    log = SmallLog(40)
    other = SmallLog(41)
    pool = {
        "proof": [log.proof(n).text for n in range(6)],
        "receipt": [log.receipt(n) for n in range(6)],
        "case": [log.case()],
    }
    lines = [line for text in [*pool["proof"], *pool["receipt"], other.note.whole] for line in text.split("\n")]
    letters = 'ABCabc019+/=-—\n\r\t "{}[]:,\\é阳\x00\x1b'
    for _ in range(count):
        kind = chance.choice(list(pool))
        text = chance.choice(pool[kind])
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            text = altered(chance, text, lines, letters)
        yield kind, text


def altered(chance: random.Random, text: str, lines: list[str], letters: str) -> str:
    at, rows = chance.randrange(len(text) or 1), text.split("\n")
    row = chance.randrange(len(rows))
    match chance.randrange(8):
        case 0:
            return text[:at] + chance.choice(letters) + text[at + 1 :]
        case 1:
            return text[:at] + chance.choice(letters) + text[at:]
        case 2:
            return text[:at] + text[at + chance.choice((1, 1, 2, 40)) :]
        case 3:
            rows[row] = chance.choice(lines)
        case 4:
            rows.insert(row, chance.choice(lines))
        case 5:
            other = chance.randrange(len(rows))
            rows[row], rows[other] = rows[other], rows[row]
        case 6:
            return reopened(chance, text)
        case _:
            return re.sub(r"\d+", lambda found: str(int(found[0]) + chance.choice((-1, 0, 0, 0, 1))), text)
    return "\n".join(rows)


def reopened(chance: random.Random, text: str) -> str:
    """Alter what a proof shows, inside its base64."""
    found = re.search(r"^extra (\S+)$", text, re.MULTILINE)
    if found is None:
        return text
    try:
        raw = bytearray(base64.b64decode(found[1]))
    except ValueError:
        return text
    if raw:
        raw[chance.randrange(len(raw))] = chance.choice(b'0123456789abcdef"{}:,\x00\xff')
    return text.replace(found[1], base64.b64encode(raw).decode())


def meaning(text: str) -> set[bytes]:
    """Return what an accepted piece of evidence claims: for each act its place and its shown content."""
    if text.startswith("{"):
        acts = json.loads(text)["acts"]
    else:
        lines = text.split("\n")
        acts = [{**json.loads(base64.b64decode(lines[1][6:])), "index": int(lines[2][6:])}]
    return {
        hashlib.sha256(json.dumps([one["index"], one["opening"], one["entry"]], sort_keys=True).encode()).digest()
        for one in acts
    }


def accepted(verifier: ModuleType, count: int, seed: int) -> tuple[int, int]:
    """Return how many mutated pieces were accepted as proof, and how many as promise; a forgery fails the test."""
    policy = verifier.policy_of(policy_text())
    log = SmallLog(40)
    honest = meaning(log.case()) | set().union(*(meaning(log.proof(n).text) for n in range(6)))
    promises = {log.receipt(n).partition("\n\n")[0] for n in range(6)}
    proven = promised = unwitnessed = told = 0
    for _, text in mutations(count, seed):
        try:
            tidy = verifier.tidy(text.encode("utf-8", "surrogatepass"))
            code, _ = verifier.checked(tidy, policy)
        except (verifier.Refused, UnicodeDecodeError) as refused:
            told += getattr(refused, "code", verifier.BAD) == verifier.BAD
            continue
        if tidy.startswith("yangguang/receipt"):
            assert tidy.partition("\n\n")[0] in promises, text
            promised += 1
        else:
            assert meaning(tidy) <= honest, text
            proven += code == verifier.PROVEN
            unwitnessed += code == verifier.PROMISED
    assert told + proven + promised + unwitnessed == count
    return proven, promised


def test_of_ten_thousand_mutations_none_is_a_forgery_and_none_a_traceback(swift: ModuleType) -> None:
    proven, promised = accepted(swift, 10_000, seed=1)
    # Some change nothing (a repeated number, another witness's line): the check above saw real acceptances.
    assert proven > 10
    assert promised > 10


def test_a_verifier_that_does_not_look_is_caught(swift: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with every signature accepted and every path fitting, the same mutations are forgeries."""
    monkeypatch.setattr(swift, "ed25519", lambda *_: True)
    with pytest.raises(AssertionError):
        accepted(swift, 2_000, seed=1)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 12))
def test_of_a_million_mutations_none_is_a_forgery(swift: ModuleType, seed: int) -> None:
    mutations = so_many("MUTATIONS", 1_000_000) // 10
    proven, promised = accepted(swift, mutations, seed)
    # What was not changed in anything that counts is still accepted: the test is not one that refuses everything.
    assert proven > mutations // 1000
    assert promised > mutations // 1000
