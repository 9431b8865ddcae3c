"""The one-machine stack: every part of a deployment in one process, and the engine beside it.

    with running_stack(StackOptions()) as stack:
        urlopen(stack.api + "/retainer/protohit/list")

One at a time per process: the app's configuration is the process's environment.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalice.app import Chalice

from chalicelib.kit.clock import Clock, SystemClock
from chalicelib.kit.config import ConfigError
from chalicelib.pages import desk_headers, wait_headers
from local import permissions
from local.engine import ROOT, Engine, EngineFailed, engine_on_free_port
from local.environment import (
    FUNCTION_PREFIX,
    Addresses,
    MarketKeys,
    environ,
    environment,
    write_env_files,
)
from local.events import schedule_event
from local.function_url import FunctionUrl
from local.functions import Functions
from local.gateway import Gateway, Throttle
from local.guard import Guard
from local.http_server import Handler, HttpServer, PortTaken, Reply, Request
from local.lambda_api import AsyncInvoker, LambdaApi
from local.logs_api import LogKeeper, LogsApi
from local.processes import Package, ProcessFunctions
from local.queue_api import QUEUE, QueueApi
from local.schedules import Schedules
from local.signposts import with_signpost
from local.sites import Site, vendored
from local.state import Secrets, StateFolder, StateUnusable

log = logging.getLogger("local.stack")

_MARKETPLACE_SCHEDULES = frozenset({"market_tick"})


class StackFailed(Exception):
    """The stack cannot start or go on; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Wanted ports; 0 takes any free one."""

    api: int = 0
    mturk: int = 0
    wait: int = 0
    desk: int = 0
    lambda_: int = 0
    poll: int = 0

    @classmethod
    def from_base(cls, base: int) -> Ports:
        return cls(base, base + 1, base + 2, base + 3, base + 4, base + 5)


@dataclass(frozen=True, slots=True)
class StackOptions:
    # None: in memory, with secrets of its own, gone at the end.
    state: Path | None = None
    ports: Ports = field(default_factory=Ports)
    # How many times as fast as declared the schedules run; 0: only by `run_function`.
    speed: float = 1.0
    # Injected before and after each request to the API.
    latency_s: float = 0.0
    # (requests a second, burst) of the API's stage.
    throttle: tuple[float, int] | None = None
    # The address of a DynamoDB engine; empty: DYNAMODB_ENDPOINT, or one of its own.
    dynamodb: str = ""
    # Origins of pages, beside the stack's own, that may call it.
    allowed: tuple[str, ...] = ()
    # More variables for the app, such as RETAINER_MAX_HITS_OUT.
    variables: Mapping[str, str] = field(default_factory=dict)
    # Told about everything a person should know, such as a port that was taken.
    notice: Callable[[str], None] = log.warning
    # Without Retainer's waiting page and schedules, and with its own routes closed.
    marketplace_only: bool = False
    # From which level on the app's own log is shown.
    log_level: int = logging.WARNING
    # Another app than ours, for tests of the stack itself.
    app: Chalice | None = None
    # The waiting pages of another version.
    waiting_pages: Path = ROOT / "static" / "wait"
    # Every call that a function makes needs its role's permission; False: to measure without.
    permissions: bool = True
    # Functions run from this package's files, in processes of their own, not from the sources.
    package: Package | None = None
    # The app's clock; the functions' time-outs go by the machine's.
    clock: Clock = field(default_factory=SystemClock)


class Stack:
    """A running stack: addresses, and what tests do to it."""

    def __init__(self, options: StackOptions, cleanup: ExitStack) -> None:
        self.options = options
        self.clock = options.clock
        self._cleanup = cleanup
        self._permissions = permissions.enforce() if options.permissions else None
        self._state = self._open_state()
        self._secrets = (
            self._state.secrets()
            if self._state
            else Secrets(secrets.token_urlsafe(36), secrets.token_urlsafe(36))
        )
        self._guard = Guard(options.allowed, options.notice)
        self._handlers: dict[str, Handler] = {}
        self._api_server = self._bind("api", options.ports.api)
        self._mturk_server = self._bind("mturk", options.ports.mturk)
        self._wait_server = (
            None if options.marketplace_only else self._bind("wait", options.ports.wait)
        )
        self._desk_server = self._bind("desk", options.ports.desk)
        self._lambda_server = self._bind("lambda", options.ports.lambda_)
        self.api = self._api_server.origin + "/api"
        self.mturk = self._mturk_server.origin
        self.wait = self._wait_server.origin if self._wait_server else ""
        self.desk = self._desk_server.origin
        self.lambda_api = self._lambda_server.origin
        for server in (self._api_server, self._wait_server, self._desk_server):
            if server is not None:
                self._guard.know_as_own(server.port)
        self.engine, self.dynamodb = self._start_engine()
        self.keys = MarketKeys("", "", "")
        self._start_app()
        self._start_sites()
        for server in (self._mturk_server, self._wait_server, self._desk_server):
            if server is not None:
                server.start()
        self._lambda_server.start()
        self._api_server.start()
        if options.speed:
            only = _MARKETPLACE_SCHEDULES if options.marketplace_only else None
            schedules = Schedules(self.functions, speed=options.speed, only=only)
            schedules.start()
            cleanup.callback(schedules.stop)

    def stop_api(self) -> None:
        """Take the API away: connections are refused and cut, the rest goes on."""
        self._api_server.stop()

    def start_api(self) -> None:
        self._api_server.start()

    def interpose(self, name: str, wrap: Callable[[Handler], Handler]) -> None:
        """Put a handler in front of that of `api`, `mturk`, `lambda`, `wait` or `desk`."""
        self._handlers[name] = wrap(self._handlers[name])

    def allow(self, origin: str) -> None:
        """Let pages of this origin call the stack."""
        self._guard.allow(origin)

    def hint(self, text: str, link: str, href: str) -> None:
        """Have the worker site say this, with a link, where there is no work."""
        self._site_config["hint"] = {"text": text, "link": link, "href": href}

    def run_function(self, name: str, event: Any = None) -> Any:
        """Run one function in this thread, as its schedule would, and return its answer."""
        full_name = self.functions.full_name(name)
        if event is None:
            event = schedule_event(full_name, self.clock.now_ms())
        return self.functions.call(full_name, event)

    def failure(self) -> str | None:
        """Why the stack cannot go on; None while it can."""
        if self.engine is not None and not self.engine.is_alive:
            return f"the DynamoDB engine has stopped. {self.engine.last_words()}".strip()
        if self._state is not None:
            try:
                self._state.check_room()
            except StateUnusable as error:
                return str(error)
        return None

    @property
    def refused(self) -> list[str]:
        """What functions called without a permission, one sentence each."""
        return [] if self._permissions is None else self._permissions.refused

    def _open_state(self) -> StateFolder | None:
        if self.options.state is None:
            return None
        state = StateFolder(self.options.state)
        self._cleanup.callback(state.close)
        return state

    def _bind(self, name: str, port: int) -> HttpServer:
        def handle(request: Request) -> Reply:
            return self._guard.refusal(name, request) or self._handlers[name](request)

        server = bind_or_move(name, handle, port, self.options.notice)
        self._cleanup.callback(server.stop)
        return server

    def _start_engine(self) -> tuple[Engine | None, str]:
        if given := self.options.dynamodb or os.environ.get("DYNAMODB_ENDPOINT"):
            return None, given
        engine = engine_on_free_port(self._state.database if self._state else None)
        self._cleanup.callback(engine.stop)
        if self._state:
            (self._state.folder / "engine.pid").write_text(str(engine.pid))
        return engine, engine.endpoint

    def _start_app(self) -> None:
        at = Addresses(self.api, self.mturk, self.wait, self.desk, self.lambda_api, self.dynamodb)
        variables = environment(at, self._secrets) | self._mail() | self._queue()
        variables |= self.options.variables
        if self.options.marketplace_only:
            variables |= {"RETAINER_OPEN": "0", "MARKETPLACE_ENABLED": "1"}
        self._cleanup.enter_context(environ(variables))
        app = self.options.app
        if app is None:
            # Deferred: it imports half a second's worth that a stack for another app needs not.
            from local import retainer_app

            self.keys = retainer_app.set_up_tables()
            # A marketplace that is switched off leaves RETAINER_MARKETS as it was given.
            if self.keys.access_key:
                variables |= self.keys.variables(self.mturk)
            os.environ.update(variables)
            app = retainer_app.load(self.clock)
            self._cleanup.callback(retainer_app.unload)
        if self._state is not None:
            write_env_files(self._state.folder, variables)
        app.log.setLevel(self.options.log_level)
        self.functions = (
            ProcessFunctions(app, FUNCTION_PREFIX, self.options.package, SystemClock())
            if self.options.package
            else Functions(app, FUNCTION_PREFIX)
        )
        self._cleanup.callback(self.functions.stop)
        # Before it: pages go on asking to the last.
        self._cleanup.callback(self._api_server.stop)
        invoker = AsyncInvoker(self.functions)
        invoker.start()
        self._cleanup.callback(invoker.stop)
        throttle = self.options.throttle
        self.gateway = Gateway(
            self.functions,
            throttle=Throttle(*throttle, self.clock) if throttle else None,
            latency_s=self.options.latency_s,
        )
        self._handlers["api"] = with_signpost(
            self.gateway.handle,
            {"/", "/api", "/api/"} if self.options.app is None else (),
            f"This is the API for programs: {self.api}/retainer/… (docs/api.md).\n"
            f"For people: {self.desk}/work/ to work, {self.desk}/status/ to watch.\n",
        )
        self._guard.is_for_any_page = self.gateway.is_for_any_page
        self._handlers["mturk"] = with_signpost(
            FunctionUrl(self.functions, "mturk").handle,
            {"/"} if self.options.app is None else (),
            "This is the marketplace's endpoint for programs that speak MTurk's protocol:\n"
            f"boto3.client('mturk', endpoint_url='{self.mturk}')\n",
        )
        kept = LogKeeper()
        app.log.addHandler(kept)
        self._cleanup.callback(app.log.removeHandler, kept)
        called, written = LambdaApi(self.functions, invoker), LogsApi(kept)
        queued = QueueApi(self.functions, self.lambda_api)
        queued.start()
        self._cleanup.callback(queued.stop)
        self._handlers["lambda"] = lambda asked: (
            next((api.handle(asked) for api in (written, queued) if api.takes(asked)), None)
            or called.handle(asked)
        )

    def _mail(self) -> dict[str, str]:
        """Mail becomes files in the state's folder, unless the person has configured a way out."""
        if self._state is None or os.environ.get("MARKETPLACE_MAIL"):
            return {}
        folder = (self._state.folder / "mail").resolve()
        folder.mkdir(mode=0o700, exist_ok=True)
        return {
            "MARKETPLACE_MAIL": folder.as_uri(),
            "MARKETPLACE_MAIL_FROM": "Retainer on this machine <retainer@localhost.localdomain>",
        }

    def _queue(self) -> dict[str, str]:
        """A queue of the stack's own for what the market tells, unless there is another."""
        variables = os.environ | self.options.variables
        is_ours = self.options.app is None and not self.options.marketplace_only
        if not is_ours or {"RETAINER_EVENTS_QUEUE", "AWS_ENDPOINT_URL_SQS"} & variables.keys():
            return {}
        return {"RETAINER_EVENTS_QUEUE": QUEUE, "AWS_ENDPOINT_URL_SQS": self.lambda_api}

    def _start_sites(self) -> None:
        api = self._api_server.origin
        config: dict[str, Any] = {
            "api": self.api,
            "markets": [api],
            "desk": self.desk,
            "wait": self.wait,
            "version": "local",
        }
        self._site_config = config
        pages = {
            "/": self.options.waiting_pages,
            "/examples/poll/worker/": ROOT / "examples" / "poll" / "worker",
            "/examples/on-the-page/": ROOT / "examples" / "on-the-page",
            "/examples/in-a-frame/": ROOT / "examples" / "in-a-frame",
        }
        self._handlers["wait"] = Site(
            pages, config=config, headers=wait_headers(api, [api], [self.desk])
        ).handle
        self._handlers["desk"] = Site(
            {"/": ROOT / "static" / "desk"},
            config=config,
            headers=desk_headers(api),
            files=vendored("desk"),
        ).handle


@contextmanager
def running_stack(options: StackOptions | None = None) -> Iterator[Stack]:
    """Bring a stack up and take it down; raises `StackFailed` when it cannot come up."""
    with ExitStack() as cleanup:
        try:
            stack = Stack(options or StackOptions(), cleanup)
        except (StateUnusable, EngineFailed, PortTaken, ConfigError) as error:
            raise StackFailed(str(error)) from error
        yield stack


def bind_or_move(
    name: str, handler: Handler, port: int, notice: Callable[[str], None]
) -> HttpServer:
    """A server on this port, or on another with a notice when somebody else has it."""
    try:
        return HttpServer(name, handler, port)
    except PortTaken:
        server = HttpServer(name, handler, 0)
        notice(f"port {port} is taken: the {name} server is on {server.port}")
        return server
