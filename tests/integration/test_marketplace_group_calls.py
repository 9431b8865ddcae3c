"""HIT groups that wait call workers: which, how many, in which order, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.marketplace.domain.calling_ports import Refused, Unavailable, Unsure
from chalicelib.marketplace.domain.people import Profile, Worker
from tests.integration.calling import MORNING, Calls, address_of
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.market_crowd import at_once
from tests.size import FULL, sized


@pytest.fixture
def calls(dynamo_endpoint: str) -> Calls:
    return Calls.on(dynamo_endpoint)


@pytest.fixture
def lab(calls: Calls) -> str:
    return calls.account("Picture lab")


def worker(calls: Calls, **more: object) -> Worker:
    return calls.worker("work:mail", **more)


def test_group__that_waits__calls_those_who_asked_for_it(calls: Calls, lab: str) -> None:
    ada, other = worker(calls), calls.worker("sessions:mail")
    kind, _ = calls.post(lab)

    calls.run(60)
    assert calls.subjects(ada) == []  # who is on the site may find it first
    calls.run(60)
    calls.run(3600)

    assert calls.subjects(ada) == [f"Work for you: {kind.title}"]
    assert calls.subjects(other) == []
    text = calls.mail.letters[-1].text
    assert "Picture lab has work that waits for somebody:" in text
    assert "Reward: $0.10 each" in text


def test_called__are_those_who_could_accept(calls: Calls, lab: str) -> None:
    fits, abroad, blocked, at_work, done, returned, asleep = (worker(calls) for _ in range(7))
    calls.market.profiles.describe(abroad.worker_id, Profile("FR"))
    calls.market.contact.block(lab, blocked.worker_id, "late")
    calls.choose(asleep, "work:mail", quiet=("10:00", "11:00"))
    here = {
        "QualificationTypeId": "00000000000000000071",
        "Comparator": "EqualTo",
        "LocaleValues": [{"Country": "US"}],
    }
    _, hit_id = calls.post(lab, slots=9, requirements=[here])
    _, elsewhere = calls.post(calls.account(), slots=1)
    work = calls.market.work
    work.accept(at_work, elsewhere)
    taken = work.accept(done, hit_id).assignment.assignment_id
    calls.market.submissions.submit([("assignmentId", taken), ("a", "1")])
    work.give_back(returned, work.accept(returned, hit_id).assignment.assignment_id)

    calls.run(121)

    named = [abroad, blocked, at_work, done, returned, asleep]
    assert calls.subjects(fits) != []
    assert {w.worker_id for w in named if calls.subjects(w)} == set()


def test_group__calls_twice_its_free_places_at_a_time_and_five_times_in_a_day(
    calls: Calls, lab: str
) -> None:
    workers = [worker(calls, quiet=None) for _ in range(14)]
    _, hit_id = calls.post(lab, slots=2)
    counts = []

    calls.run(121)
    counts.append(calls.told(workers))
    calls.run(60)
    counts.append(calls.told(workers))
    calls.run(600)
    counts.append(calls.told(workers))
    uncalled = next(w for w in workers if not calls.subjects(w))
    calls.market.work.accept(uncalled, hit_id)  # one place is left
    calls.run(600)
    counts.append(calls.told(workers))
    calls.run(600)
    counts.append(calls.told(workers))

    assert counts == [4, 4, 8, 10, 10]


def test_group__with_no_free_place__calls_nobody(calls: Calls, lab: str) -> None:
    _, hit_id = calls.post(lab)
    calls.market.work.accept(calls.stranger(), hit_id)
    ada = worker(calls)

    calls.run(121)
    calls.run(400)

    assert calls.subjects(ada) == []


def test_those_called_longest_ago__come_first(calls: Calls, lab: str) -> None:
    first_two = [worker(calls) for _ in range(2)]
    calls.post(lab)
    calls.run(121)
    assert calls.told(first_two) == 2
    new = [worker(calls) for _ in range(2)]
    calls.post(calls.account())

    calls.run(121)

    assert calls.told(new) == 2
    assert [len(calls.subjects(w)) for w in first_two] == [1, 1]


def test_day__bounds_the_calls_to_a_worker_whatever_calls(calls: Calls, lab: str) -> None:
    ada = calls.worker("work:mail", "sessions:mail", most=2, quiet=None)
    for _ in range(3):
        calls.post(lab)
    calls.announce(lab, starts="2026-11-27T14:00")

    calls.run(121)
    calls.run(3600)
    assert len(calls.subjects(ada)) == 2
    calls.run(23 * 3600)

    assert len(calls.subjects(ada)) == 4


def test_markets_bound__holds_whatever_a_worker_chose(dynamo_endpoint: str) -> None:
    calls = Calls.on(dynamo_endpoint, max_calls_per_day=1)
    lab = calls.account()
    ada = calls.worker("work:mail", most=1)
    calls.post(lab)
    calls.post(lab)

    calls.run(121)
    calls.run(3600)

    assert len(calls.subjects(ada)) == 1


def test_group__that_waits_the_next_day_calls_again(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.run(121)

    calls.run(24 * 3600)

    assert len(calls.subjects(ada)) == 2


def test_unreachable_mail_server__is_tried_again_with_pauses(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.mail.trouble = [Unavailable("timeout"), Unavailable("timeout")]

    calls.run(121)
    calls.run(30)
    assert len(calls.mail.trouble) == 1
    calls.run(30)
    calls.run(120)

    assert calls.mail.trouble == []
    assert len(calls.subjects(ada)) == 1


def test_call_for_work__that_is_late__is_dropped(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.mail.trouble = [Unavailable("down")] * 20

    for _ in range(12):
        calls.run(240)
    calls.mail.trouble = []
    calls.run(3600)

    assert calls.subjects(ada) == []


def test_outcome_that_is_unsure__is_not_tried_again(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.mail.trouble = [Unsure("connection lost after the data")]

    calls.run(121)
    calls.run(3600)

    assert calls.subjects(ada) == []


def test_refused_for_good__ends_mail_to_that_address(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.mail.trouble = [Refused("SMTP 550", for_good=True)]

    calls.run(121)
    calls.post(lab)
    calls.run(121)

    assert calls.subjects(ada) == []
    found = calls.market.callings.of(ada.worker_id)
    assert (found.address, found.address_state) == (address_of(ada), "refused")


def test_refused_for_now__is_tried_again(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.mail.trouble = [Refused("SMTP 451")]

    calls.run(121)
    calls.run(61)

    assert len(calls.subjects(ada)) == 1


def test_browsers__are_woken_each_once_and_forgotten_when_gone(calls: Calls, lab: str) -> None:
    ada = calls.stranger()
    for name in ("a", "b"):
        calls.market.callings.subscribe(ada, f"https://push.example/{name}", "UTC")
    calls.push.trouble = [Refused("HTTP 410", for_good=True)]
    calls.post(lab)

    calls.run(121)
    calls.post(lab)
    calls.run(121)

    assert len(set(calls.push.sent)) == 1
    assert len(calls.push.sent) == 2
    assert len(calls.market.callings.of(ada.worker_id).subscriptions) == 1


def test_stopped_after_being_planned__is_not_sent(calls: Calls, lab: str) -> None:
    ada = worker(calls)
    calls.post(lab)
    calls.mail.trouble = [Unavailable("down")]
    calls.run(121)
    calls.choose(ada)

    calls.run(61)

    assert calls.subjects(ada) == []


def test_runs_beside_each_other__tell_nobody_twice(calls: Calls) -> None:
    workers = prepare(calls)

    at_once(4, lambda _: calls.market.calling_run.run())
    calls.run(180)
    calls.run(30 * 60)

    assert [len(calls.subjects(w)) for w in workers] == [2, 2, 2]
    assert [calls.market.callings.of(w.worker_id).today for w in workers] == [2, 2, 2]


def prepare(calls: Calls) -> list[Worker]:
    """Three who want to be called, work for two, and a session: the run makes six calls."""
    workers = [calls.worker("work:mail", "sessions:mail") for _ in range(3)]
    calls.run()
    lab = calls.account()
    calls.post(lab, slots=2, lifetime_s=8 * 3600)
    starts = datetime.fromtimestamp(calls.clock.now_ms() / 1000 + 4 * 3600, UTC)
    calls.announce(lab, starts=f"{starts:%Y-%m-%dT%H:%M}")
    calls.clock.advance(121)
    return workers


def clear(calls: Calls, workers: list[Worker]) -> None:
    """Let a day pass, and let nobody of before be called any more."""
    for worker_ in workers:
        calls.choose(worker_)
    calls.clock.advance(86_400 - (calls.clock.now_ms() - MORNING) // 1000 % 86_400)


@pytest.mark.parametrize("after", [False, True])
def test_killed_between_any_two_writes__nobody_is_told_twice_and_at_most_one_call_is_lost(
    calls: Calls, after: bool
) -> None:
    workers = prepare(calls)
    with session_of(calls.dynamo, lambda real: KillAt(real, 10_000, False)) as counting:
        calls.run()
    assert counting.writes > 15
    lost = 0
    for nth in range(1 + (not FULL and after), counting.writes + 1, sized(3, 1)):
        clear(calls, workers)
        workers = prepare(calls)
        with (
            session_of(calls.dynamo, lambda real, nth=nth: KillAt(real, nth, after)),
            pytest.raises(Killed),
        ):
            calls.run()
        calls.run(180)
        calls.run(30 * 60 + 180)

        told = [calls.subjects(w) for w in workers]
        where = f"killed {'after' if after else 'before'} write {nth}: {told}"
        assert all(len(subjects) == len(set(subjects)) for subjects in told), where
        assert sum(map(len, told)) >= 5, where
        lost += 6 - sum(map(len, told))
        for worker_ in workers:  # what was counted for the day is what was called
            assert calls.market.callings.of(worker_.worker_id).today == 2, where
    # Only between the claim of a way and its use.
    assert sized(0, 1) <= lost <= 6 if after else lost == 0
