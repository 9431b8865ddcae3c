"""Announced sessions: who is told, who answers, what a change and a cancellation do."""

from __future__ import annotations

import pytest

from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.calling_errors import (
    SessionChanged,
    SessionClosed,
    SessionMissing,
    SessionOver,
)
from chalicelib.marketplace.domain.errors import HitTypeMissing, InvalidParameter, NotFound
from chalicelib.marketplace.domain.people import Profile
from tests.integration.calling import Calls, address_of


@pytest.fixture
def calls(dynamo_endpoint: str) -> Calls:
    return Calls.on(dynamo_endpoint)


@pytest.fixture
def lab(calls: Calls) -> str:
    return calls.account("Sound lab")


COUNTRY = {"QualificationTypeId": "00000000000000000071", "Comparator": "EqualTo"}


def test_announced__is_told_once_to_those_who_want_sessions(calls: Calls, lab: str) -> None:
    wants, wants_work, silent = calls.worker(), calls.worker("work:mail"), calls.worker()
    calls.choose(silent)
    calls.stranger()
    calls.announce(lab, description="Bring headphones.", pay="$12 an hour")

    calls.run()
    calls.run(3 * 3600)

    assert calls.subjects(wants) == ["Listening to sounds"]
    assert calls.told([wants_work, silent]) == 0
    text = calls.mail.letters[-1].text
    assert "Sound lab announces a session:" in text
    assert "When: Tuesday 24 November 2026, 14:00 (UTC, UTC+00:00)" in text
    assert "Bring headphones." in text
    assert "Pay: $12 an hour" in text
    assert "How many people: about 12" in text


def test_time__is_told_in_the_workers_zone(calls: Calls, lab: str) -> None:
    calls.worker(zone="America/New_York", quiet=None)
    calls.announce(lab, zone_name="Europe/Berlin", starts="2026-11-24T20:30")

    calls.run()

    assert "14:30 (America/New_York, UTC-05:00)" in calls.mail.letters[-1].text


def test_requirements_and_blocks__keep_a_session_from_a_worker(calls: Calls, lab: str) -> None:
    abroad, here, blocked = calls.worker(), calls.worker(), calls.worker()
    calls.market.profiles.describe(abroad.worker_id, Profile("FR"))
    calls.market.contact.block(lab, blocked.worker_id, "late")
    requirement = {**COUNTRY, "LocaleValues": [{"Country": "US"}]}
    session = calls.announce(lab, requirements=(requirement,))

    calls.run()

    assert calls.told([abroad, blocked]) == 0
    assert calls.subjects(here) == [session.title]
    attending = calls.market.attending
    assert attending.upcoming(calls.market.sessions._workers.find_worker(abroad.worker_id)) == []
    assert [i.session.session_id for i in attending.upcoming(here)] == [session.session_id]
    with pytest.raises(NotFound):
        calls.say(blocked, session, Answer.YES)


def test_hit_type__lends_its_requirements(calls: Calls, lab: str) -> None:
    abroad, here = calls.worker(), calls.worker()
    calls.market.profiles.describe(abroad.worker_id, Profile("FR"))
    kind, _ = calls.post(lab, requirements=[{**COUNTRY, "LocaleValues": [{"Country": "US"}]}])

    calls.announce(lab, hit_type_id=kind.hit_type_id)
    calls.run()

    assert (calls.told([abroad]), calls.told([here])) == (0, 1)
    with pytest.raises(HitTypeMissing):
        calls.announce(calls.account(), hit_type_id=kind.hit_type_id)


def test_requester__sees_who_comes_and_the_last_word_counts(calls: Calls, lab: str) -> None:
    ada, bob, cyd = calls.worker(), calls.worker(), calls.worker()
    session = calls.announce(lab)
    for worker, answer in ((ada, Answer.YES), (bob, Answer.MAYBE), (cyd, Answer.YES)):
        calls.say(worker, session, answer)
    calls.say(cyd, session, Answer.NO)

    found = calls.market.announcing.get(lab, session.session_id)

    assert found.of(Answer.YES) == [ada.worker_id]
    assert found.of(Answer.MAYBE) == [bob.worker_id]
    assert found.of(Answer.NO) == [cyd.worker_id]
    with pytest.raises(SessionMissing):
        calls.market.announcing.get(calls.account(), session.session_id)


