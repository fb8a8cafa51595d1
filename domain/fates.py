"""Which item of the library a row of a list is, and what entering the library would do: pure matching rules.

Rows with a code are matched by it. Rows without one are matched by body, category, name, sub-item and level; equal
keys are told apart by handling unit and authority, then by their order, and what still is not clear goes to a person.
Texts are reduced to short hashes first, so that the memory needed never grows with the length of the texts.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

from domain.item_codes import CodeBook, NoCodeLeft

Fate = Literal["new", "changed", "identical", "refused", "attention", "continuation", "passed_over"]
Outcome = Literal["", "new", "changed", "identical"]
Trouble = Literal[
    "",
    "duplicate_code",
    "same_item_twice",
    "several_candidates",
    "known_under_other_code",
    "not_in_force_yet",
    "later_change",
    "no_code_left",
    "no_code_possible",
]

SHORT = 200
IGNORED = re.compile(r"[\s，,。.；;：:、“”\"'‘’《》<>（）()【】\[\]·—\-_]+")


def match_text(text: str) -> str:
    """Return a text as it is compared: half width, without white space and punctuation, in lower case."""
    return IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _key(*texts: str) -> bytes:
    return _kept(*texts) if sum(map(len, texts)) <= SHORT else _made(*texts)


def _made(*texts: str) -> bytes:
    return blake2b("\x1f".join(match_text(text) for text in texts).encode(), digest_size=16).digest()


# The same items come back with every batch that is looked at; what is long is not kept.
_kept = lru_cache(maxsize=20_000)(_made)


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies an item that has no code: the key, the key of its main item, and what tells equals apart."""

    key: bytes
    main: bytes
    tie: bytes


