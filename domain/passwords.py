"""Rules for passwords: two sets that contradict each other, so the operator chooses one (ASVS 5.0, GB/T 22239)."""

import re
from datetime import datetime, timedelta
from typing import Final, Literal

PasswordRules = Literal["asvs", "mlps3"]

MINIMUM_LENGTH: Final = 12
MAXIMUM_LENGTH: Final = 128
KINDS: Final = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
KINDS_WANTED: Final = 3

# The head of every published list of leaked passwords, and what people make of this product's name.
COMMON: Final = frozenset(
    [
        "123456789012",
        "1234567890123",
        "passwordpassword",
        "password1234",
        "password12345",
        "qwertyuiop123",
        "qwerty123456",
        "administrator",
        "administrator1",
        "admin1234567",
        "adminadmin123",
        "iloveyou1234",
        "letmein123456",
        "welcome12345",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "1qaz2wsx3edc4rfv",
        "abcd12345678",
        "abc123456789",
        "aa1234567890",
        "a123456789012",
        "woaini123456",
        "woaini1314520",
        "111111111111",
        "000000000000",
        "888888888888",
        "666666666666",
        "yangguang123",
        "yangguang2026",
        "zhengfu123456",
        "changeme1234",
        "p@ssw0rd1234",
        "passw0rd1234",
        "qazwsxedcrfv",
        "112233445566",
        "123123123123",
        "987654321098",
        "5201314520131",
    ]
)


def weaknesses(password: str, rules: PasswordRules, *, about: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what is wrong with a new password, in Chinese; empty when it is good.

    ``about`` are words an attacker would try first: the login and the person's name. ``asvs`` asks for length and
    refuses common passwords; ``mlps3`` asks for kinds of characters as well.
    """
    found = []
    folded = password.casefold()
    if len(password) < MINIMUM_LENGTH:
        found.append(f"口令至少需要 {MINIMUM_LENGTH} 个字符")
    if len(password) > MAXIMUM_LENGTH:
        found.append(f"口令不能超过 {MAXIMUM_LENGTH} 个字符")
    if folded in COMMON or len(set(folded)) <= 2:
        found.append("口令过于常见，容易被猜到")
    if any(word and len(word) > 1 and word.casefold() in folded for word in about):
        found.append("口令不能包含登录名或姓名")
    if rules == "mlps3" and sum(bool(re.search(kind, password)) for kind in KINDS) < KINDS_WANTED:
        found.append("口令须包含大写字母、小写字母、数字、符号中的至少三种")
    return tuple(found)


def expired(changed_at: datetime | None, now: datetime, rules: PasswordRules, days: int) -> bool:
    """Say whether a password is too old to go on with.

    GB/T 22239 asks for a periodic change (``mlps3``); ASVS 6.2.10 forbids one, so under ``asvs`` none ever expires.
    """
    return rules == "mlps3" and (changed_at is None or now - changed_at >= timedelta(days=days))