def test_waves__call_more_people_until_enough_say_yes(calls: Calls, lab: str) -> None:
    workers = [calls.worker() for _ in range(12)]
    session = calls.announce(lab, people=2)

    calls.run()
    first = [w for w in workers if calls.subjects(w)]
    calls.run(5 * 60)
    still = calls.told(workers)
    calls.say(first[0], session, Answer.YES)
    calls.run(30 * 60)
    second = calls.told(workers)
    calls.say(first[1], session, Answer.YES)
    calls.run(30 * 60)

    assert (len(first), still) == (8, 8)
    assert second == 12
    assert calls.told(workers) == 12


def test_enough_people__nobody_else_is_called(calls: Calls, lab: str) -> None:
    eager = calls.worker()
    calls.choose(eager)  # not called, but looks at the site
    session = calls.announce(lab, people=1)
    calls.say(eager, session, Answer.YES)
    others = [calls.worker() for _ in range(3)]

    calls.run()
    calls.run(3600)

    assert calls.told(others) == 0


def test_reminder__comes_half_an_hour_before_to_who_said_yes(calls: Calls, lab: str) -> None:
    ada, bob = calls.worker(), calls.worker()
    session = calls.announce(lab)
    calls.run()
    calls.say(ada, session, Answer.YES)
    calls.say(bob, session, Answer.YES)
    calls.say(bob, session, Answer.NO)

    calls.run(3.4 * 3600)
    assert len(calls.subjects(ada)) == 1
    calls.run(0.1 * 3600)
    calls.run(60)

    assert calls.subjects(ada) == [session.title, f"Soon: {session.title}"]
    assert calls.subjects(bob) == [session.title]


def test_reminder__comes_before_quiet_hours_not_in_them(calls: Calls, lab: str) -> None:
    early = calls.worker(quiet=("12:00", "15:00"))
    session = calls.announce(lab)
    calls.say(early, session, Answer.YES)

    calls.run(2 * 3600 - 120)  # 11:58
    assert calls.subjects(early) == []
    calls.run(60)

    assert calls.subjects(early) == [f"Soon: {session.title}"]


def test_moved__asks_those_again_who_wanted_to_come(calls: Calls, lab: str) -> None:
    ada, bob, cyd = calls.worker(), calls.worker(), calls.worker()
    session = calls.announce(lab)
    calls.run()
    for worker, answer in ((ada, Answer.YES), (bob, Answer.MAYBE), (cyd, Answer.NO)):
        calls.say(worker, session, answer)

    moved = calls.market.announcing.move(lab, session.session_id, "2026-11-24T16:00")
    calls.run()
    calls.run()

    assert calls.subjects(ada)[1:] == calls.subjects(bob)[1:] == [f"New time: {session.title}"]
    assert calls.subjects(cyd)[1:] == []
    found = calls.market.announcing.get(lab, session.session_id)
    assert found.of(Answer.YES) == []
    assert sorted(found.before_change) == sorted([ada.worker_id, bob.worker_id])
    with pytest.raises(SessionChanged):
        calls.say(ada, session, Answer.YES)
    calls.say(ada, moved, Answer.YES)
    calls.run(5.5 * 3600)
    assert calls.subjects(ada)[2:] == [f"Soon: {session.title}"]  # not at the old time


def test_cancelled__is_told_to_those_who_wanted_to_come(calls: Calls, lab: str) -> None:
    ada, bob = calls.worker(), calls.worker()
    session = calls.announce(lab)
    calls.run()
    calls.say(ada, session, Answer.YES)

    calls.market.announcing.cancel(lab, session.session_id, "The room is flooded.")
    calls.market.announcing.cancel(lab, session.session_id)
    calls.run()
    calls.run(4 * 3600)

    assert calls.subjects(ada)[1:] == [f"Cancelled: {session.title}"]
    assert "The room is flooded." in calls.mail.letters[-1].text
    assert calls.subjects(bob)[1:] == []
    with pytest.raises(SessionClosed):
        calls.say(bob, session, Answer.YES)
    with pytest.raises(SessionOver):
        calls.market.announcing.move(lab, session.session_id, "2026-11-25T16:00")
    shown = calls.market.attending.upcoming
    assert [i.session.is_cancelled for i in shown(ada)] == [True]
    assert shown(bob) == []


