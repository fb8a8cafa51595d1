"""Where files lie and which are taken, as the settings say: a folder or an S3 bucket; kinds, sizes and the scanner."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obstore.store import S3Store

from deploy.settings import Settings
from domain.materials import KINDS
from resolvers.file_store import FileStore
from resolvers.materials_intake import Intake
from resolvers.scanners import Clamd, NoScanner

if TYPE_CHECKING:
    from obstore.store import S3Config  # described for type checkers only

FOLDER: Final = "files"


def file_store(settings: Settings) -> FileStore:
    """Return the store; nothing is asked over the network before a file is."""
    if not settings.files_bucket:
        return _in_folder(settings.state_dir.absolute() / FOLDER)
    return FileStore(lambda: _bucket(settings))


def _bucket(settings: Settings) -> S3Store:
    endpoint, secret = settings.files_endpoint, settings.files_secret
    config: S3Config = {
        "region": settings.files_region,
        "access_key_id": settings.files_key_id,
        "secret_access_key": secret.get_secret_value() if secret else "",
    }
    if endpoint:
        config["endpoint"] = endpoint
    return S3Store(settings.files_bucket, config=config, client_options={"allow_http": endpoint.startswith("http://")})


def intake(settings: Settings) -> Intake:
    """Return the rules for materials."""
    return Intake(
        kinds=settings.material_kinds or tuple(KINDS),
        most_bytes=settings.material_limit_bytes,
        party_bytes=settings.party_material_limit_bytes,
        scanner=Clamd(settings.virus_scanner) if settings.virus_scanner else NoScanner(),
        away=settings.virus_scanner_away,
        hours=settings.material_keep_hours,
    )


@lru_cache(maxsize=8)
def _in_folder(folder: Path) -> FileStore:
    return FileStore.in_folder(folder)
