"""Ways out of the system for notices: mail, SMS, webhook; what each is given, and none where the operator sets none up."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

Send = Callable[["Message"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out: to whom (empty for the webhook), under which key a second sending is known, and the words."""

    key: str
    to: str
    title: str
    body: str
    address: str
    made_at: str
    template: str


@dataclass(frozen=True, slots=True)
class Gateways:
    """The channels that are set up; None: there is no such channel. A send that fails raises, and is tried again."""

    mail: Send | None = None
    sms: Send | None = None
    webhook: Send | None = None


def moment_of(message: Message) -> datetime:
    """Return when a message was made."""
    return datetime.fromisoformat(message.made_at)
