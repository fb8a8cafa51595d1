"""What a witness answers: the table of C2SP tlog-witness."""

import pytest

from domain.proof.checkpoints import Checkpoint, sign_head
from domain.proof.merkle import EMPTY_ROOT
from domain.proof.notes import Note, NoteBroken
from domain.proof.witnessing import Addition, judge_addition
from resolvers.signing import VERIFY
from tests.proofs import LOG, LOG_KEY, ORIGIN, SmallLog, signer

pytestmark = pytest.mark.clause("R9", "S1")
TREE = SmallLog(20).tree


def head(size: int, root: bytes | None = None, origin: str = ORIGIN) -> Note:
    signing = LOG_KEY if origin == ORIGIN else LOG.key(origin)
    return sign_head(Checkpoint(origin, size, TREE.root(size) if root is None else root), signing, LOG.sign)


def asked(old: int, new: Note, proof: list[bytes] | None = None) -> str:
    size = Checkpoint.parse(new.text).size
    path = TREE.consistency(old, size) if proof is None and old <= size <= 20 else proof or []
    return Addition(old, tuple(path), new).text


KNOWN = Checkpoint(ORIGIN, 7, TREE.root(7))
FOREIGN = sign_head(Checkpoint(ORIGIN, 9, TREE.root(9)), LOG_KEY, signer("thief").sign)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (asked(7, head(12)), 200),
        (asked(7, head(7)), 200),  # the same again, with a fresh time
        (asked(0, head(7)), 409),  # it knows more than it is told
        (asked(5, head(12)), 409),
        (asked(9, head(12)), 409),
        (asked(7, head(7, bytes(32))), 409),  # another tree of the same size
        (asked(7, head(12, bytes(32))), 422),  # no extension of what it signed
        (asked(7, head(12), TREE.consistency(6, 12)), 422),
        (asked(7, head(12), []), 422),
        (asked(12, head(7)), 400),  # shorter than its own past
        (asked(7, head(12, origin="other.example/log")), 404),
        (asked(7, FOREIGN), 403),
        ("", 400),
        ("old 7\n", 400),
        (asked(7, head(12)).replace("old 7", "old 07"), 400),
        (asked(7, head(12)).replace("old 7", "new 7"), 400),
        (asked(7, head(12)).replace("\n12\n", "\n13\n"), 403),
        ("old 7\n" + "A" * 43 + "=\n" * 64 + "\n" + head(12).whole, 400),
    ],
)
def test_the_answers_of_a_witness(text: str, status: int) -> None:
    answer = judge_addition(text, {ORIGIN: KNOWN}, [LOG_KEY], VERIFY)
    assert answer.status == status
    assert (answer.head is not None) == (status == 200)
    if status == 409:
        assert answer.known == 7


def test_the_first_head_needs_no_proof_and_an_empty_log_is_one() -> None:
    assert judge_addition(asked(0, head(20)), {}, [LOG_KEY], VERIFY).status == 200
    assert judge_addition(asked(0, head(0, EMPTY_ROOT)), {}, [LOG_KEY], VERIFY).status == 200
    assert judge_addition(asked(0, head(20), [bytes(32)]), {}, [LOG_KEY], VERIFY).status == 422


def test_a_request_is_read_back_as_it_was_written() -> None:
    request = Addition(7, tuple(TREE.consistency(7, 20)), head(20))
    assert Addition.parse(request.text) == request
    with pytest.raises(NoteBroken):
        Addition.parse(request.text + "x" * 100_001)
