"""Checks of what every service has: tables, markets, closed routes, a clock."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.kit.clock import SystemClock
from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.market.mturk import MTurkMarket
from operate.backup.tables import Tables
from operate.doctor.asking import ask
from operate.doctor.findings import Finding
from operate.migrate import schema as schemas
from operate.migrate.migrations import WANTED
from operate.target import Target

SKEW_MOST_S = 60
"""Signatures are refused from five minutes on."""

LOW_CENTS = 1_000

HITS_MOST = 100
"""So many HITs are asked for at the markets, a call each."""

_OPEN_TO_ALL = "worker_routes"
_HARMLESS = urlencode({"hitType": "asked by the doctor", "id": "none"}).encode()
"""Where a route is open against expectation, this names nothing that could be changed."""


def tables(target: Target) -> Iterator[Finding]:
    made = Tables(target.config)
    client = made.client
    missing = []
    for definition in made.definitions():
        name = made.full_name(definition.name)
        try:
            found = client.describe_table(TableName=name)["Table"]
        except client.exceptions.ResourceNotFoundException:
            missing.append(name)
            continue
        kinds = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        there = {index["IndexName"] for kind in kinds for index in found.get(kind) or []}
        wanted = {i["IndexName"] for i in (*definition.global_indexes, *definition.local_indexes)}
        if wanted - there:
            lacks = ", ".join(sorted(wanted - there))
            yield Finding("tables", f"{name} lacks the index {lacks}", _make(target))
        if found["TableStatus"] not in {"ACTIVE", "UPDATING"}:
            yield Finding("tables", f"{name} is {found['TableStatus']}", "wait, and look again")
    if missing:
        yield Finding("tables", f"not there: {', '.join(missing)}", _make(target))
    else:
        yield Finding("tables", f"{len(made.definitions())} tables {made.full_name('…')} there")


def schema(target: Target) -> Iterator[Finding]:
    """The tables' version against the one that this code wants."""
    found = schemas.read(Tables(target.config))
    stage = "" if target.stage is None else f" --stage {target.stage.name}"
    versions = f"the tables are of version {found.number}, this code wants {WANTED}"
    if found.serves > WANTED:
        yield Finding("schema", f"{versions} and does not work with them", "deploy later code")
    elif found.number < WANTED:
        yield Finding("schema", versions, f"retainer migrate{stage}")
    else:
        yield Finding("schema", versions)


def _make(target: Target) -> str:
    if target.stage is None:
        return "start the local stack, which makes them"
    return f"retainer state make --stage {target.stage.name}"


def markets(target: Target) -> Iterator[Finding]:
    """A signed call to each market."""
    config = target.config
    if not config.retainer.markets:
        yield Finding("market", "no market is configured", "set RETAINER_MARKETS")
    for name, market in config.retainer.markets.items():
        balance = MTurkMarket(market, config.region).balance_cents()
        if balance is not None and balance < LOW_CENTS:
            yield Finding(
                "market",
                f"{name}: the account at {market.endpoint} has ${format_dollars(balance)} left",
                f"pay in: {_deposit(target)}, or at that market",
            )
        else:
            left = "" if balance is None else f", ${format_dollars(balance)} to spend"
            yield Finding("market", f"{name} answers at {market.endpoint}{left}")


def _deposit(target: Target) -> str:
    if target.stage is None:
        return "retainer market accounts deposit"
    return f"retainer link --stage {target.stage.name} --deposit 500.00"


def arrivals(target: Target) -> Iterator[Finding]:
    """Whether the pages of accepted HITs come, as the last sizing runs found."""
    is_told = False
    for item in Tables(target.config).items("notes"):
        kind, _, name = item["name"]["S"].partition("#")
        report = json.loads(item["report"]["S"]) if kind == "report" and "report" in item else {}
        if report.get("notice"):
            is_told = True
            mend = "set its url, or publish the pages there"
            yield Finding("arrivals", f"{name}: {report['notice']}", mend)
    if not is_told:
        yield Finding("arrivals", "no accepted HIT waits for its page")


def hits(target: Target) -> Iterator[Finding]:
    """Whether the markets know the HITs that are on record as out, or as having open work."""
    gone, asked = target.app.retainer.hits.unknown(HITS_MOST)
    for posting in gone:
        yield Finding(
            "hits",
            f"{posting.proto}: the market {posting.market} knows the HIT {posting.hit} no more",
            "nothing, if it was just deleted there: within six minutes it is noted, its work "
            "settled and paid. If it stays, see the log of size_pools and review",
        )
    if not gone:
        yield Finding("hits", f"{asked} on record as out or in review are known to their markets")


def clock(target: Target) -> Iterator[Finding]:
    """This machine's clock against the API's."""
    date = ask(target.config.marketplace.site_url + "/retainer/admin").headers.get("date")
    if not date:
        return
    skew = SystemClock().now_ms() / 1000 - parsedate_to_datetime(date).timestamp()
    if abs(skew) > SKEW_MOST_S:
        what = f"this machine's clock is {skew:+.0f} s from the service's"
        yield Finding("clock", what, "set it by a time server: signatures depend on it")
    else:
        yield Finding("clock", f"within {SKEW_MOST_S} s of the service's")


def routes(target: Target) -> Iterator[Finding]:
    """Every route that takes a key, asked without one."""
    site = target.config.marketplace.site_url
    is_here = urlsplit(site).hostname in {"127.0.0.1", "localhost"}
    if target.config.retainer.open and is_here:
        yield Finding("routes", "open to whoever is on this machine, as RETAINER_OPEN says")
        return
    asked = 0
    for path, method in keyed_routes():
        found = ask(site + path, method, _HARMLESS if method == "POST" else None)
        asked += 1
        if found.status != 401:
            yield Finding(
                "routes",
                f"{method} {path} answers {found.status} to a caller without a key: "
                f"{found.text[:80]}",
                "take RETAINER_OPEN away from the functions, and deploy again"
                if found.status < 500
                else "see the function's log",
            )
    yield Finding("routes", f"{asked} routes asked without a key")


def keyed_routes() -> list[tuple[str, str]]:
    """(path, method) of the application's and the console's routes, as the app declares them."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    declared: dict[str, dict[str, Any]] = importlib.import_module("app").app.routes
    return sorted(
        (path, method)
        for path, methods in declared.items()
        for method, route in methods.items()
        if _takes_key(route.view_function.__module__)
    )


def _takes_key(module: str) -> bool:
    return module.startswith("chalicelib.retainer.api.") and not module.endswith(_OPEN_TO_ALL)
