"""All configuration, read once from environment variables into frozen values.

Nothing else reads the environment. An unknown `RETAINER_*` or `MARKETPLACE_*` variable is refused,
since a misspelt one would be silently without effect. A value `ssm:/a/name` stands for the
parameter of that name (`chalicelib.kit.parameters`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import urlsplit

from chalicelib.mturk.prices import Fees

SSM = "ssm:"

Fetch = Callable[[Mapping[str, str], str], Mapping[str, str]]
"""Reads parameters: {variable: parameter's name} and the region give {variable: value}."""


class ConfigError(Exception):
    """A variable is missing or cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class MarketConfig:
    """One market that ProtoHITs may post to, reached over MTurk's requester protocol."""

    name: str
    endpoint: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    arrival_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RetainerConfig:
    open: bool
    keys_in_addresses: bool
    seat_secret: str = field(repr=False)
    markets: Mapping[str, MarketConfig]
    sizing_function: str
    review_function: str
    app_origin: str
    wait_url: str
    max_hits_out: int
    max_waiting: int
    max_spend_hour_cents: int
    max_spend_day_cents: int
    events_queue: str = ""
    retention_days: int = 120
    max_long_polls: int = 100
    max_unanswered: int = 3
    max_wait_pay_hour_cents: int = 4_000

    @property
    def events_queue_name(self) -> str:
        """The last part of the queue's address, or its name; empty where none is configured."""
        return urlsplit(self.events_queue).path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class MarketplaceConfig:
    master_key: str = field(repr=False)
    site_url: str
    worker_origin: str
    open_sign_in: bool
    initial_balance_cents: int
    keys_secret: str = field(default="", repr=False)
    enabled: bool = True
    name: str = "Retainer"
    open_sign_up: bool = False
    sign_ups_per_day: int = 100
    sign_ups_per_address: int = 10
    confirmations_per_day: int = 200
    fees: Fees = field(default_factory=Fees)
    mail: str = field(default="", repr=False)
    mail_from: str = ""
    push_contact: str = ""
    push_hosts: tuple[str, ...] = ()
    max_calls_per_day: int = 6
    tick_function: str = ""
    front_host: str = ""
    own_destinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    region: str
    dynamodb_endpoint: str | None
    table_prefix: str
    retainer: RetainerConfig
    marketplace: MarketplaceConfig
    metrics: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str], fetch: Fetch | None = None) -> Config:
        """Read `VARIABLES`; raises `ConfigError` naming the variable that is wrong.

        Without `fetch` what lies in parameters counts as not set: for whoever must not connect to
        anything, as at import, and needs none of it.
        """
        return _read(env, fetch)


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    default: str
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable("AWS_REGION", "us-east-1", "region of the tables and functions"),
    Variable("DYNAMODB_ENDPOINT", "", "another DynamoDB engine than AWS's"),
    Variable("RETAINER_TABLE_PREFIX", "retainer-", "what all table names begin with"),
    Variable("RETAINER_OPEN", "", "1: application routes need no key (one machine only)"),
    Variable(
        "RETAINER_KEYS_IN_ADDRESSES",
        "",
        "1: apiKey is taken from an address too, as the original's programs send it with a GET",
    ),
    Variable("RETAINER_SEAT_SECRET", "", "signs seat keys; at least 32 characters"),
    Variable(
        "RETAINER_MARKETS",
        "{}",
        'JSON: {"sandbox": {"endpoint", "access_key", "secret_key", "arrival_key"}, …}',
    ),
    Variable(
        "RETAINER_METRICS",
        "",
        "what this deployment is called in CloudWatch; empty: no metrics are written",
    ),
    Variable("RETAINER_SIZING_FUNCTION", "", "Lambda function of the sizing run, started on need"),
    Variable("RETAINER_REVIEW_FUNCTION", "", "Lambda function of the review, started on need"),
    Variable("RETAINER_APP_ORIGIN", "*", "origin whose pages may call the application's routes"),
    Variable("RETAINER_WAIT_URL", "", "the waiting pages' address, for HITs that pay a lost wait"),
    Variable(
        "RETAINER_EVENTS_QUEUE",
        "",
        "the SQS queue where markets tell events: its address, or its name if it is the account's",
    ),
    Variable("RETAINER_MAX_HITS_OUT", "100", "most HITs out at once, all ProtoHITs together"),
    Variable("RETAINER_MAX_WAITING", "1000", "most workers waiting, all ProtoHITs together"),
    Variable("RETAINER_MAX_SPEND_PER_HOUR", "50.00", "most dollars committed in an hour"),
    Variable("RETAINER_MAX_SPEND_PER_DAY", "200.00", "most dollars committed in a day"),
    Variable(
        "RETAINER_RETENTION_DAYS",
        "120",
        "days for which people's data is kept, 1 to 120 (docs/studies.md)",
    ),
    Variable(
        "RETAINER_MAX_LONG_POLLS",
        "100",
        "most requests for results that wait at once, 0 to 1000; the others are answered at once",
    ),
    Variable(
        "RETAINER_MAX_UNANSWERED",
        "3",
        "calls in a row that a worker may let pass before an hour's rest (docs/waiting-page.md); "
        "0: any number",
    ),
    Variable(
        "RETAINER_MAX_WAIT_PAY_PER_HOUR",
        "40.00",
        "most dollars that one worker earns by waiting in an hour, over all HITs (docs/pay.md)",
    ),
    Variable("MARKETPLACE_ENABLED", "1", "0: no marketplace here; another market is used"),
    Variable("MARKETPLACE_NAME", "Retainer", "what workers read of who invites them"),
    Variable(
        "MARKETPLACE_MASTER_KEY", "", "derives ids, arrival keys and tokens; 32 characters up"
    ),
    Variable(
        "MARKETPLACE_KEYS_SECRET",
        "",
        "derives the secrets of access keys; empty: the master key does",
    ),
    Variable("MARKETPLACE_SITE_URL", "", "the API's address, given to pages as turkSubmitTo"),
    Variable("MARKETPLACE_WORKER_ORIGIN", "*", "origin of the worker site, for CORS and messages"),
    Variable("MARKETPLACE_OPEN_SIGN_IN", "", "1: workers sign in by picking a name (one machine)"),
    Variable("MARKETPLACE_OPEN_SIGN_UP", "", "1: anybody may make a worker's account"),
    Variable("MARKETPLACE_SIGN_UPS_PER_DAY", "100", "most accounts that are made so in a day"),
    Variable(
        "MARKETPLACE_SIGN_UPS_PER_ADDRESS", "10", "most of them from one network address in a day"
    ),
    Variable(
        "MARKETPLACE_CONFIRMATIONS_PER_DAY",
        "200",
        "most mails in a day that ask an address whether it wants mail",
    ),
    Variable("MARKETPLACE_INITIAL_BALANCE", "0.00", "dollars that a new requester starts with"),
    Variable("MARKETPLACE_FEE_PERCENT", "20", "the marketplace's fee on rewards and bonuses"),
    Variable(
        "MARKETPLACE_FEE_PERCENT_MANY", "40", "on rewards of HITs with 10 assignments or more"
    ),
    Variable("MARKETPLACE_FEE_PERCENT_MASTERS", "5", "on top, where only masters may work"),
    Variable("MARKETPLACE_FEE_LEAST", "0.01", "least dollars for an assignment or a bonus"),
    Variable(
        "MARKETPLACE_MAIL",
        "",
        "mail to workers: smtp://user:password@host, smtps://…, ses, or file:///folder",
    ),
    Variable("MARKETPLACE_MAIL_FROM", "", "sender of that mail: Our lab <lab@example.org>"),
    Variable("MARKETPLACE_PUSH_CONTACT", "", "mailto:… or https://…, for push services; on: push"),
    Variable(
        "MARKETPLACE_PUSH_HOSTS",
        "fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com",
        "push services that are sent to; a leading dot: all hosts below",
    ),
    Variable("MARKETPLACE_MAX_CALLS_PER_DAY", "6", "most calls to one worker in a day"),
    Variable(
        "MARKETPLACE_FRONT_HOST",
        "",
        "host in front of the protocol's address that carries signatures under another name",
    ),
    Variable(
        "MARKETPLACE_OWN_DESTINATIONS",
        "",
        "queues and topics of the operator's account that requesters may name; a deployment sets "
        "it (docs/market-life.md)",
    ),
    Variable("MARKETPLACE_TICK_FUNCTION", "", "Lambda function of its schedule, started on need"),
)


