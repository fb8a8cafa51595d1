"""阳光凭证核验工具 · Stand-alone verifier of receipts, case exports, archive bundles and the whole public log.

用法 / Usage:  python verify.py FILE_OR_FOLDER --policy policy.txt [--roots roots.txt]

One file, no network, nothing but Python 3.8 or newer. It shares no code with the system it checks.
Exit codes: 0 proven · 1 does not hold · 2 could not be checked · 3 genuine, but not (yet) a proof.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import json
import pathlib
import re
import sys
from typing import Any

PROVEN, BAD, UNCHECKED, PROMISED = 0, 1, 2, 3
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
DECIMAL = re.compile("(0|[1-9][0-9]{0,18})")
HEX = re.compile("[0-9a-f]{64}")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
PARTS = ("head", "actor", "body")
MOST_BYTES = 200_000_000
MADE = "made.txt"
EVIDENCE_ERRORS = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


class Refused(Exception):
    """A verdict other than “proven”, in both languages."""

    def __init__(self, code: int, chinese: str, english: str) -> None:
        """``code`` is the exit code that goes with it."""
        super().__init__(english)
        self.code, self.chinese, self.english = code, chinese, english


def bad(chinese: str, english: str) -> Refused:
    """Return the refusal of evidence that does not hold."""
    return Refused(BAD, chinese, english)


# ---- Ed25519 (RFC 8032), verification only; nothing here is secret, so nothing need take constant time ----


def add(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    """Add two points in extended coordinates."""
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    three, four = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point(encoded: bytes) -> tuple[Any, ...]:
    """Return the point that 32 bytes encode. Raises ``ValueError``."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if len(encoded) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point(bytes.fromhex("58" + "66" * 31))


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature over a message is of this key."""
    if len(signature) != 64 or len(public) != 32:
        return False
    s = int.from_bytes(signature[32:], "little")
    try:
        x, y, _, t = point(public)
    except ValueError:
        return False
    if s >= L:
        return False
    minus = (P - x, y, 1, P - t)
    both = add(BASE, minus)
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    found = (0, 1, 1, 0)
    for bit in range(max(s.bit_length(), h.bit_length()) - 1, -1, -1):
        found = add(found, found)
        chosen = (s >> bit & 1) + 2 * (h >> bit & 1)
        if chosen:
            found = add(found, (BASE, minus, both)[chosen - 1])
    inverse = pow(found[2], P - 2, P)
    encoded = (found[1] * inverse % P) | ((found[0] * inverse % P & 1) << 255)
    return encoded.to_bytes(32, "little") == signature[:32]


# ---- the tree of RFC 9162 ----


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_path(leaf: bytes, index: int, size: int, path: list[Any]) -> bytes:
    """Return the root to which an inclusion proof leads. Raises ``ValueError`` if the path has the wrong length."""
    if index >= size:
        raise ValueError("the place lies outside the tree")
    first, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            raise ValueError("the path is too long")
        if first & 1 or first == last:
            found = node_hash(node, found)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, node)
        first, last = first >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return found


def root_of(leaves: list[Any]) -> bytes:
    """Return the root over a list of leaf hashes."""
    stack: list[bytes] = []
    for number, leaf in enumerate(leaves):
        node, carry = leaf, number
        while carry & 1:
            node, carry = node_hash(stack.pop(), node), carry >> 1
        stack.append(node)
    if not stack:
        return hashlib.sha256(b"").digest()
    found = stack.pop()
    while stack:
        found = node_hash(stack.pop(), found)
    return found


# ---- texts: base64, numbers, keys, notes, heads, policies ----


def b64(text: str) -> bytes:
    """Return the bytes of canonical base64. Raises ``ValueError``."""
    found = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError("stray bits in base64")
    return found


def hash_in(text: str) -> bytes:
    """Return 32 bytes written in base64."""
    found = b64(text)
    if len(found) != 32:
        raise ValueError("a hash has 32 bytes")
    return found


def number(text: str) -> int:
    """Return a number without leading zeros."""
    if not DECIMAL.fullmatch(text):
        raise ValueError("not a number as it must be written")
    return int(text)


def key_of(text: str) -> tuple[Any, ...]:
    """Return (name, id, kind, public key) of a verifier key. Raises ``ValueError``."""
    name, key_id, encoded = text.split("+", 2)
    raw = b64(encoded)
    right = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not name or right.hex() != key_id or raw[0] not in (1, 4, 6) or (raw[0] != 6 and len(raw) != 33):
        raise ValueError("this is no key")
    return (name, right, raw[0], raw[1:])


def note_of(whole: str) -> tuple[Any, ...]:
    """Return (text, {(name, key id): signature}) of a signed note. Raises ``ValueError``."""
    text, gap, below = whole.rpartition("\n\n")
    lines = below.split("\n")
    if not gap or not text or lines.pop() or not 1 <= len(lines) <= 64 or CONTROL.search(whole):
        raise ValueError("this is no signed note")
    found: dict[tuple[str, bytes], bytes] = {}
    for line in lines:
        dash, name, encoded = line.split(" ")
        raw = b64(encoded)
        if dash != "\u2014" or not name or "+" in name or len(raw) < 5:
            raise ValueError("this is no signature")
        found.setdefault((name, raw[:4]), raw[4:])
    return text + "\n", found


def signed_by(note: tuple[Any, ...], key: tuple[Any, ...]) -> bool:
    """Say whether a plain key signed a note. Raises ``Refused`` when its signature is wrong."""
    signature = note[1].get((key[0], key[1]))
    if signature is None or key[2] != 1:
        return False
    if not ed25519(key[3], note[0].encode(), signature):
        raise bad(f"{key[0]} 的签名与内容不符，内容被改动过或签名系伪造。", f"The signature of {key[0]} does not fit.")
    return True


def witnessed_by(note: tuple[Any, ...], key: tuple[Any, ...]) -> bool:
    """Say whether a witness signed a head. Raises ``Refused`` when its signature is wrong."""
    signature = note[1].get((key[0], key[1]))
    if signature is None or key[2] != 4:
        return False
    at = int.from_bytes(signature[:8], "big")
    if at >> 63 or not ed25519(key[3], f"cosignature/v1\ntime {at}\n{note[0]}".encode(), signature[8:]):
        raise bad(f"见证者 {key[0]} 的签名与内容不符。", f"The signature of the witness {key[0]} does not fit.")
    return True


def group_of(rest: list[str], names: dict[str, Any]) -> tuple[Any, ...]:
    """Return (how many, members) of a group whose members stand above it. Raises ``ValueError``."""
    members = rest[2:]
    needed = {"any": 1, "all": len(members)}.get(rest[1]) or number(rest[1])
    known = all(one in names and one != "none" for one in members)
    if not known or not 1 <= needed <= len(members) or len(set(members)) != len(members):
        raise ValueError("a group that cannot be")
    return needed, members


def policy_of(text: str) -> dict[str, Any]:
    """Return what a policy says. Raises ``ValueError``."""
    if "\n\n\u2014 " in text:
        text = note_of(text)[0]
    found: dict[str, Any] = {"log": [], "receipts": [], "witness": {}, "group": {}, "quorum": "", "until": "9999-12-31"}
    names: dict[str, Any] = {"none": None}
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        word, rest = words[0], words[1:]
        if word in ("log", "receipts"):
            found[word].append(key_of(rest[0]))
        elif word in ("witness", "group") and rest[0] not in names:
            found[word][rest[0]] = names[rest[0]] = key_of(rest[1]) if word == "witness" else group_of(rest, names)
        elif word == "quorum" and not found["quorum"] and rest[0] in names:
            found["quorum"] = rest[0]
        elif word == "until":
            found["until"] = str(dt.date.fromisoformat(rest[0]))
        elif word != "serial":
            raise ValueError(f"line not understood: {line[:40]!r}")
    members = [member for _, group in found["group"].values() for member in group]
    publics = [key[3] for key in found["witness"].values()]
    if not found["quorum"] or len(set(members)) != len(members) or len(set(publics)) != len(publics):
        raise ValueError("no quorum, or something counts twice")
    return found


def agrees(policy: dict[str, Any], signed: set[str], name: str) -> bool:
    """Say whether the witnesses that signed are a quorum."""
    if name == "none" or name in signed:
        return True
    needed, members = policy["group"].get(name, (1, []))
    return bool(sum(agrees(policy, signed, member) for member in members) >= needed)


def head_of(whole: str, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Return (size, root, witnesses, whether they are a quorum, those that signed by ML-DSA). Raises ``Refused``."""
    note = note_of(whole)
    lines = note[0].split("\n")
    if len(lines) != 4 or not lines[0]:
        raise ValueError("this is no head of a log")
    size, root = number(lines[1]), hash_in(lines[2])
    if not any(key[0] == lines[0] and signed_by(note, key) for key in policy["log"]):
        raise bad("没有信任策略中的日志为此签名。", "No log of the policy signed this.")
    signed = {name for name, key in policy["witness"].items() if witnessed_by(note, key)}
    other = [name for name, key in policy["witness"].items() if key[2] == 6 and (key[0], key[1]) in note[1]]
    return size, root, signed, agrees(policy, signed, policy["quorum"]), other


