"""Receipts, proofs and case exports survive being written down, and are refused by name when they are altered."""

import json

import pytest

from domain.proof.leaf import PARTS
from domain.proof.merkle import verify_inclusion
from domain.proof.notes import Note, NoteBroken
from domain.proof.receipts import LONGEST_RECEIPT, Proof, Receipt
from tests.proofs import SmallLog

pytestmark = pytest.mark.clause("R9", "S1")


def test_a_receipt_says_what_it_promises_and_is_small() -> None:
    log = SmallLog(5)
    text = log.receipt(2)
    receipt = Receipt.parse(Note.parse(text).text)
    assert receipt.leaf == log.proof(2).leaf
    assert (receipt.act, receipt.at) == (3, log.acts[2].at)
    assert Receipt.parse(receipt.text) == receipt
    # A QR code of the usual strength holds about 1,200 bytes that a telephone reads at once.
    assert len(text.encode()) < 500


@pytest.mark.parametrize("shown", [PARTS, ("head",), ()])
def test_a_proof_is_read_back_as_it_was_written(shown: tuple[str, ...]) -> None:
    proof = SmallLog(300).proof(100, shown)
    again = Proof.parse(proof.text)
    assert again == proof
    assert verify_inclusion(again.leaf, again.index, 300, again.path, SmallLog(300).tree.root())
    assert "c2sp.org/tlog-proof@v1\nextra " in proof.text
    assert len(SmallLog(300).proof(100, ("head",)).text.encode()) < LONGEST_RECEIPT


def test_a_proof_whose_opening_does_not_fit_is_no_proof() -> None:
    proof = SmallLog(9).proof(1)
    proof.opening["body"]["text"] += " "
    with pytest.raises(NoteBroken, match="not what was committed"):
        Proof.parse(proof.text)


@pytest.mark.parametrize("line", ["leaf", "act", "time", "about"])
def test_a_receipt_with_a_line_missing_is_none(line: str) -> None:
    text = Note.parse(SmallLog(5).receipt(2)).text
    kept = "".join(one for one in text.splitlines(keepends=True) if not one.startswith(line))
    for wrong in (kept, text.replace(f"{line} ", f"{line}: "), text + "more\n", text[:-1]):
        with pytest.raises(NoteBroken):
            Receipt.parse(wrong)


def test_a_proof_without_a_line_is_none() -> None:
    text = SmallLog(5).proof(2).text
    for line in ("c2sp", "extra", "index"):
        with pytest.raises(NoteBroken):
            Proof.parse("".join(one for one in text.splitlines(keepends=True) if not one.startswith(line)))
    with pytest.raises(NoteBroken):
        Proof.parse(text.replace("\n\n", "\n" + "A" * 43 + "=\n" * 70 + "\n\n", 1))


def test_a_case_holds_its_acts_under_one_head() -> None:
    log = SmallLog(20, own=4)
    case = json.loads(log.case())
    assert [one["index"] for one in case["acts"]] == [0, 1, 2, 3]
    assert case["checkpoint"] == log.note.whole
