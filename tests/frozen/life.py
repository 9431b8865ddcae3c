"""A small but complete life of a service and its marketplace, up to the moment it is frozen in.

At the end there are workers who wait, who were called, who work, who have handed in, who were paid
and who are owed; reservations open, running, done, cancelled and ahead; work that is held; pools
that are shared and people who are kept out; and a requester who uses the marketplace alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import boto3

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.marketplace.domain.announced import Announcement
from chalicelib.mturk import external_question
from examples.poll.retainer_client import Retainer
from local.stack import Stack
from tests.frozen.place import Person, Site, market_failing

LAB = "Lab"


@dataclass
class Life:
    stack: Stack
    clock: FakeClock
    page: int
    people: dict[str, Person] = field(default_factory=dict)
    reservations: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.site = Site(self.stack, self.page)
        self.retainer = Retainer(self.stack.api)

    def live(self) -> dict[str, Any]:
        """Live it, and return what is to be known of it."""
        self._declare()
        self._serve_once()
        self._wait_in_vain()
        self._hold_work()
        self._share_a_pool()
        self._run_the_lab()
        self._stop_in_the_middle()
        facts = self._facts()
        self.site.close()
        return facts

    def _facts(self) -> dict[str, Any]:
        return {
            "now_ms": self.clock.now_ms(),
            "people": {name: asdict(person) for name, person in self.people.items()},
            "reservations": self.reservations,
            "results": {n: self.retainer.results(r) for n, r in self.reservations.items()},
            "costs": self.site.get("costs"),
            "earned": {
                name: self.site.ask(person, "earnings") for name, person in self.people.items()
            },
            **self.facts,
        }

    # ---- Its parts -------------------------------------------------------------------------------

    def _declare(self) -> None:
        self.site.post("keys", name="console", scope="admin")
        paid = {"wait_pay": 0.06, "quick_bonus": 0.03, "max_wait": 600, "verifiedOnly": True}
        for name, more in {
            "Photos": {"readyFor": 2},
            "Lost": {"max_wait": 240, "assignment_duration": 300},
            "Held": {"review": "hold"},
            "Signs": {"pool": "street"},
            "Doors": {"pool": "street"},
            "Standing": {"standing": True, "readyFor": 1},
            "Second": {"exclude": ["Photos"], "review": "ask"},
        }.items():
            self.retainer.puttask(
                hit_type_id=name,
                title=name,
                description="Wait, then choose.",
                url=f"{self.stack.wait}/index.html",
                reward=0.05,
                page={
                    "title": f"{name} for you",
                    "pastime": "reading",
                    "reading": "Look out of the window.",
                },
                **{**paid, "assignment_duration": 1200, **more},
            )

    def _reserve(self, name: str, hit_type: str, people: int, **more: Any) -> str:
        made = self.retainer.make(hit_type, people, foreign_id=name, key=f"key of {name}", **more)
        self.reservations[name] = made
        return made

    def _arrive(self, title: str, *names: str) -> None:
        for name in names:
            self.people[name] = self.site.wait(name, title)

    def _pass(self, seconds: int) -> None:
        """Let time go by, in which those who wait poll."""
        for _ in range(seconds // 20):
            self.clock.advance(20)
            for person in self.people.values():
                if person.seat:
                    self.site.poll(person)

    def _hand_in(self, name: str, **answers: str) -> None:
        self.site.submit(self.people[name], **answers)
        self.people[name].seat = ""

    def _serve_once(self) -> None:
        served = self._reserve("served", "Photos", 2, payload="left or right?")
        self.stack.run_function("size_pools")
        self._arrive("Photos", "Ada", "Ben")
        self._pass(60)
        self.retainer.invoke(served)
        for name in ("Ada", "Ben"):
            self.clock.advance(1)
            self.site.work(self.people[name])
            self.clock.advance(5)
            self._hand_in(name, answer="left")
        self.stack.run_function("review")
        self.retainer.finish(served)
        self.site.post(
            "worker/bonus", worker=self.people["Ada"].worker_id, key="speed", amount="0.50",
            assignment=self.people["Ada"].assignment, reason="For speed", market="sandbox",
        )  # fmt: skip
        self.stack.run_function("review")

    def _wait_in_vain(self) -> None:
        """Cleo leaves and is paid, Eva waits on; Dan's page is lost."""
        self._reserve("cancelled", "Lost", 1)
        self._reserve("in vain", "Photos", 2)
        self.stack.run_function("size_pools")
        self._arrive("Photos", "Cleo", "Eva")
        self._arrive("Lost", "Dan")
        self._pass(120)
        self.people["Dan"].seat = ""
        self._hand_in("Cleo", retainer="left")
        self.stack.run_function("review")
        self.retainer.cancel(self.reservations["cancelled"])
        self.retainer.finish(self.reservations["in vain"])

    def _hold_work(self) -> None:
        held = self._reserve("held", "Held", 1)
        self.stack.run_function("size_pools")
        self._arrive("Held", "Gil")
        self._pass(40)
        self.retainer.invoke(held)
        self.site.work(self.people["Gil"])
        self._hand_in("Gil", answer="a sign")
        self.stack.run_function("review")

    def _share_a_pool(self) -> None:
        """Max waits with a HIT of one of two; work of the other will be called for, too."""
        self._reserve("doors", "Doors", 1, payload="open or shut?")
        self._reserve("signs", "Signs", 1)
        self.stack.run_function("size_pools")
        groups = {g["title"] for g in self.site.ask(self.site.sign_in("Max"), "hits")["groups"]}
        self._arrive("Signs" if "Signs" in groups else "Doors", "Max")

    def _run_the_lab(self) -> None:
        market = bootstrap.get().marketplace
        lab = market.accounts.ensure(LAB)
        client: Any = boto3.client(
            "mturk", region_name="us-east-1", endpoint_url=self.stack.mturk,
            aws_access_key_id=lab.access_key, aws_secret_access_key=lab.secret_key,
        )  # fmt: skip
        market.accounts.deposit(lab.account_id, 2_500, "frozen")
        kind = client.create_qualification_type(
            Name="Reads signs",
            Description="Has read signs before",
            QualificationTypeStatus="Active",
        )["QualificationType"]["QualificationTypeId"]
        oma, pia, quin = (self.site.sign_in(name) for name in ("Oma", "Pia", "Quin"))
        for person in (oma, pia, quin):
            self.people[person.name] = person
        ids = {person.name: person.worker_id for person in (oma, pia, quin)}
        for worker in ids.values():
            client.associate_qualification_with_worker(
                QualificationTypeId=kind, WorkerId=worker, IntegerValue=7
            )
        made = client.create_hit(
            Title="Read a sign", Description="Type what it says", Reward="0.10",
            LifetimeInSeconds=86_400, AssignmentDurationInSeconds=3600, MaxAssignments=5,
            AutoApprovalDelayInSeconds=86_400,
            Question=external_question.build("https://lab.example.org/sign", 300),
            QualificationRequirements=[{
                "QualificationTypeId": kind, "Comparator": "GreaterThan", "IntegerValues": [5],
            }],
        )["HIT"]  # fmt: skip
        for person in (oma, pia, quin):
            self.site.accept(person, "Read a sign")
        for person in (pia, quin):
            self.site.hand_in(person, sign="STOP")
        client.approve_assignment(AssignmentId=quin.assignment, RequesterFeedback="Thank you")
        client.send_bonus(
            WorkerId=ids["Quin"], AssignmentId=quin.assignment, BonusAmount="0.20", Reason="Quick"
        )
        client.notify_workers(
            Subject="More signs", MessageText="Tomorrow there are more.", WorkerIds=[ids["Quin"]]
        )
        client.create_worker_block(WorkerId=ids["Oma"], Reason="For the fixture")
        market.consents.put_in_force(lab.account_id, "We keep what you type for a year.")
        session = Announcement("Signs live", "2026-11-27T14:00", "Europe/Berlin", 60, 5)
        market.announcing.announce(lab.account_id, session)
        rosa = self.site.sign_in("Rosa")
        self.people["Rosa"] = rosa
        self.site.ask(rosa, "qualifications/request", {"qualificationTypeId": kind})
        self.site.ask(quin, "report", {"hitId": made["HITId"], "reason": "broken", "text": "404"})
        choices = {"choices": [], "quiet": None, "mostADay": 1, "zone": "Europe/Berlin"}
        self.site.ask(quin, "calls", choices)
        self.site.ask(quin, "link/device", {})
        self.facts["lab"] = {
            "hit": made["HITId"],
            "qualification": kind,
            "balance": client.get_account_balance()["AvailableBalance"],
            "workers": ids,
        }

    def _stop_in_the_middle(self) -> None:
        """The last minutes; nobody polls any more who is to wait for the next version."""
        self._pass(320)
        self.stack.run_function("market_tick")
        self._hand_in("Eva", retainer="left")
        with market_failing(self.stack, "SendBonus"):
            # Eva stays owed; Dan can no longer hand in, and is to be offered what he is owed.
            self.stack.run_function("review")
        self._reserve("called", "Photos", 2, payload="called")
        self._reserve("open", "Photos", 2, payload="open")
        self._reserve("idle", "Photos", 2, payload="idle")
        self._reserve("ahead", "Photos", 3, delay_s=3600)
        self.stack.run_function("size_pools")
        self._arrive("Photos", "Hana", "Ivo", "Nia", "Jun", "Kim", "Lea")
        self._arrive("Standing", "Tess")
        self._pass(60)
        quick = self._reserve("handed in", "Photos", 1)
        self.retainer.invoke(quick)
        self.site.work(self.people["Nia"])
        self._hand_in("Nia", answer="right")
        self.retainer.invoke(self.reservations["called"])
        # Hana's page has the task and has not said so; Ivo is at work.
        assert self.site.poll(self.people["Hana"])["start"]
        self.site.work(self.people["Ivo"])
        self.site.post(
            "worker/message", worker=self.people["Ben"].worker_id, subject="Thank you",
            text="We start at nine.", market="sandbox",
        )  # fmt: skip
        self.retainer.invoke(self.reservations["open"])
