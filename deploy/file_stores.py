"""The file store as the settings say: a folder of the data folder, or an S3 bucket."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obstore.store import S3Store

from deploy.settings import Settings
from resolvers.file_store import FileStore

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


@lru_cache(maxsize=8)
def _in_folder(folder: Path) -> FileStore:
    return FileStore.in_folder(folder)
