"""Who publishes the site and in what state it is: set once by the composition as ``app.state.site``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class ApiExample:
    """One tested example for the API guide: what it asks, the document, and its variables as JSON text."""

    title: str
    description: str
    document: str
    variables: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What the site says of itself; ``banners`` are shown on every page.

    ``secret`` signs form tokens (at least 32 bytes). ``public_url`` has no slash at its end and is empty when
    addresses are to follow the request. Finished exports are kept below ``state_folder`` if it exists.
    """

    secret: bytes
    name: str = "阳光权力公开平台"
    government: str = "示范市人民政府"
    office: str = "示范市机构编制委员会办公室"
    contact_phone: str = ""
    contact_mail: str = ""
    public_url: str = ""
    secure_cookies: bool = False
    banners: tuple[str, ...] = ()
    examples: tuple[ApiExample, ...] = field(default=())
    release: str = "0.1.0"
    upload_limit_bytes: int = 50_000_000
    list_mappings: tuple[Path, ...] = ()
    state_folder: Path = Path("/nonexistent")
    draft_days: int = 30

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the site's secret must have at least 32 bytes")


def site_of(request: Request) -> Site:
    """Return the site that serves this request."""
    return cast(Site, request.app.state.site)


def absolute(request: Request, address: str) -> str:
    """Return the absolute form of an address that starts with a slash; keeps the brackets of IPv6 hosts."""
    root = site_of(request).public_url or f"{request.url.scheme}://{request.url.netloc}"
    return root + address
