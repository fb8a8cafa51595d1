"""Accounts, the posts they hold, sessions and tokens. Secrets are kept hashed or sealed, never as they are."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from domain.tables.base import (
    identity_column,
    moment_column,
    one_of,
    reference_column,
    text_column,
    texts_column,
    validity_column,
)

ACCOUNT_STATES = ("active", "disabled")


def account_column(*, nullable: bool = False, primary_key: bool = False) -> Any:
    """Return a column that refers to an account."""
    return Field(
        default=None if nullable else ...,
        sa_column=Column(Uuid, ForeignKey("account.id"), nullable=nullable, primary_key=primary_key, index=True),
    )


class Account(SQLModel, table=True):
    """A person's account. Random ids: a unique violation must not tell who is there."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("login"),
        UniqueConstraint("issuer", "subject"),
        one_of("state", ACCOUNT_STATES),
        CheckConstraint("login = lower(login)", name="login_lower"),
    )
    id: UUID = Field(default_factory=uuid4, sa_column=Column(Uuid, primary_key=True))
    login: str = text_column()
    name: str = text_column()
    state: str = text_column(default="active")
    password_hash: str | None = text_column(nullable=True)
    password_changed_at: datetime | None = moment_column(nullable=True)
    must_change_password: bool = Field(default=True)
    totp_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    totp_confirmed_at: datetime | None = moment_column(nullable=True)
    totp_last_step: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    issuer: str | None = text_column(nullable=True)
    subject: str | None = text_column(nullable=True)
    created_at: datetime = moment_column()


class Posting(SQLModel, table=True):
    """A post held by an account from one day until another; ending it ends every right that hung on it."""

    __tablename__ = "posting"
    __table_args__ = (
        ExcludeConstraint(
            ("account_id", "="), ("post_id", "="), ("valid", "&&"), using="gist", name="ex_posting_one_at_a_time"
        ),
    )
    id: int | None = identity_column()
    account_id: UUID = account_column()
    post_id: int = reference_column("post.id")
    valid: Any = validity_column()
    granted_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    granted_at: datetime = moment_column()


class RecoveryCode(SQLModel, table=True):
    """A one-time code for an account whose second factor is lost; kept hashed."""

    __tablename__ = "recovery_code"
    account_id: UUID = account_column(primary_key=True)
    code_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    used_at: datetime | None = moment_column(nullable=True)


class Session(SQLModel, table=True):
    """A server-side session: a random token, kept hashed, that can be ended at any moment."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_session_expires", "expires_at"))
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    account_id: UUID = account_column()
    created_at: datetime = moment_column()
    last_seen_at: datetime = moment_column()
    expires_at: datetime = moment_column()
    ended_at: datetime | None = moment_column(nullable=True)
    # Empty until the second factor was shown; such a session can do nothing but show it.
    verified_at: datetime | None = moment_column(nullable=True)
    method: str = text_column(default="password")


class SignInThrottle(SQLModel, table=True):
    """Failed attempts under one key; keys hold keyed hashes, never an address or a login."""

    __tablename__ = "sign_in_throttle"
    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    failures: int = Field(default=0)
    window_started_at: datetime = moment_column()
    blocked_until: datetime | None = moment_column(nullable=True)


class ApiToken(SQLModel, table=True):
    """A scoped token of an integrator; kept hashed, shown once."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: UUID = Field(default_factory=uuid4, sa_column=Column(Uuid, primary_key=True))
    holder: str = text_column()
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    scopes: list[str] = texts_column()
    created_by: UUID | None = Field(default=None, sa_column=Column(Uuid, nullable=True))
    created_at: datetime = moment_column()
    expires_at: datetime = moment_column()
    revoked_at: datetime | None = moment_column(nullable=True)
