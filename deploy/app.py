"""The composition: one ASGI application out of portal, schema and resolvers. The only place where they meet."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from deploy import configuration, health, log_keys
from deploy.clocks import Clock, clock_of
from deploy.file_stores import file_store, intake
from deploy.gateways import gateways
from deploy.identity_keys import identity_keys
from deploy.keyrings import keyring_of
from deploy.lane import Application, Lane
from deploy.log_watching import log_watch, watching
from deploy.presses import press
from deploy.profile_choice import profile_named
from deploy.request_context import RequestContext, Visitors
from deploy.request_log import RequestLog, RequestNotes
from deploy.settings import Settings
from domain.profiles import Profile
from portal import errors, site
from portal.closing import ClosedInterface, ClosedSide, Door
from portal.headers import SecurityHeaders
from portal.identity import ApiExample, Site
from portal.kept_pages import KeptPages
from portal.provider import Provider, ProviderConfig
from portal.steps import RETURN, DeskDoor
from resolvers.context import AccessPolicy
from resolvers.database import Database
from resolvers.kept import KeptBodies
from resolvers.log_watch import LogWatch
from schema import examples
from schema import http as graphql
from schema.limits import Limits
from schema.rates import Policy, Rates
from schema.registered import Registering
from schema.root import runner

DEMO_BANNER = "演示系统：城市、机构、人员和数据均为虚构，不是真实的政府信息。"
SOME_GOVERNMENT, SOME_OFFICE = "本级人民政府", "本级机构编制部门"
EXAMPLE_GOVERNMENT, EXAMPLE_OFFICE = "云川市人民政府（虚构）", "中共云川市委机构编制委员会办公室（虚构）"
LAPSE_BANNER = "时间加速试验：本系统的日期和时间不是真实时间。"
SECOND_FACTOR_BANNER = "本系统未启用双因素登录，仅供试用，不得用于正式办理。"


def access_policy(settings: Settings, clock: Clock) -> AccessPolicy:
    """Return how strictly officials sign in under these settings; sessions last as long as they would in real time."""
    return AccessPolicy(
        second_factor_required=settings.second_factor,
        idle_minutes=settings.session_idle_minutes * clock.speed,
        lifetime_hours=settings.session_lifetime_hours * clock.speed,
        password_rules=settings.password_rules,
        password_days=settings.password_days,
        attempts=settings.sign_in_attempts,
        window_minutes=settings.sign_in_window_minutes,
        sign_ins_per_minute=settings.rate_sign_in_per_minute,
        trust_provider_factor=settings.oidc_trust_factor,
    )


def public_site(settings: Settings, clock: Clock) -> Site:
    """Return what the site says of itself; the banners tell what a visitor must not be mistaken about."""
    banners = (DEMO_BANNER,) if settings.demo_mode else ()
    if clock.lapsing:
        banners = (*banners, LAPSE_BANNER)
    if not settings.second_factor:
        banners = (*banners, SECOND_FACTOR_BANNER)
    return Site(
        secret=keyring_of(settings).derive("forms"),
        name=settings.site_name,
        government=settings.site_government or (EXAMPLE_GOVERNMENT if settings.demo_mode else SOME_GOVERNMENT),
        office=settings.site_office or (EXAMPLE_OFFICE if settings.demo_mode else SOME_OFFICE),
        contact_phone=settings.site_phone,
        contact_mail=settings.site_mail,
        public_url=settings.base_url,
        secure_cookies=settings.site.startswith("https://"),
        banners=banners,
        upload_limit_bytes=settings.upload_limit_bytes,
        list_mappings=tuple(Path(name) for name in settings.list_mappings),
        state_folder=settings.state_dir,
        draft_days=settings.draft_days,
        examples=tuple(
            ApiExample(one.title, f"{one.name}.graphql", one.document, one.variables)
            for one in (*examples.load(), *examples.load_acting())
        ),
    )


def graphql_config(settings: Settings, kept: KeptBodies) -> graphql.GraphConfig:
    """Return what these settings decide about the interface."""
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    rates = Rates(
        anonymous=Policy("anonymous", settings.rate_anonymous_per_minute),
        signed_in=Policy("signed-in", settings.rate_official_per_minute),
        integrator=Policy("integrator", settings.rate_token_per_minute),
        redis_url=redis_url,
    )
    limits = Limits(introspection=settings.introspection)
    registering = Registering(settings.graphql_documents, settings.cache_seconds, kept)
    return graphql.GraphConfig(
        limits,
        rates,
        ide=settings.graphiql,
        slow_ms=settings.slow_operation_ms,
        compiled=settings.compiled_reads,
        registering=registering,
    )


def provider(settings: Settings) -> Provider | None:
    """Return the OpenID provider, if one is set."""
    if not settings.oidc_issuer or settings.oidc_client_secret is None:
        return None
    return Provider(
        ProviderConfig(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            name=settings.oidc_name,
            return_address=f"{settings.site}{RETURN}",
        )
    )


def _let_go(kept: KeptBodies, revision: int) -> None:
    """Free the memory of what a change has made stale; what was made under this very revision already stays."""
    if kept.revision is not None and kept.revision < revision:
        kept.clear()


def _lifespan(
    settings: Settings, shown: Sequence[health.Figures], kept: KeptBodies, door: Door, watch: LogWatch
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return what opens the database when the server starts and closes it when it ends."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        url = settings.database_url
        if url is None:
            raise RuntimeError(
                "the web process was started without DATABASE_URL; start it with `python -m deploy serve`"
            )
        app.state.database = await Database.connect(
            url.get_secret_value(),
            pool_size=settings.database_pool_size,
            statement_timeout_ms=settings.statement_timeout_ms,
            fragments_bytes=settings.fragments_bytes,
        )
        app.state.database.publicity.listen(lambda revision: _let_go(kept, revision))
        try:
            database = app.state.database
            async with health.shared(shown), door.watched(database), watching(watch, database):
                yield
        finally:
            await app.state.database.close()

    return lifespan


def _visitors(given: Settings, profile: Profile, clock: Clock, watch: LogWatch) -> Visitors:
    """Return what makes the context of every request under these settings."""
    return Visitors(
        profile=profile,
        keys=keyring_of(given),
        policy=access_policy(given, clock),
        files=file_store(given),
        intake=intake(given),
        press=press(given),
        issuer=log_keys.issuer(given),
        watch=watch,
        now=clock.now,
        secure_cookies=given.site.startswith("https://"),
        identity_keys=identity_keys(given),
        gateways=gateways(given),
    )


def create_app(settings: Settings | None = None) -> Starlette:
    """Build the application. Without ``settings`` they are read from the environment (the web process does that).

    Nothing is opened here; the database is connected when the server starts. Raises ``SettingsWrong`` or
    ``ProfileError`` when what was given is wrong.
    """
    given = settings or configuration.load().settings
    profile = profile_named(given.profile_name)
    clock = clock_of(given)
    watch = log_watch(given, clock)
    visitors = _visitors(given, profile, clock, watch)
    kept, door = KeptBodies(given.kept_answers_bytes), Door()
    notes, interface = RequestNotes(given.slow_operation_ms), graphql_config(given, kept)
    endpoint = graphql.Endpoint(interface)
    https = given.site.startswith("https://")
    public, pages = public_site(given, clock), site.routes()
    shown = [
        health.Figures("yangguang_graphql", runner.counters, runner.fallback_reasons),
        health.Figures("yangguang_registered", endpoint.registered.counters),
        health.Figures("yangguang_kept", lambda: {"hits": kept.hits, "misses": kept.misses, "bytes": kept.size}),
    ]

    app = Application(
        routes=[*health.watched(given, shown), *graphql.routes(interface, endpoint), *pages],
        exception_handlers=errors.exception_handlers(),
        lifespan=_lifespan(given, shown, kept, door, watch),
        middleware=[
            Middleware(RequestLog, notes=notes),
            Middleware(SecurityHeaders, https=https),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(given.hosts), www_redirect=False),
            Middleware(ClosedSide, door=door),
            Middleware(KeptPages, site=public, profile=profile, routes=pages, store=kept, watch=watch, now=clock.now),
            Middleware(RequestContext, visitors=visitors),
            Middleware(ClosedInterface, door=door),
            Middleware(DeskDoor),
        ],
    )
    app.lane = Lane(
        endpoint, visitors, notes, door=door, database=lambda: app.state.database, hosts=given.hosts, https=https
    )
    app.state.site = public
    app.state.kept_pages = kept
    app.state.log_watch = watch
    app.state.provider = provider(given)
    return app
