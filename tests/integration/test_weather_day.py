"""Days through throttles, lost answers and outages: books agree, and nobody is left hanging."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from chalicelib.kit.clock import FakeClock
from tests.integration.market import running_market
from tests.integration.paying import PAID
from tests.integration.place import Place, place_at
from tests.integration.weather import Weather
from tests.integration.weather_day import WeatherDay, served
from tests.size import sized

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
KINDS = ("database", "market", "queue")
RICH = {
    # These people look every twenty seconds, so that they let calls pass: not what is asked here.
    "RETAINER_MAX_UNANSWERED": "0",
    "RETAINER_MAX_HITS_OUT": "5000",
    "RETAINER_MAX_SPEND_PER_HOUR": "100000",
    "RETAINER_MAX_SPEND_PER_DAY": "100000",
}


@pytest.fixture
def place(dynamo_endpoint: str) -> Iterator[Place]:
    with running_market(dynamo_endpoint, FakeClock()) as market:
        place = place_at(market, dynamo_endpoint, in_process=True, queue=QUEUE, **RICH)
        place.world.put_proto(
            **{**PAID, "max_hits_out": 1000, "max_spend_per_hour": 5000, "readyFor": 3,
               "max_spend_per_day": 50_000, "assignment_duration": 1800}
        )  # fmt: skip
        with served(place):
            yield place


def lived(place: Place, seed: int, chance: float, outage_chance: float) -> WeatherDay:
    weather = Weather(random.Random(seed), chance)
    day = WeatherDay(place, weather, sized(5, 30), sized(3, 12))

    def outages(tick: int) -> list[str]:
        # Each for certain once; the rest is chance.
        first = KINDS[tick // 4 : tick // 4 + 1] if tick % 4 == 0 else []
        more = [what for what in KINDS if day.chance.random() < outage_chance]
        return [*first, *more] if outage_chance else []

    with weather.over(place.world.dynamo, place.market.dynamo):
        day.live(outages)
        day.recover()
    return day


@pytest.mark.parametrize("seed", range(sized(1, 10)))
def test_day__of_two_in_a_hundred_calls_that_fail__is_paid_exactly(place: Place, seed: int) -> None:
    day = lived(place, seed, 0.02, 0)

    met = {what.partition(" ")[0] for what in day.weather.met}
    assert met >= {"throttled", "conflict", "not", "answer"}
    assert any(operation.endswith("Query") for operation in day.weather.met)
    day.check()


@pytest.mark.parametrize("seed", range(sized(1, 20)))
def test_day__of_outages__is_paid_exactly__and_every_outage_is_told(
    place: Place, seed: int
) -> None:
    day = lived(place, 100 + seed, 0, 0.03)

    assert {outage.what for outage in day.outages} == set(KINDS)
    day.check()
    assert day.silent_outages() == []
