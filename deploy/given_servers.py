"""PostgreSQL and Redis given by address: can they be reached, and are they new enough."""

import asyncio
from typing import Final

import asyncpg
from redis import Redis
from redis.exceptions import RedisError

from deploy.refusals import ServiceFailed
from resolvers.addresses import plain_url

OLDEST_POSTGRES: Final = 15
OLDEST_REDIS: Final = 7


def check_postgres(url: str) -> None:
    """Refuse a PostgreSQL that cannot be reached, is too old or does not keep UTF-8. Raises ``ServiceFailed``."""
    major, encoding = asyncio.run(_postgres_facts(url))
    if major < OLDEST_POSTGRES:
        raise ServiceFailed(
            f"DATABASE_URL 指向的 PostgreSQL 版本是 {major}，需要 {OLDEST_POSTGRES} 或更新版本。",
            "请升级 PostgreSQL 或改用内置数据库。",
        )
    if encoding != "UTF8":
        raise ServiceFailed(
            f"DATABASE_URL 指向的数据库编码是 {encoding}，需要 UTF8。", "请用 ENCODING 'UTF8' 新建数据库。"
        )


async def _postgres_facts(url: str) -> tuple[int, str]:
    try:
        connection = await asyncpg.connect(plain_url(url), timeout=10)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ServiceFailed(
            f"无法连接 DATABASE_URL 指向的 PostgreSQL：{str(error) or type(error).__name__}。",
            "请检查地址、账号、密码和网络。",
        ) from error
    try:
        version = int(await connection.fetchval("SHOW server_version_num")) // 10_000
        return version, str(await connection.fetchval("SHOW server_encoding"))
    finally:
        await connection.close()


def check_redis(url: str) -> None:
    """Refuse a Redis that cannot be reached or is too old; every Valkey is new enough. Raises ``ServiceFailed``."""
    try:
        with Redis.from_url(url, socket_timeout=10, socket_connect_timeout=10) as client:
            facts = client.info("server")
    except (RedisError, OSError, ValueError) as error:
        raise ServiceFailed(f"无法连接 REDIS_URL 指向的 Redis：{error}。", "请检查地址、密码和网络。") from error
    found = str(facts.get("redis_version", "0"))
    if "valkey_version" not in facts and int(found.split(".", 1)[0]) < OLDEST_REDIS:
        raise ServiceFailed(
            f"REDIS_URL 指向的 Redis 版本是 {found}，需要 {OLDEST_REDIS} 或更新版本，或 Valkey。", "请升级 Redis。"
        )
