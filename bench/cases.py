"""What is measured of one pool: each case gives its costs, one for each time it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice

from bench.meter import Cost, Meter
from bench.room import Pool
from chalicelib.retainer.domain.seats import Seat, heartbeat_ms

FEW_SLOTS = 5
BOARD_ROWS = 9
"""As many rows as a poll reads beside the pool row."""


class Cases:
    def __init__(self, pool: Pool, meter: Meter, times: int) -> None:
        self._pool, self._meter, self._times = pool, meter, times

    def idle(self) -> Iterator[tuple[str, list[Cost]]]:
        """Polls that find nothing, and the heartbeat."""
        pool = self._pool
        pool.present()
        some = list(islice(cycle(pool.seats), self._times))
        yield "idle_poll", self._each(some, pool.poll)
        yield "idle_poll_without_key", self._each(some, lambda s: pool.poll(s, with_key=False))
        strangers = [replace(seat, assignment=f"3{seat.assignment[:0:-1]}") for seat in some]
        yield "unknown_poll", self._each(strangers, lambda s: pool.poll(s, with_key=False))
        busy = self._fill_board()
        yield "idle_poll_full_board", self._each(some, pool.poll)
        for reservation in busy:
            pool.room.services.reservations.finish(reservation)
        yield "heartbeat_poll", list(self._heartbeats())

    def calls(self, slots: int) -> Iterator[tuple[str, list[Cost]]]:
        """Claims, refused attempts, and what the called pages send."""
        found: dict[str, list[Cost]] = {}
        for _ in range(max(2, self._times // slots)):
            for name, cost in self._one_call(slots):
                found.setdefault(name, []).append(cost)
        yield from found.items()

    def application(self) -> Iterator[tuple[str, list[Cost]]]:
        pool = self._pool
        pool.recount()
        made: list[str] = []
        measure = self._meter.measure
        times = max(3, self._times // 4)
        yield "make", [measure(lambda: made.append(pool.make(FEW_SLOTS))) for _ in range(times)]
        yield "invoke", [measure(lambda r=r: pool.invoke(r)) for r in made]  # type: ignore[misc]
        for reservation in made:
            pool.room.services.reservations.finish(reservation)

    def _each(self, seats: list[Seat], do: Callable[[Seat], object]) -> list[Cost]:
        return [self._meter.measure(lambda s=s: do(s)) for s in seats]  # type: ignore[misc]

    def _fill_board(self) -> list[str]:
        """Have as many running reservations on the board as a poll reads, all full."""
        pool = self._pool
        busy = []
        for index in range(BOARD_ROWS):
            reservation = pool.make(1)
            pool.invoke(reservation)
            seat = pool.seats[index]
            pool.poll(seat)
            busy.append(reservation)
            pool.free([seat])
        return busy

    def _heartbeats(self) -> Iterator[Cost]:
        pool = self._pool
        pause_s = heartbeat_ms(len(pool.seats)) / 1000 + 1
        left = self._times
        while left > 0:
            pool.room.clock.advance(pause_s)
            seats = pool.seats[:left]
            yield from self._each(seats, pool.poll)
            left -= len(seats)
        pool.present()

    def _one_call(self, slots: int) -> Iterator[tuple[str, Cost]]:
        """One reservation from its invoke to its last acknowledgement."""
        pool, measure = self._pool, self._meter.measure
        reservation = pool.make(slots)
        pool.invoke(reservation)
        called, late = pool.seats[:slots], pool.seats[slots:][:1]
        pool.room.stale.keep(pool.proto.pool_id)
        for index, seat in enumerate(called):
            name = "claim_last" if index == slots - 1 else "claim"
            yield name, measure(lambda: pool.poll(seat))  # noqa: B023 (run at once)
        assert len(pool.ledger(reservation).claims) == slots
        for seat in late:
            cost = measure(lambda: pool.poll_late(seat))  # noqa: B023
            assert cost.refused == 1
            yield "refused_attempt", cost
        for seat in called:
            yield "shown", measure(lambda: pool.working(seat, ack=False))  # noqa: B023
        for index, seat in enumerate(called):
            name = "last_ack" if index == slots - 1 else "ack"
            yield name, measure(lambda: pool.working(seat, ack=True))  # noqa: B023
        pool.room.services.reservations.finish(reservation)
        pool.free(called)


def restless_page(pool: Pool, meter: Meter, minutes: int) -> list[Cost]:
    """A page that polls each second and pings each 2.5 s: what each of its minutes costs."""
    clock, seat = pool.room.clock, pool.seats[0]

    def one_minute() -> None:
        for half_second in range(120):
            if half_second % 2 == 0:
                pool.poll(seat)
            if half_second % 5 == 0:
                pool.ping(seat)
            clock.advance(0.5)

    pool.present()
    return [meter.measure(one_minute) for _ in range(minutes)]