# ---- what is shown of an act, and what was committed to ----


def field(content: bytes) -> bytes:
    """Return bytes behind their length."""
    return len(content).to_bytes(4, "big") + content


def eight(value: int) -> bytes:
    """Return a whole number as eight bytes; a truth value or a number too large for any reader is none."""
    if type(value) is not int or abs(value) > 2**53:
        raise ValueError("not a whole number")
    return value.to_bytes(8, "big", signed=True)


def digest_in(text: str) -> bytes:
    """Return 32 bytes written in small hexadecimal letters."""
    if not HEX.fullmatch(text):
        raise ValueError("not a digest")
    return bytes.fromhex(text)


def content_of(part: str, given: dict[str, Any]) -> bytes:
    """Return the bytes of a part that is shown."""
    if part == "head":
        texts = field(given["stream"].encode()) + eight(given["seq"]) + field(given["kind"].encode())
        return texts + field(given["body_code"].encode()) + eight(given["at"])
    if part == "actor":
        return field(given["id"].encode()) + field(given["name"].encode())
    return bytes(given["text"].encode())


def entry_from(opening: dict[str, Any]) -> bytes:
    """Return the entry that an opening leads to. Raises ``ValueError`` and its like."""
    if eight(opening["v"]) != eight(1) or set(opening) != {"v", *PARTS}:
        raise ValueError("an opening of another version")
    digests = b""
    for part in PARTS:
        given = opening[part]
        if "digest" in given:
            digests += digest_in(given["digest"])
        else:
            digests += hashlib.sha256(digest_in(given["blind"]) + content_of(part, given)).digest()
    return b"\x01" + field(hashlib.sha256(b"yangguang/1/act\0" + digests).digest())


