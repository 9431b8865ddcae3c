"""A marketplace whose clock, mail and push are the test's: who was told what, and when."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import MarketplaceConfig
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.marketplace.container import Marketplace, assemble
from chalicelib.marketplace.domain.announced import Announcement, Answer, Session
from chalicelib.marketplace.domain.calling import Calling
from chalicelib.marketplace.domain.calling_ports import Letter
from chalicelib.marketplace.domain.hits import HitType
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.services.postings import HitValues, TypeValues
from chalicelib.marketplace.store.tables import MODELS
from local.permissions import SENDER
from tests.fakes import would_call
from tests.functions import market_in_functions
from tests.integration.market import MASTER_KEY, QUESTION

# A Tuesday morning, with nobody's quiet hours near.
MORNING = int(datetime(2026, 11, 24, 10, tzinfo=UTC).timestamp() * 1000)
SITE = "https://api.example.org/api"
DESK = "https://desk.example.org"


@dataclass
class FakeMail:
    """Keeps what it is given; `trouble` are raised by the next ones, one each."""

    letters: list[Letter] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        content = {"Raw": {"Data": letter.text}}
        would_call("sesv2", "SendEmail", FromEmailAddress=SENDER, Content=content)
        if self.trouble:
            raise self.trouble.pop(0)
        self.letters.append(letter)

    def to(self, address: str) -> list[str]:
        return [letter.subject for letter in self.letters if letter.to == address]


@dataclass
class FakePush:
    sent: list[str] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    public_key: str = "a-key"

    def accepts(self, endpoint: str) -> bool:
        return endpoint.startswith("https://push.example/")

    def send(self, endpoint: str, ttl_s: int, urgent: bool) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.sent.append(endpoint)


@dataclass
class Calls:
    market: Marketplace
    dynamo: Dynamo
    clock: FakeClock
    mail: FakeMail
    push: FakePush

    @classmethod
    def on(cls, dynamo_endpoint: str, prefix: str = "", **changes: Any) -> Calls:
        """With tables of its own, unless the prefix of tables that were lent is given."""
        lent, prefix = bool(prefix), prefix or f"c{uuid.uuid4().hex[:8]}-"
        dynamo = Dynamo(region="us-east-1", endpoint=dynamo_endpoint, table_prefix=prefix)
        values: dict[str, Any] = {
            "master_key": MASTER_KEY,
            "site_url": SITE,
            "worker_origin": DESK,
            "open_sign_in": True,
            "initial_balance_cents": 10_000_000,
        }
        clock, mail, push = FakeClock(MORNING), FakeMail(), FakePush()
        config = MarketplaceConfig(**{**values, **changes})
        market = assemble(dynamo, config, clock, mail=mail, push=push)
        market_in_functions(market)
        if not lent:
            dynamo.create_tables(MODELS)
        return cls(market, dynamo, clock, mail, push)

    def account(self, name: str = "") -> str:
        return self.market.accounts.create(name or f"lab {uuid.uuid4().hex[:8]}").account_id

    def stranger(self, name: str = "") -> Worker:
        """A worker who was never asked how to be called."""
        return self.market.sessions.sign_in(name or uuid.uuid4().hex[:12])[1]

    def worker(self, *choices: str, **more: Any) -> Worker:
        """A worker with a confirmed address, who wants to be called for sessions by mail."""
        worker = self.stranger()
        callings = self.market.callings
        callings.set_address(worker, address_of(worker), "UTC")
        callings.confirm(token_of(self.market.links.confirm(callings.of(worker.worker_id), worker)))
        self.choose(worker, *(choices or ("sessions:mail",)), **more)
        return worker

    def choose(
        self,
        worker: Worker,
        *choices: str,
        zone: str = "UTC",
        quiet: tuple[str, str] | None = ("21:00", "08:00"),
        most: int = 3,
    ) -> Calling:
        return self.market.callings.choose(worker, choices, zone, quiet, most)

    def announce(self, account_id: str, **changes: Any) -> Session:
        values: dict[str, Any] = {
            "title": "Listening to sounds",
            "starts": "2026-11-24T14:00",
            "zone_name": "UTC",
            "minutes": 40,
            "people": 12,
        }
        announcement = Announcement(**{**values, **changes})
        return self.market.announcing.announce(account_id, announcement)

    def say(self, worker: Worker, session: Session, answer: Answer) -> None:
        self.market.attending.reply(worker, session.session_id, answer, session.revision)

    def post(
        self,
        account_id: str,
        slots: int = 1,
        requirements: list[dict[str, Any]] | None = None,
        lifetime_s: int = 30 * 86_400,
    ) -> tuple[HitType, str]:
        """A HIT of a new type; returns the type and the HIT's id."""
        kind = TypeValues(
            f"Sort {uuid.uuid4().hex}", "Sort pictures", None, "0.10", 600, None, requirements or []
        )
        values = HitValues(QUESTION, lifetime_s, slots, None, None, None, None)
        full = self.market.postings.create(account_id, kind, values)
        return full.hit_type, full.hit.hit_id

    def run(self, after_s: float = 0) -> None:
        """Let time pass, then call."""
        self.clock.advance(after_s)
        self.market.calling_run.run()

    def subjects(self, worker: Worker) -> list[str]:
        """What came by mail, without the mail that confirms the address."""
        all_of_them = self.mail.to(address_of(worker))
        return [s for s in all_of_them if s != "Please confirm your address"]

    def told(self, workers: list[Worker]) -> int:
        return sum(bool(self.subjects(w)) for w in workers)


def address_of(worker: Worker) -> str:
    return f"{worker.worker_id.lower()}@example.org"


def token_of(link: str) -> str:
    return link.rpartition("/")[2].removesuffix(".ics")


def links_in(letter: Letter, path: str, site: str = SITE) -> list[str]:
    return re.findall(rf"{re.escape(site)}/{path}/\S+", letter.text)