def test_cancelled_before_the_call_went_out__is_not_announced(calls: Calls, lab: str) -> None:
    ada = calls.worker()
    session = calls.announce(lab)
    calls.market.announcing.cancel(lab, session.session_id)

    calls.run()

    assert calls.subjects(ada) == []


def test_cancelled_in_quiet_hours__is_told_at_once_only_if_it_must(calls: Calls, lab: str) -> None:
    ada = calls.worker(quiet=("11:00", "13:00"))
    soon = calls.announce(lab, starts="2026-11-24T12:30", title="Soon")
    later = calls.announce(lab, starts="2026-11-24T18:00", title="Later")
    for session in (soon, later):
        calls.say(ada, session, Answer.YES)
    calls.clock.advance(1.5 * 3600)  # 11:30
    for session in (soon, later):
        calls.market.announcing.cancel(lab, session.session_id)

    calls.run()
    at_night = calls.subjects(ada)
    calls.run(2 * 3600)

    assert at_night == ["Cancelled: Soon"]
    assert calls.subjects(ada) == ["Cancelled: Soon", "Cancelled: Later"]


def test_same_token__is_the_same_session(calls: Calls, lab: str) -> None:
    ada = calls.worker()
    first = calls.announce(lab, token="t1")
    second = calls.announce(lab, token="t1", title="Something else")
    other = calls.announce(calls.account(), token="t1")
    calls.run()

    assert first == second
    assert other.session_id != first.session_id
    assert len(calls.subjects(ada)) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "Title"),
        ({"title": "two\nlines"}, "one line"),
        ({"starts": "2026-11-24T09:00"}, "in the future"),
        ({"starts": "2028-01-01T09:00"}, "within a year"),
        ({"starts": "soon"}, "written like"),
        ({"zone_name": "Mars"}, "no time zone"),
        ({"minutes": 4}, "Minutes"),
        ({"people": 0}, "People"),
        ({"pay": "x" * 201}, "Pay"),
    ],
)
def test_announcement__that_cannot_be_meant__is_refused(
    calls: Calls, lab: str, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidParameter, match=said):
        calls.announce(lab, **changes)


def test_too_many_sessions_at_once__are_refused(calls: Calls, lab: str) -> None:
    for number in range(20):
        calls.announce(lab, title=f"Number {number}")

    with pytest.raises(InvalidParameter, match="20 sessions"):
        calls.announce(lab)
    calls.clock.advance(5 * 3600)
    calls.announce(lab, starts="2026-11-24T20:00")


def test_day_and_quiet_hours__hold_calls_back_for_a_later_wave(calls: Calls, lab: str) -> None:
    busy = calls.worker(most=1)
    asleep = calls.worker(quiet=("09:00", "11:45"))
    calls.announce(lab, title="First")
    calls.run()
    assert (calls.subjects(busy), calls.subjects(asleep)) == (["First"], [])

    calls.announce(lab, title="Second", starts="2026-11-25T14:00")
    calls.run(2 * 3600)  # 12:00
    assert calls.subjects(busy) == ["First"]
    assert sorted(calls.subjects(asleep)) == ["First", "Second"]
    calls.run(21 * 3600)  # the next day, 9:00

    assert calls.subjects(busy) == ["First", "Second"]


def test_replies__come_late(calls: Calls, lab: str) -> None:
    ada = calls.worker()
    session = calls.announce(lab)
    calls.clock.advance(4 * 3600)

    with pytest.raises(SessionClosed, match="begun"):
        calls.say(ada, session, Answer.YES)
    with pytest.raises(NotFound):
        calls.market.attending.reply(ada, "3NONE", Answer.YES, 1)


def test_logs__have_no_addresses(calls: Calls, lab: str, caplog: pytest.LogCaptureFixture) -> None:
    from chalicelib.marketplace.domain.calling_ports import Refused

    ada = calls.worker()
    calls.run()
    calls.announce(lab)
    calls.mail.trouble = [Refused("SMTP 550 to RCPT", for_good=True)]
    with caplog.at_level("INFO"):
        calls.run()

    said = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "call refused" in said
    assert address_of(ada) not in said