def act_of(given: dict[str, Any]) -> tuple[Any, ...]:
    """Return (entry, opening) of plain data. Raises ``Refused`` if one does not belong to the other."""
    entry, opening = b64(given["entry"]), given["opening"]
    if entry_from(opening) != entry:
        raise bad("所示内容与当时记录的内容不一致。", "What is shown is not what was recorded.")
    return entry, opening


def plain(text: object) -> str:
    """Return text that cannot move the cursor of a terminal."""
    return "".join(one if one.isprintable() else "\ufffd" for one in str(text))[:2000]


def moment(at: int) -> str:
    """Return microseconds since 1970 as Beijing time."""
    try:
        epoch = dt.datetime(1970, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
        return str(epoch + dt.timedelta(microseconds=at))
    except OverflowError:
        return f"{at} µs"


def shown(opening: dict[str, Any]) -> list[Any]:
    """Return the lines that tell what was shown of an act."""
    lines = []
    if "digest" not in opening["head"]:
        head = opening["head"]
        lines.append(f"{plain(head['stream'])} #{head['seq']} · {plain(head['kind'])} · {moment(head['at'])}")
    if "digest" not in opening["actor"]:
        lines.append(f"经办 by: {plain(opening['actor']['name']) or '—'}")
    if "digest" not in opening["body"]:
        lines.append(f"内容 content: {plain(opening['body']['text'])}")
    return lines


# ---- the four kinds of evidence ----


def verdict(seen: tuple[Any, ...], chinese: str, english: str, lines: list[Any]) -> tuple[Any, ...]:
    """Return (code, lines): proven if the witnesses of the head are a quorum."""
    names = "、".join(sorted(seen[2])) or "无 none"
    lines = [*lines, f"见证 witnesses: {names}"]
    if seen[4]:
        lines.append(f"未核验 ML-DSA 见证 · witnesses with ML-DSA keys are not counted: {'、'.join(seen[4])}")
    if seen[3]:
        return PROVEN, [chinese, english, *lines]
    lack = "日志已签名，但见证签名不足，还不能作为证明。"
    return PROMISED, [lack, "The log signed this, but too few witnesses did: no proof yet.", *lines]


def receipt(text: str, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Check a receipt as it is given at once: a promise."""
    note = note_of(text)
    lines = note[0].split("\n")
    if len(lines) != 7 or lines[0] != "yangguang/receipt/v1" or not lines[1]:
        raise ValueError("this is no receipt")
    leaf, act, at, about = [lines[n].split(" ", 1)[1] for n in (2, 3, 4, 5)]
    if [line.split(" ")[0] for line in lines[2:6]] != ["leaf", "act", "time", "about"] or not re.fullmatch(
        r"\S+", about
    ):
        raise ValueError("this is no receipt")
    hash_in(leaf), number(act)
    if not any(signed_by(note, key) for key in policy["receipts"]):
        raise bad("没有信任策略中的凭证密钥为此签名。", "No receipt key of the policy signed this.")
    if not any(key[0] == lines[1] for key in policy["log"]):
        raise bad("这张凭证属于另一个日志。", "This receipt belongs to another log.")
    told = "凭证真实：系统已收到并承诺记入公开日志。请稍后换取入库证明。"
    facts = [f"编号 matter: {plain(about)}", f"时间 time: {moment(number(at))}"]
    facts.append(f"记录 act: {number(act)} · {hash_in(leaf).hex()}")
    return PROMISED, [told, "Genuine receipt: a promise to log this act. Ask for the proof of inclusion later.", *facts]


def proof(text: str, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Check a proof of inclusion, and the receipt it answers if there is one."""
    above, _, checkpoint = text.partition("\n\n")
    lines = above.split("\n")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index ") or len(lines) > 66:
        raise ValueError("this is no proof of this record")
    extra = json.loads(b64(lines[1][6:]))
    if not {"entry", "opening"} <= set(extra) <= {"entry", "opening", "receipt"}:
        raise ValueError("this is no proof of this record")
    entry, opening = act_of(extra)
    seen = head_of(checkpoint, policy)
    index = number(lines[2][6:])
    if root_from_path(leaf_hash(entry), index, seen[0], [hash_in(line) for line in lines[3:]]) != seen[1]:
        raise bad(
            "这一行为不在日志中：路径与日志根不符。", "This act is not in the log: the path does not lead to its root."
        )
    told = shown(opening)
    if extra.get("receipt"):
        receipt(extra["receipt"], policy)
        promised = extra["receipt"].split("\n")
        if hash_in(promised[2][5:]) != leaf_hash(entry) or promised[1] != checkpoint.split("\n")[0]:
            raise bad("日志中的记录与当时的凭证不符。", "What was logged is not what the receipt promised.")
        told.append("与当时的凭证一致。 It answers the receipt.")
    chinese = f"已证明：这一行为是公开日志第 {index} 号（共 {seen[0]} 条），此后未被改动。"
    return verdict(seen, chinese, f"Proven: this act is number {index} of {seen[0]} in the log, unaltered.", told)


def case(text: str, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Check all acts of a matter: each in the log, in order, none missing between them."""
    given = json.loads(text)
    if given["format"] != "yangguang/case/v1" or set(given) != {"format", "checkpoint", "acts"} or not given["acts"]:
        raise ValueError("this is no case export")
    seen = head_of(given["checkpoint"], policy)
    before: tuple[Any, ...] = ("", 0, -(2**63), -1)
    for act in given["acts"]:
        entry, opening = act_of(act)
        head, index = opening["head"], act["index"]
        path = [hash_in(node) for node in act["path"]]
        if index < 0 or root_from_path(leaf_hash(entry), index, seen[0], path) != seen[1]:
            raise bad(f"第 {head['seq']} 步不在日志中。", f"Act {head['seq']} is not in the log.")
        now = (head["stream"], head["seq"], head["at"], index)
        if now[1] != before[1] + 1 or (before[0] or now[0]) != now[0] or now[2] < before[2] or index <= before[3]:
            raise bad(
                f"第 {head['seq']} 步前后有缺漏或次序不对。", f"Around act {head['seq']} one is missing or misplaced."
            )
        before = now
    chinese = f"已证明：{plain(before[0])} 的第 1 至 {before[1]} 步全部在公开日志中，次序无误，中间无缺漏。"
    return verdict(seen, chinese, f"Proven: acts 1 to {before[1]} stand in the log, in order, with none missing.", [])


def tile_path(level: str, index: int, width: int) -> str:
    """Return the place of a tile below the log's folder."""
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + ("" if width == 256 else f".p/{width}")


def whole_log(folder: pathlib.Path, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Check a copy of the log: every entry, every tile, and the signed head over them."""
    seen = head_of((folder / "checkpoint").read_bytes().decode(), policy)
    leaves: list[Any] = []
    for index in range(-(-seen[0] // 256)):
        content = (folder / tile_path("entries", index, min(256, seen[0] - index * 256))).read_bytes()
        before = len(leaves)
        leaves += [leaf_hash(one) for one in unbundled(content)]
        if len(leaves) - before != min(256, seen[0] - index * 256):
            raise bad(f"第 {index} 个条目文件条数不对。", f"Bundle {index} has a wrong number of entries.")
    level, nodes = 0, leaves
    while nodes:
        for index in range(-(-len(nodes) // 256)):
            part = nodes[index * 256 : index * 256 + 256]
            if (folder / tile_path(str(level), index, len(part))).read_bytes() != b"".join(part):
                raise bad(f"第 {level} 层第 {index} 块与条目不符。", f"Tile {level}/{index} does not fit the entries.")
        nodes = [root_of(nodes[at : at + 256]) for at in range(0, len(nodes) - 255, 256)]
        level += 1
    if root_of(leaves) != seen[1]:
        raise bad("全部条目算出的根与日志签名的根不符。", "The entries do not lead to the root that the log signed.")
    chinese = f"已证明：日志的全部 {seen[0]} 条与签名的根一致。"
    return verdict(seen, chinese, f"Proven: all {seen[0]} entries lead to the signed root.", [])


# ---- a month of the archive ----


def unbundled(content: bytes) -> list[Any]:
    """Return entries that stand one after another, each behind its length in two bytes. Raises ``ValueError``."""
    found, at = [], 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if end > len(content):
            raise ValueError("the last entry is cut off")
        found.append(content[at + 2 : end])
        at = end
    return found


def pieces(start: int, end: int) -> list[Any]:
    """Return the heights of the whole subtrees that make up a range of the tree."""
    found = []
    while start < end:
        height = min((start & -start).bit_length() - 1 if start else 63, (end - start).bit_length() - 1)
        found.append(height)
        start += 1 << height
    return found


def root_with(first: int, leaves: list[Any], size: int, left: list[Any], right: list[Any]) -> bytes:
    """Return the root of a tree from some of its leaves and the subtrees beside them. Raises ``ValueError``."""
    before, after = pieces(0, first), pieces(first + len(leaves), size)
    if len(before) != len(left) or len(after) != len(right) or first + len(leaves) > size:
        raise ValueError("other subtrees than there must be")
    stack: list[Any] = []
    for node, level in zip([*left, *leaves, *right], [*before, *[0] * len(leaves), *after]):  # noqa: B905 -- Python 3.8
        found, height = node, level
        while stack and stack[-1][0] == height:
            found, height = node_hash(stack.pop()[1], found), height + 1
        stack.append((height, found))
    root: bytes = stack.pop()[1]
    while stack:
        root = node_hash(stack.pop()[1], root)
    return root


def files_are(folder: pathlib.Path, listed: dict[str, Any]) -> None:
    """Compare every file of a bundle with the manifest. Raises ``Refused``."""
    beside = ("manifest.json", MADE, "__pycache__", "roots.txt")
    found = {one.name for one in folder.iterdir() if one.name not in beside}
    for name in sorted(found | set(listed)):
        digests = [hashlib.sha256(), *([hashlib.new("sm3")] if "sm3" in hashlib.algorithms_available else [])]
        length, wanted = listed.get(name, (-1, "", ""))[0], listed.get(name, (-1, "", ""))[1:]
        if name in found:
            with (folder / name).open("rb") as file:
                for part in iter(lambda: file.read(1 << 20), b""):
                    length -= len(part)
                    for one in digests:
                        one.update(part)
        made = [one.hexdigest() for one in digests]
        if length or any(one and one not in made for one in wanted[: len(made)]):
            raise bad(
                f"文件 {plain(name)} 缺失、多出或被改动过。", f"The file {plain(name)} is missing, foreign or altered."
            )


def archive(folder: pathlib.Path, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Check a month of the archive: every file, every act, and the way from its entries to the signed head."""
    manifest = (folder / "manifest.json").read_bytes()
    given = json.loads(manifest)
    if given["format"] != "yangguang/archive/v1" or not {"checkpoint", "events.jsonl", "entries"} <= set(
        given["files"]
    ):
        raise ValueError("this is no archive bundle")
    files_are(folder, given["files"])
    head = (folder / "checkpoint").read_bytes().decode()
    seen, first = head_of(head, policy), given["first"]
    entries = unbundled((folder / "entries").read_bytes())
    left, right = [[digest_in(one) for one in given[side]] for side in ("left", "right")]
    found = root_with(first, [leaf_hash(one) for one in entries], given["size"], left, right)
    if given["size"] != seen[0] or found != seen[1] or len(entries) != given["end"] - first:
        raise bad("条目算出的根与日志签名的根不符。", "The entries do not lead to the root that the log signed.")
    last, count = first - 1, 0
    orders: dict[str, int] = {}
    with (folder / "events.jsonl").open("rb") as file:
        for line in file:
            act, count = json.loads(line), count + 1
            if act["place"] <= last or archived_entry(act) != entries[act["place"] - first]:
                raise bad(f"第 {count} 行与日志不符。", f"Line {count} is not what was logged.")
            if act["seq"] <= orders.get(act["stream"], 0) or not moment(act["at"]).startswith(given["month"]):
                raise bad(f"第 {count} 行次序或月份不对。", f"Line {count} is out of order or of another month.")
            last, orders[act["stream"]] = act["place"], act["seq"]
    if count != given["events"]:
        raise bad("记录条数与清单不符。", "There are not as many acts as the manifest says.")
    told = registered(folder, policy, hashlib.sha256(manifest).hexdigest(), count)
    chinese = f"已证明：归档包 {plain(given['month'])} 的 {count} 条记录都在公开日志中，此后未被改动。"
    return verdict(seen, chinese, f"Proven: all {count} acts of the bundle stand in the log, unaltered.", told)


def registered(folder: pathlib.Path, policy: dict[str, Any], digest: str, count: int) -> list[Any]:
    """Say whether the log holds that this bundle was made with just these acts: only that shows that none was cut off."""
    if not (folder / MADE).exists():
        lack = f"包内没有登记证明 {MADE}：末尾是否被截去，要用记录中 archive.made 的清单摘要核对。"
        return [lack, f"Without {MADE} only the digest in the act archive.made shows whether an act was cut off."]
    text = tidy((folder / MADE).read_bytes())
    code, lines = proof(text, policy)
    opening = json.loads(b64(text.split("\n")[1][6:]))["opening"]
    body = json.loads(opening["body"]["text"])
    if opening["head"]["kind"] != "archive.made" or (body["manifest"], body["events"]) != (digest, count):
        raise bad("登记的是另一个归档包：文件被截短或换过。", "The record knows another bundle than this one.")
    if code != PROVEN:
        return [f"登记证明 {MADE} 还缺见证签名。", f"{MADE} lacks witnesses: that no act was cut off is not proven."]
    return [f"完整：{lines[0]}", f"Complete: the making of this bundle with its {count} acts is itself in the log."]


def archived_entry(act: dict[str, Any]) -> bytes:
    """Return the entry that an act of a bundle makes."""
    salt, digests = bytes.fromhex(act["salt"]), b""
    told = {**act, "id": act["actor_id"], "name": act["actor_name"], "text": act["body"]}
    for part in PARTS:
        blind = hashlib.sha256(b"yangguang/1/" + part.encode() + b"\0" + salt).digest()
        digests += hashlib.sha256(blind + content_of(part, told)).digest()
    return b"\x01" + field(hashlib.sha256(b"yangguang/1/act\0" + digests).digest())


def tidy(content: bytes) -> str:
    """Return a text as it was sent: mail programs and editors change line ends and the very end. Raises ``ValueError``."""
    return content.decode().lstrip("\ufeff").replace("\r\n", "\n").rstrip("\n") + "\n"


def checked(evidence: str, policy: dict[str, Any]) -> tuple[Any, ...]:
    """Check a text, whatever it is. Returns (code, lines); raises ``Refused``."""
    first = evidence.split("\n", 1)[0]
    kinds = {"c2sp.org/tlog-proof@v1": proof, "yangguang/receipt/v1": receipt}
    kind = kinds.get(first) or (case if first.startswith("{") else None)
    try:
        if kind is None:
            raise ValueError("neither receipt, proof nor case export")
        return kind(evidence, policy)
    except EVIDENCE_ERRORS as error:
        told = "文件不完整或被改动过，无法作为凭证。"
        raise bad(told, f"The file is damaged or altered and proves nothing ({plain(error)[:80]}).") from error


def trusted(policy_file: str, roots_file: str, today: str) -> tuple[Any, ...]:
    """Return the policy and a line about who vouches for it. Raises ``Refused`` if it cannot be trusted."""
    try:
        text = tidy(pathlib.Path(policy_file).read_bytes())
        policy = policy_of(text)
        told = "信任策略未经根密钥核对：请确认它来自可靠渠道。 The policy was not checked against root keys."
        if roots_file:
            words = [line.split() for line in tidy(pathlib.Path(roots_file).read_bytes()).split("\n")]
            keys = {key_of(one[1])[3]: key_of(one[1]) for one in words if one[:1] == ["root"]}
            needed = max(number(one[1]) for one in words if one[:1] == ["threshold"])
            note = note_of(text)
            count = sum(signed_by(note, key) for key in keys.values())
            if not 1 <= needed <= count:
                raise ValueError(f"{count} root keys signed, {needed} must")
            told = f"信任策略由 {count} 把根密钥签名。 The policy is signed by {count} root keys."
    except (OSError, Refused, *EVIDENCE_ERRORS) as error:
        raise Refused(UNCHECKED, "信任策略无法使用。", f"The policy cannot be used: {plain(error)}.") from error
    if policy["until"] < today:
        raise Refused(UNCHECKED, "信任策略已过期，请取得新的策略。", "The policy has expired; get a newer one.")
    return policy, told


def main(arguments: list[Any]) -> int:
    """Check what the command line names, tell the verdict, and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(description="核验凭证、案卷导出或整个公开日志 · verify a receipt, case or log")
    parser.add_argument("evidence", help="凭证、案卷导出文件、日志或归档包目录 · file or folder")
    parser.add_argument("--policy", required=True, help="信任策略 · which keys count")
    parser.add_argument("--roots", default="", help="根密钥 · root keys that must have signed the policy")
    given = parser.parse_args(arguments)
    code: int
    try:
        policy, vouched = trusted(given.policy, given.roots, str(dt.date.today()))  # noqa: DTZ011 -- a day is enough
        place = pathlib.Path(given.evidence)
        if place.is_dir():
            code, lines = (archive if (place / "manifest.json").exists() else whole_log)(place, policy)
        elif place.stat().st_size > MOST_BYTES:
            raise Refused(UNCHECKED, "文件过大。", "The file is too large.")
        else:
            code, lines = checked(tidy(place.read_bytes()), policy)
        lines = [*lines, vouched]
    except Refused as refused:
        code, lines = refused.code, [refused.chinese, refused.english]
    except OSError as error:
        code, lines = UNCHECKED, ["文件无法读取，未能核验。", f"Could not be read, so not checked: {plain(error)}"]
    except EVIDENCE_ERRORS:
        code, lines = BAD, ["内容已损坏。", "The content is broken."]
    mark = {PROVEN: "✔", BAD: "✘", UNCHECKED: "?", PROMISED: "…"}[code]
    sys.stdout.write("".join(f"{line}\n" for line in [f"{mark} {lines[0]}", *(f"  {one}" for one in lines[1:])]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
