"""Signed notes, heads, cosignatures and policies: known vectors, and what must not be accepted."""

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from domain.proof.checkpoints import Checkpoint, cosign, cosigned_at, cosigned_message, sign_head
from domain.proof.notes import ML_DSA_COSIGNATURE, Key, Note, NoteBroken, Signature, base64_text, holds, signed
from domain.proof.policies import Policy, Roots, judge
from resolvers.signing import VERIFY
from tests.proofs import (
    LOG,
    LOG_KEY,
    ORIGIN,
    ROOTS,
    WITNESSES,
    SmallLog,
    policy_text,
    resigned,
    roots_text,
    signed_policy,
    signer,
    witness_key,
)

pytestmark = pytest.mark.clause("R9", "S1")

KNOWN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
KNOWN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of Go's note package, which the specification was written from."""


def test_a_note_of_another_implementation_verifies() -> None:
    note, key = Note.parse(KNOWN_NOTE), Key.parse(KNOWN_KEY)
    assert holds(note, key, VERIFY)
    assert note.whole == KNOWN_NOTE
    assert key.text == KNOWN_KEY
    with pytest.raises(NoteBroken, match="does not fit"):
        holds(Note(note.text.replace("your", "our"), note.signatures), key, VERIFY)


def test_a_known_key_must_have_signed_itself() -> None:
    note = Note.parse(KNOWN_NOTE)
    assert not holds(note, LOG_KEY, VERIFY)
    assert not holds(note, LOG.key("PeterNeumann"), VERIFY)


@pytest.mark.parametrize(
    "broken",
    ["", "\n\n", "text\n", "text\n\n", "text\n\nno signature\n", "text\n\n— name\n", "text\n\n— name AAAA\n",
     "text\n\n— a b c\n", "te\0xt\n\n— name AAAAAAAA\n", "text\r\n\n— name AAAAAAAA\n", "text\n\n— na+me AAAAAAAA\n",
     "text\n\n— name AAAAAAAB=\n", "text\n\n— name AAAAAAAA", "text\n\n" + "— name AAAAAAAA\n" * 65],
)  # fmt: skip
def test_what_is_no_note_is_refused_by_name(broken: str) -> None:
    with pytest.raises(NoteBroken):
        Note.parse(broken)


@pytest.mark.parametrize("broken", ["", "a+b", "name+00000000+AQ==", KNOWN_KEY[:-1], KNOWN_KEY.replace("c74f", "c74e")])
def test_what_is_no_key_is_refused_by_name(broken: str) -> None:
    with pytest.raises(NoteBroken):
        Key.parse(broken)


def test_the_messages_that_witnesses_sign_are_those_of_the_specification() -> None:
    root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    head = Checkpoint.parse(f"example.com/behind-the-sofa\n20852163\n{root}\n")
    message = cosigned_message(head, witness_key("archive"), 1679315147)
    # C2SP tlog-cosignature, "Ed25519 signed message".
    assert message.decode() == f"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n{root}\n"
    quantum = Key("w", ML_DSA_COSIGNATURE, bytes(1312))
    packed = cosigned_message(head, quantum, 1)
    assert packed.startswith(
        b"subtree/v1\n\0\x01w" + (1).to_bytes(8, "big") + b"\x1bexample.com/behind-the-sofa" + bytes(8)
    )
    assert packed.endswith((20852163).to_bytes(8, "big") + head.root)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "a\n1\n",
        "a\n01\n{}\n",
        "a\n-1\n{}\n",
        "\n1\n{}\n",
        "a\n1\nAAAA\n",
        "a\n1\n{}\nmore\n",
        "a\n99999999999999999999\n{}\n",
    ],
)
def test_what_is_no_head_is_refused_by_name(broken: str) -> None:
    with pytest.raises(NoteBroken):
        Checkpoint.parse(broken.format(base64_text(bytes(32))))


def test_a_log_signs_under_its_own_name_only() -> None:
    with pytest.raises(NoteBroken):
        sign_head(Checkpoint("other.example/log", 0, bytes(32)), LOG_KEY, LOG.sign)


def test_a_quorum_of_witnesses_is_counted() -> None:
    policy = Policy.parse(policy_text(2))
    for count in range(4):
        seen = judge(SmallLog(5, signers=WITNESSES[:count]).note, policy, VERIFY)
        assert (seen.quorate, set(seen.witnesses)) == (count >= 2, set(WITNESSES[:count]))