def _read(env: Mapping[str, str], fetch: Fetch | None) -> Config:
    known = {v.name for v in VARIABLES}
    ours = {n for n in env if n.startswith(("RETAINER_", "MARKETPLACE_"))}
    if unknown := sorted(ours - known):
        raise ConfigError(f"unknown variable {unknown[0]}; known are {', '.join(sorted(known))}")
    given = {v.name: env.get(v.name, "") for v in VARIABLES}
    region = given["AWS_REGION"] or "us-east-1"
    elsewhere = {n: v.removeprefix(SSM) for n, v in given.items() if v.startswith(SSM)}
    given |= dict.fromkeys(elsewhere, "")
    if elsewhere and fetch is not None:
        given |= fetch(elsewhere, region)
    values = {v.name: given[v.name] or v.default for v in VARIABLES}
    return Config(
        region=values["AWS_REGION"],
        dynamodb_endpoint=_url(values, "DYNAMODB_ENDPOINT") or None,
        table_prefix=values["RETAINER_TABLE_PREFIX"],
        retainer=RetainerConfig(
            open=_flag(values, "RETAINER_OPEN"),
            keys_in_addresses=_flag(values, "RETAINER_KEYS_IN_ADDRESSES"),
            seat_secret=_secret(values, "RETAINER_SEAT_SECRET"),
            markets=_markets(values["RETAINER_MARKETS"]),
            sizing_function=values["RETAINER_SIZING_FUNCTION"],
            review_function=values["RETAINER_REVIEW_FUNCTION"],
            app_origin=values["RETAINER_APP_ORIGIN"],
            wait_url=_url(values, "RETAINER_WAIT_URL").rstrip("/"),
            max_hits_out=_count(values, "RETAINER_MAX_HITS_OUT"),
            max_waiting=_count(values, "RETAINER_MAX_WAITING"),
            max_spend_hour_cents=_cents(values, "RETAINER_MAX_SPEND_PER_HOUR"),
            max_spend_day_cents=_cents(values, "RETAINER_MAX_SPEND_PER_DAY"),
            events_queue=_queue(values, "RETAINER_EVENTS_QUEUE"),
            retention_days=_days(values, "RETAINER_RETENTION_DAYS"),
            max_long_polls=_long_polls(values, "RETAINER_MAX_LONG_POLLS"),
            max_wait_pay_hour_cents=_cents(values, "RETAINER_MAX_WAIT_PAY_PER_HOUR"),
            max_unanswered=_count(values, "RETAINER_MAX_UNANSWERED"),
        ),
        marketplace=MarketplaceConfig(
            master_key=_secret(values, "MARKETPLACE_MASTER_KEY"),
            keys_secret=_secret(values, "MARKETPLACE_KEYS_SECRET"),
            site_url=_url(values, "MARKETPLACE_SITE_URL").rstrip("/"),
            worker_origin=values["MARKETPLACE_WORKER_ORIGIN"],
            open_sign_in=_flag(values, "MARKETPLACE_OPEN_SIGN_IN"),
            initial_balance_cents=_cents(values, "MARKETPLACE_INITIAL_BALANCE"),
            enabled=_flag(values, "MARKETPLACE_ENABLED"),
            name=values["MARKETPLACE_NAME"],
            open_sign_up=_flag(values, "MARKETPLACE_OPEN_SIGN_UP"),
            sign_ups_per_day=_count(values, "MARKETPLACE_SIGN_UPS_PER_DAY"),
            confirmations_per_day=_count(values, "MARKETPLACE_CONFIRMATIONS_PER_DAY"),
            sign_ups_per_address=_count(values, "MARKETPLACE_SIGN_UPS_PER_ADDRESS"),
            fees=Fees(
                percent=_count(values, "MARKETPLACE_FEE_PERCENT"),
                percent_many=_count(values, "MARKETPLACE_FEE_PERCENT_MANY"),
                percent_masters=_count(values, "MARKETPLACE_FEE_PERCENT_MASTERS"),
                least_cents=_cents(values, "MARKETPLACE_FEE_LEAST"),
            ),
            mail=_mail(values),
            mail_from=values["MARKETPLACE_MAIL_FROM"],
            push_contact=_contact(values, "MARKETPLACE_PUSH_CONTACT"),
            push_hosts=tuple(
                host.strip().lower()
                for host in values["MARKETPLACE_PUSH_HOSTS"].split(",")
                if host.strip()
            ),
            max_calls_per_day=_count(values, "MARKETPLACE_MAX_CALLS_PER_DAY"),
            tick_function=values["MARKETPLACE_TICK_FUNCTION"],
            front_host=_host(values, "MARKETPLACE_FRONT_HOST"),
            own_destinations=tuple(values["MARKETPLACE_OWN_DESTINATIONS"].split()),
        ),
        metrics=_name(values, "RETAINER_METRICS"),
    )


