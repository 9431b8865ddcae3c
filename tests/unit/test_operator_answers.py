"""What the command line prints for people: tables that fit, units, lists that are cut short."""

from __future__ import annotations

import io
from typing import Any

from operate.answers import Answer, write

AT_MS = 1_796_142_988_437


def printed(data: Any, columns: tuple[str, ...] = ()) -> str:
    out = io.StringIO()
    write(Answer(data, columns), out, as_json=False)
    return out.getvalue()


def test_longer_list__in_a_tables_cell__is_counted() -> None:
    rows = [{"id": "R", "workers": ["A1", "A2", "A3", "A4"]}, {"id": "S", "workers": ["A1", "A2"]}]

    told = printed(rows).splitlines()

    assert told == ["id  workers", "R   A1 and 3 more", "S   A1, A2"]


def test_record__in_a_tables_cell__is_told_without_braces() -> None:
    keys = [{"accessKey": "RK1", "revoked": False}, {"accessKey": "RK2", "revoked": True}]

    assert "RK1, RK2 revoked" in printed([{"name": "demo", "keys": keys}])


def test_plain_list__has_a_head() -> None:
    assert printed(["A1", "A2"], ("worker",)) == "worker\nA1\nA2\n"


def test_inner_table__wider_than_a_terminal__is_told_row_by_row() -> None:
    slot = {f"moment{n}": AT_MS for n in range(9)}

    told = printed({"id": "R", "slots": [slot, slot]}).splitlines()

    assert max(map(len, told)) <= 100
    assert [line.split(":")[0].strip() for line in told].count("moment8") == 2
    assert "  moment0  moment1" in printed({"slots": [dict.fromkeys(["moment0", "moment1"], 1)]})


def test_duration__has_its_unit__and_is_no_moment() -> None:
    assert printed({"waited": 14644, "last": AT_MS}).startswith("waited: 14.6 s\nlast: 2026-12-0")