def identity(content: Mapping[str, Any], body: str, own_level: str) -> Identity:
    """Return the identity of an item's content in a body (code).

    A list without a column for the level means the government's own level, so the two count as equal.
    """

    def said(field: str) -> str:
        return str(content.get(field) or "")

    level = said("level") if said("level") != own_level else ""
    return Identity(
        _key(body, said("category"), said("name"), said("sub_item"), level),
        _key(body, said("category"), said("name"), level),
        _key(said("handling_unit"), said("authority")),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """An item as the library holds it on the day from which the list shall be valid.

    ``version_id`` is 0 when the item exists but no version holds on that day; ``later`` tells that a change after
    that day is already recorded.
    """

    item_id: int
    version_id: int
    scheme: str
    code: str
    digest: bytes
    identity: Identity
    later: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A row of the list that is an item: its number in the batch and its identity.

    ``body_number`` and ``letters`` go into a new code; empty when the body or the category is not known.
    """

    seq: int
    identity: Identity
    scheme: str = ""
    code: str = ""
    body_number: str = ""
    letters: str = ""
    is_sub_item: bool = False


@dataclass(frozen=True, slots=True)
class Assigned:
    """Which item a draft is: the code, the item it is in the library (None: a new one), and what is not clear."""

    seq: int
    scheme: str
    code: str
    held: Held | None = None
    trouble: Trouble = ""
    detail: str = ""


def assign(drafts: Sequence[Draft], held: Sequence[Held], book: CodeBook | None) -> dict[int, Assigned]:
    """Assign an identity to every draft, by number; ``book`` gives out codes (None: the scheme cannot count)."""
    matched: dict[int, Assigned] = {}
    coded = [draft for draft in drafts if draft.code]
    by_code = {(one.scheme, one.code): one for one in held}
    own_codes = {(draft.scheme, draft.code) for draft in coded}
    free: dict[bytes, list[Held]] = defaultdict(list)
    for one in held:
        if one.version_id and (one.scheme, one.code) not in own_codes:
            free[one.identity.key].append(one)
    _by_code(coded, by_code, free, matched)
    groups: dict[bytes, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if not draft.code:
            groups[draft.identity.key].append(draft)
    for key, group in groups.items():
        _by_key(group, free.get(key, []), matched)
    _give_codes(drafts, held, book, matched)
    return matched


def _by_code(
    coded: Sequence[Draft],
    by_code: Mapping[tuple[str, str], Held],
    free: Mapping[bytes, Sequence[Held]],
    matched: dict[int, Assigned],
) -> None:
    """Match drafts that bring their code; the first of several with one code is taken, the others ask."""
    seen: dict[tuple[str, str], int] = {}
    for draft in coded:
        code = (draft.scheme, draft.code)
        found = by_code.get(code)
        if code in seen:
            detail = str(seen[code])
            matched[draft.seq] = Assigned(draft.seq, *code, found, "duplicate_code", detail)
            continue
        seen[code] = draft.seq
        others = free.get(draft.identity.key, ())
        if found is None and others:
            detail = "、".join(one.code for one in others[:3])
            matched[draft.seq] = Assigned(draft.seq, *code, None, "known_under_other_code", detail)
        else:
            matched[draft.seq] = _meets(draft, found)


def _meets(draft: Draft, found: Held | None) -> Assigned:
    """Take a draft for an item of the library, or for a new one."""
    if found is None:
        return Assigned(draft.seq, draft.scheme, draft.code)
    trouble: Trouble = ""
    if not found.version_id:
        trouble = "not_in_force_yet"
    elif found.later:
        trouble = "later_change"
    return Assigned(draft.seq, found.scheme, found.code, found, trouble)


def _by_key(group: Sequence[Draft], candidates: Sequence[Held], matched: dict[int, Assigned]) -> None:
    """Match drafts of one key with the items of that key: by handling unit and authority, then by order."""
    drafts, rest = list(group), sorted(candidates, key=lambda one: one.code)
    if len(drafts) == 1 and len(rest) == 1:
        matched[drafts[0].seq] = _meets(drafts[0], rest[0])
        return
    ties: dict[bytes, list[Draft]] = defaultdict(list)
    for draft in drafts:
        ties[draft.identity.tie].append(draft)
    open_drafts: list[Draft] = []
    for tie, equals in ties.items():
        same = [one for one in rest if one.identity.tie == tie]
        for draft, one in zip(equals, same, strict=False):
            matched[draft.seq] = _meets(draft, one)
            rest.remove(one)
        unmatched = equals[len(same) :]
        if unmatched and not same:
            open_drafts.append(unmatched.pop(0))
        for draft in unmatched:
            matched[draft.seq] = Assigned(draft.seq, "", "", None, "same_item_twice", str(equals[0].seq))
    _by_order(open_drafts, rest, matched)


def _by_order(drafts: Sequence[Draft], rest: Sequence[Held], matched: dict[int, Assigned]) -> None:
    """Match what handling unit and authority left over: as many as there are, one by one; else a person decides."""
    if not rest:
        for draft in drafts:
            matched[draft.seq] = Assigned(draft.seq, "", "")
    elif len(drafts) == len(rest):
        for draft, one in zip(drafts, rest, strict=True):
            matched[draft.seq] = _meets(draft, one)
    else:
        detail = "、".join(one.code for one in rest[:3])
        for draft in drafts:
            matched[draft.seq] = Assigned(draft.seq, "", "", None, "several_candidates", detail)


def _give_codes(
    drafts: Sequence[Draft], held: Iterable[Held], book: CodeBook | None, matched: dict[int, Assigned]
) -> None:
    """Give the next free code to every draft that is a new item, in the list's order."""
    if book is not None:
        for one in held:
            book.know(one.code, one.identity.main)
        book.take(draft.code for draft in drafts if draft.code)
    for draft in drafts:
        found = matched[draft.seq]
        if found.code:
            continue
        matched[draft.seq] = _with_code(draft, found, book)


def _with_code(draft: Draft, found: Assigned, book: CodeBook | None) -> Assigned:
    """Return the assignment with a new code, or with the reason why there is none."""
    if book is None or not draft.body_number or not draft.letters:
        return Assigned(draft.seq, "", "", found.held, found.trouble or "no_code_possible", found.detail)
    try:
        code = book.next(draft.body_number, draft.letters, draft.identity.main, is_sub_item=draft.is_sub_item)
    except NoCodeLeft as none_left:
        return Assigned(draft.seq, "", "", found.held, "no_code_left", none_left.reason)
    return Assigned(draft.seq, book.scheme.id, code, found.held, found.trouble, found.detail)