def _flag(values: Mapping[str, str], name: str) -> bool:
    if values[name] not in {"", "0", "1"}:
        raise ConfigError(f"{name} must be 0 or 1, not {values[name]!r}")
    return values[name] == "1"


def _name(values: Mapping[str, str], name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{0,100}", values[name]):
        raise ConfigError(f"{name} must be letters, digits, _ . or -, not {values[name]!r}")
    return values[name]


def _secret(values: Mapping[str, str], name: str) -> str:
    # Empty is allowed here and refused on first use, so that a part that is not used needs none.
    if values[name] and len(values[name]) < 32:
        raise ConfigError(f"{name} must have at least 32 characters")
    return values[name]


def _count(values: Mapping[str, str], name: str) -> int:
    if not values[name].isascii() or not values[name].isdigit():
        raise ConfigError(f"{name} must be a whole number of 0 or more, not {values[name]!r}")
    return int(values[name])


def _days(values: Mapping[str, str], name: str) -> int:
    days = _count(values, name)
    # Reservations and HITs are kept for 120 days; a stay is nothing without them.
    if not 1 <= days <= 120:
        raise ConfigError(f"{name} must be 1 to 120, not {days}")
    return days


def _long_polls(values: Mapping[str, str], name: str) -> int:
    most = _count(values, name)
    # Where all places are taken each request reads all of them.
    if most > 1000:
        raise ConfigError(f"{name} must be 0 to 1000, not {most}")
    return most


def _cents(values: Mapping[str, str], name: str) -> int:
    whole, _, part = values[name].partition(".")
    if not (whole + part).isdigit() or not (whole + part).isascii() or len(part) > 2 or not whole:
        raise ConfigError(f"{name} must be dollars such as 50.00, not {values[name]!r}")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _url(values: Mapping[str, str], name: str) -> str:
    value = values[name]
    if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
        raise ConfigError(f"{name} must be an http or https address, not {value!r}")
    return value


def _host(values: Mapping[str, str], name: str) -> str:
    if not re.fullmatch(r"([a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?)?", values[name]):
        raise ConfigError(f"{name} must be a host such as market.example.org, not {values[name]!r}")
    return values[name]


def _queue(values: Mapping[str, str], name: str) -> str:
    value = values[name]
    if not value or re.fullmatch(r"[A-Za-z0-9_-]{1,80}", value):
        return value
    if not re.fullmatch(r"/[0-9]{12}/[A-Za-z0-9_-]{1,80}", urlsplit(_url(values, name)).path):
        raise ConfigError(
            f"{name} must be a queue's name, or its address such as "
            f"https://sqs.us-east-1.amazonaws.com/123456789012/events, not {value!r}"
        )
    return value


def parse_sender(text: str) -> tuple[str, str]:
    """Split `Our lab <lab@example.org>` into name and address; raises `ConfigError`."""
    name, address = parseaddr(text)
    host = address.rpartition("@")[2]
    if not address.isascii() or not host or host == address or not text.isprintable():
        raise ConfigError("MARKETPLACE_MAIL_FROM must be like Our lab <lab@example.org>")
    return name, address


def _mail(values: Mapping[str, str]) -> str:
    where = values["MARKETPLACE_MAIL"]
    if not where:
        return ""
    try:
        parts = urlsplit(where)
        known = (
            where == "ses"
            or (parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0)
            or (parts.scheme == "file" and parts.path.startswith("/"))
        )
    except ValueError:
        known = False
    if not known:  # not quoted: it may hold a password
        raise ConfigError("MARKETPLACE_MAIL must be smtp://…, smtps://…, ses or file:///folder")
    parse_sender(values["MARKETPLACE_MAIL_FROM"])
    return where


def _contact(values: Mapping[str, str], name: str) -> str:
    if values[name] and not values[name].startswith(("mailto:", "https://")):
        raise ConfigError(f"{name} must begin with mailto: or https://, not {values[name]!r}")
    return values[name]


def _markets(text: str) -> dict[str, MarketConfig]:
    try:
        raw = json.loads(text)
        markets = {name: MarketConfig(name=name, **given) for name, given in raw.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(
            "RETAINER_MARKETS must be JSON, a market's name to its endpoint, access_key and "
            f"secret_key: {type(error).__name__}"
        ) from None
    _check_endpoints(markets)
    if unknown := sorted(set(markets) - {"sandbox", "production"}):
        raise ConfigError(
            f"RETAINER_MARKETS: a market is named sandbox or production, not {unknown[0]}"
        )
    return markets


def _check_endpoints(markets: Mapping[str, MarketConfig]) -> None:
    for market in markets.values():
        where = f"RETAINER_MARKETS: the endpoint of {market.name}"
        if not _url({where: market.endpoint}, where):
            raise ConfigError(f"{where} is empty")