def test_a_wrong_signature_of_a_known_witness_spoils_the_head() -> None:
    log, key = SmallLog(5), witness_key("province")
    forged = cosign(Checkpoint(ORIGIN, 5, bytes(32)), key, 1, signer("province").sign)
    with pytest.raises(NoteBroken, match="province"):
        judge(log.note.with_signatures(forged), Policy.parse(policy_text()), VERIFY)
    # A plain signature of a witness's key over the head is no cosignature.
    plain = resigned(log.head.text, key, signer("province"))
    with pytest.raises(NoteBroken, match="province"):
        judge(log.note.with_signatures(plain), Policy.parse(policy_text()), VERIFY)


def test_strangers_below_a_head_do_not_count() -> None:
    log = SmallLog(5, signers=())
    key = witness_key("stranger")
    note = log.note.with_signatures(cosign(log.head, key, 1, signer("stranger").sign))
    assert judge(note, Policy.parse(policy_text()), VERIFY).witnesses == {}
    with pytest.raises(NoteBroken, match="no log"):
        judge(Note(log.head.text, note.signatures[1:]), Policy.parse(policy_text()), VERIFY)


def test_a_witness_may_sign_against_quantum_computers() -> None:
    private = MLDSA44PrivateKey.generate()
    key = Key("quantum.example", ML_DSA_COSIGNATURE, private.public_key().public_bytes_raw())
    head = SmallLog(5).head
    note = SmallLog(5).note.with_signatures(cosign(head, key, 7, private.sign))
    assert cosigned_at(note, head, key, VERIFY) == 7
    assert cosigned_at(note, head, key, {}) is None
    with pytest.raises(NoteBroken):
        cosigned_at(note, Checkpoint(ORIGIN, 6, head.root), key, VERIFY)
    assert Policy.parse(f"witness q {key.text}\nquorum q\n").agrees({"q"})


def test_groups_are_counted_as_written() -> None:
    keys = "".join(f"witness {name} {witness_key(name).text}\n" for name in "abcd")
    policy = Policy.parse(f"{keys}group one any a b\ngroup two all c d\ngroup both all one two\nquorum both\n")
    agreed = {"a": False, "ab": False, "acd": True, "cd": False, "bcd": True, "ac": False}
    assert {names: policy.agrees(set(names)) for names in agreed} == agreed
    assert Policy.parse("quorum none\n").agrees(set())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "quorum"),
        ("quorum x\n", "line 1"),
        ("quorum none\nquorum none\n", "line 2"),
        ("watcher x\n", "line 1"),
        (f"log {witness_key('a').text}\nquorum none\n", "kind"),
        (f"witness a {LOG_KEY.text}\nquorum a\n", "kind"),
        (f"witness a {witness_key('a').text}\nwitness b {witness_key('a').text}\nquorum a\n", "line 2"),
        (f"witness a {witness_key('a').text}\ngroup g 2 a\nquorum g\n", "line 2"),
        (f"witness a {witness_key('a').text}\ngroup g any a\ngroup h any a\nquorum g\n", "line 3"),
        ("group g any a\nquorum g\n", "line 1"),
        ("until tomorrow\nquorum none\n", "line 1"),
    ],
)
def test_a_policy_that_is_wrong_says_where(text: str, why: str) -> None:
    with pytest.raises(NoteBroken, match=why):
        Policy.parse(text)


def test_a_policy_is_signed_by_enough_roots() -> None:
    text = policy_text(more="until 2030-01-01")
    roots = Roots.parse(roots_text(2))
    assert len(roots.approve(signed_policy(text), VERIFY)) == 2
    assert Policy.parse(signed_policy(text)) == Policy.parse(text)
    assert Policy.parse(text).until == date(2030, 1, 1)
    assert Policy.parse(text).addresses[ORIGIN] == f"https://{ORIGIN}"
    for signers in (ROOTS[:1], ["stranger"], ["root-1", "stranger"]):
        with pytest.raises(NoteBroken, match="must"):
            roots.approve(signed_policy(text, signers), VERIFY)
    changed = signed_policy(text).replace("group outside 2", "group outside 1")
    with pytest.raises(NoteBroken, match="does not fit"):
        roots.approve(changed, VERIFY)


@pytest.mark.parametrize(
    "text", ["", "threshold 1\n", roots_text(4), roots_text(0), roots_text() + roots_text(), "quorum 1\n"]
)
def test_a_file_of_roots_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(NoteBroken):
        Roots.parse(text)


def test_one_key_signs_once() -> None:
    note = signed("text\n", LOG_KEY, LOG.sign)
    again = note.with_signatures(Signature(LOG_KEY.name, LOG_KEY.id, bytes(64)))
    assert len(again.signatures) == 1
    assert Note.parse(again.whole) == again
