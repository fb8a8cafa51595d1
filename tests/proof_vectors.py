"""The published test vectors of the log's formats, made from fixed seeds: ``python -m tests.proof_vectors`` writes them."""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from domain.proof.checkpoints import Checkpoint, cosign, sign_head
from domain.proof.leaf import Leaf, entry, opening
from domain.proof.merkle import Tree, leaf_hash
from domain.proof.notes import signed
from domain.proof.receipts import Receipt
from tests.proofs import (
    LOG,
    LOG_KEY,
    ORIGIN,
    SEEN_AT,
    WEB,
    WEB_KEY,
    SmallLog,
    act,
    policy_text,
    roots_text,
    salt,
    signed_policy,
    signer,
    witness_key,
)

VECTORS: Final = Path(__file__).parents[1] / "portal" / "static" / "proof" / "vectors.json"


def _leaves() -> Iterator[dict[str, Any]]:
    empty = act(0, "", kind="", body_code="", at=0, actor_id="", actor_name="", body="")
    for number, one in enumerate(
        (act(1), act(2, "power:4", kind="power.published"), empty, act(3, at=-1, body="阳光\n"))
    ):
        public = entry(one, salt(number))
        leaf = Leaf.of(public)
        digest = {"sm3": leaf.sm3.hex()} if leaf.sm3 else {}
        hidden = opening(one, salt(number), ("head",))
        yield {
            "act": asdict(one),
            "salt": salt(number).hex(),
            "entry": public.hex(),
            "leaf": leaf.hash.hex(),
            "opening": hidden,
            **digest,
        }


def _evidence() -> Iterator[tuple[str, int, str]]:
    log, few, nobody = SmallLog(300), SmallLog(300, signers=("province",)), SmallLog(300, signers=())
    proof = log.proof(4)
    yield "a receipt, as it is given at once", 3, log.receipt(4)
    yield "a proof that shows everything", 0, proof.text
    yield "a proof that shows the head of the act only", 0, log.proof(4, ("head",)).text
    yield "a proof that shows nothing", 0, log.proof(4, ()).text
    yield "the first leaf", 0, log.proof(0).text
    yield "the last leaf", 0, log.proof(299).text
    yield "a log of one leaf", 0, SmallLog(1).proof(0).text
    yield "one witness where two are asked", 3, few.proof(4).text
    yield "no witness", 3, nobody.proof(4).text
    yield "a case", 0, log.case()
    yield "nothing", 1, ""
    yield "some text", 1, "你好\n"
    yield "a receipt signed by the log's key instead of the receipts' key", 1, _receipt_by_log(log)
    yield "a receipt of another log", 1, _receipt_elsewhere(log)
    yield "a receipt with another time", 1, log.receipt(4).replace("time 1789", "time 1788")
    yield "another place", 1, proof.text.replace("index 4", "index 5")
    yield "another size", 1, proof.text.replace("\n300\n", "\n301\n")
    yield "a path too short", 1, log.proof(4, path=proof.path[:-1]).text
    yield "a path too long", 1, log.proof(4, path=(*proof.path, bytes(32))).text
    yield "another act's entry and opening", 1, _mixed(log)
    yield "the receipt of another act", 1, log.proof(4, receipt=log.receipt(5)).text
    yield "the head of another log by the same key", 1, proof.text.replace(ORIGIN, "moon.example/log")
    yield "a rebuilt log, signed with the stolen key, under old cosignatures", 1, _rebuilt()
    yield "a rebuilt log, signed with the stolen key, unwitnessed", 3, _rebuilt_unseen()
    yield "a case with an act left out", 1, _case_without(log, 2)
    yield "a case with two acts swapped", 1, _case_swapped(log)
    yield "a case that begins late", 1, _case_without(log, 0)
    yield "a case cut at its end, which no one can see in it", 0, log.case(4)
    yield "a case of nothing", 1, log.case().replace('"acts":[', '"acts":[],"more":[')


def _receipt_by_log(log: SmallLog) -> str:
    text = Receipt(ORIGIN, leaf_hash(log.entries[4]), 5, log.acts[4].at, "X-1").text
    return signed(text, LOG_KEY, LOG.sign).whole


def _receipt_elsewhere(log: SmallLog) -> str:
    text = Receipt("moon.example/log", leaf_hash(log.entries[4]), 5, log.acts[4].at, "X-1").text
    return signed(text, WEB_KEY, WEB.sign).whole


def _mixed(log: SmallLog) -> str:
    other = log.proof(5)
    return log.proof(4, entry=other.entry, opening=other.opening, receipt="").text


def _rebuilt_log() -> tuple[SmallLog, Checkpoint]:
    log = SmallLog(300)
    log.acts[4] = act(5, body='{"n":5,"text":"从未收到"}')
    log.tree = Tree(leaf_hash(one) for one in log.entries)
    return log, Checkpoint(ORIGIN, 300, log.tree.root())


def _rebuilt() -> str:
    log, head = _rebuilt_log()
    old = SmallLog(300).note.signatures[1:]
    return log.proof(4, checkpoint=sign_head(head, LOG_KEY, LOG.sign).with_signatures(*old), receipt="").text


def _rebuilt_unseen() -> str:
    log, head = _rebuilt_log()
    stranger = cosign(head, witness_key("stranger"), SEEN_AT, signer("stranger").sign)
    return log.proof(4, checkpoint=sign_head(head, LOG_KEY, LOG.sign).with_signatures(stranger), receipt="").text


def _case_without(log: SmallLog, place: int) -> str:
    case = json.loads(log.case())
    del case["acts"][place]
    return json.dumps(case)


def _case_swapped(log: SmallLog) -> str:
    case = json.loads(log.case())
    case["acts"][1], case["acts"][2] = case["acts"][2], case["acts"][1]
    return json.dumps(case)


def vectors() -> dict[str, Any]:
    """Return all vectors as plain data."""
    tree = Tree(leaf_hash(bytes([n])) for n in range(20))
    return {
        "about": "Keys are of published seeds and protect nothing. Codes: 0 proven, 1 does not hold, 2 not checked, 3 promise.",
        "policy": policy_text(),
        "signed_policy": signed_policy(policy_text()),
        "roots": roots_text(),
        "leaves": list(_leaves()),
        "tree": {
            "leaves": "twenty entries of one byte, 0 to 19",
            "roots": [tree.root(size).hex() for size in range(21)],
            "inclusion": [[[one.hex() for one in tree.inclusion(i, n)] for i in range(n)] for n in (1, 2, 7, 20)],
            "consistency": [[one.hex() for one in tree.consistency(n, 20)] for n in range(21)],
        },
        "evidence": [{"name": name, "code": code, "text": text} for name, code, text in _evidence()],
        "log": {path: base64.b64encode(content).decode() for path, content in sorted(SmallLog(300).files().items())},
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
