"""Passwords under both sets of rules: what is refused, when one is too old, and what an old one opens."""

from datetime import timedelta

import pytest

from domain.passwords import PasswordRules, expired, weaknesses
from resolvers import accounts, sessions
from resolvers.context import AccessPolicy
from resolvers.database import Database
from resolvers.errors import InvalidInput
from resolvers.passwords import PasswordHasher
from resolvers.sessions import must_be_signed
from resolvers.throttles import Client
from tests import factories

HOME = Client("203.0.113.5")
pytestmark = pytest.mark.clause("N5")


@pytest.mark.parametrize(
    ("password", "asvs", "mlps3"),
    [
        # Length counts under both; kinds of characters under mlps3 only.
        ("晨光里的长长口令二零二六", True, False),
        ("correct horse battery", True, False),
        ("Correct horse battery", True, True),
        ("correct-horse-battery-9", True, True),
        ("Aa1!Aa1!", False, False),
        # Common and near-empty ones are refused under both, however they are written.
        ("Password1234", False, False),
        ("PASSWORD1234", False, False),
        ("aaaaaaaaaaaaaaaa", False, False),
        # What an attacker tries first is in neither.
        ("Zhangsan-is-me-2026", False, False),
        ("A" + "b1!" * 50, False, False),
    ],
)
def test_which_passwords_are_good(password: str, *, asvs: bool, mlps3: bool) -> None:
    """ASVS 6.2 asks for length and refuses what is common; GB/T 22239 asks for three kinds of characters as well."""
    assert (not weaknesses(password, "asvs", about=("zhangsan", "张三"))) is asvs
    assert (not weaknesses(password, "mlps3", about=("zhangsan", "张三"))) is mlps3


@pytest.mark.parametrize(
    ("rules", "age_days", "too_old"),
    [
        # ASVS 6.2.10: no forced change. GB/T 22239: a periodic one, on the day itself.
        ("asvs", 10_000, False),
        ("mlps3", 89, False),
        ("mlps3", 90, True),
        ("mlps3", 91, True),
    ],
)
def test_when_a_password_is_too_old(rules: PasswordRules, age_days: int, *, too_old: bool) -> None:
    changed = factories.NOON
    assert expired(changed, changed + timedelta(days=age_days), rules, 90) is too_old
    assert expired(None, changed, rules, 90) is (rules == "mlps3")


async def test_an_old_password_opens_nothing_but_its_change(database: Database) -> None:
    """Under mlps3 the session has no post until the password is new; under asvs the same password goes on."""
    strict = AccessPolicy(second_factor_required=False, password_rules="mlps3", password_days=90)
    ctx = factories.context(database, policy=strict)
    made = await accounts.create(ctx, "zhang", "张三", must_change=False)
    later = ctx.at(ctx.now + timedelta(days=90))
    opened = await sessions.sign_in(later, "zhang", made.password, HOME)
    found = must_be_signed(await sessions.signed(later, opened.token))
    assert found.must_change_password
    assert not found.complete
    lenient = factories.context(database, policy=AccessPolicy(second_factor_required=False), now=later.now)
    assert must_be_signed(await sessions.signed(lenient, opened.token)).complete
    with pytest.raises(InvalidInput) as weak:
        await accounts.change_password(later, found, made.password, "all small letters", HOME)
    assert "至少三种" in weak.value.problems[0].message
    changed = await accounts.change_password(later, found, made.password, "All Small Letters 9", HOME)
    assert must_be_signed(await sessions.signed(later, changed.token)).complete
    again = later.at(later.now + timedelta(days=90))
    reopened = await sessions.sign_in(again, "zhang", "All Small Letters 9", HOME)
    assert must_be_signed(await sessions.signed(again, reopened.token)).must_change_password


async def test_a_wrong_old_password_is_told_at_its_field_and_counted(database: Database) -> None:
    """Who sits at somebody's open session cannot try passwords for ever."""
    policy = AccessPolicy(second_factor_required=False, attempts=2)
    ctx = factories.context(database, policy=policy)
    made = await accounts.create(ctx, "zhang", "张三", must_change=False)
    opened = await sessions.sign_in(ctx, "zhang", made.password, HOME)
    found = must_be_signed(await sessions.signed(ctx, opened.token))
    codes = []
    for _ in range(3):
        with pytest.raises(Exception, match=r"原口令不正确|尝试次数过多") as refused:
            await accounts.change_password(ctx, found, "wrong", "晨光里的长长口令二零二六", HOME)
        codes.append(getattr(refused.value, "code", ""))
    assert codes == ["BAD_USER_INPUT", "BAD_USER_INPUT", "RATE_LIMITED"]


class Watched(PasswordHasher):
    """Remembers the cost of every hash that a password was checked against."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[str] = []

    async def _verify(self, password: str, hashed: str) -> bool:
        self.costs.append(hashed.split("$")[3])
        return await super()._verify(password, hashed)


async def test_a_generated_password_is_hashed_cheaply_and_nobody_can_tell_by_the_time_of_an_answer() -> None:
    hasher, given = Watched(), accounts.generated_password()
    cheap, dear = await hasher.hash(given, generated=True), await hasher.hash("晨光里的长长口令二零二六")
    assert [await hasher.check(one, cheap) for one in (given, f"{given}2")] == [True, False]
    assert [await hasher.check(one, dear) for one in ("晨光里的长长口令二零二六", given)] == [True, False]
    assert not await hasher.check(given, None)
    # Whatever was asked, the dear computation was done once: 64 MiB, three times over.
    assert [one for one in hasher.costs if one != "m=8192,t=1,p=1"] == ["m=65536,t=3,p=4"] * 5
