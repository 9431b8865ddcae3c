"""Parts of a container: built when they are asked for, once, whatever threads ask."""

from __future__ import annotations

import threading

import pytest

from chalicelib.kit.lazy import Container, lazy


class Shop(Container):
    def __init__(self, broken: bool = False) -> None:
        super().__init__()
        self.built: list[str] = []
        self.broken = broken

    @lazy
    def shelf(self) -> list[str]:
        """Where things lie."""
        if self.broken:
            raise RuntimeError("no wood")
        self.built.append("shelf")
        return []

    @lazy
    def door(self) -> tuple[str, list[str]]:
        self.built.append("door")
        return "door", self.shelf


def test_part__is_built_when_asked_for__with_what_it_needs() -> None:
    shop = Shop()
    assert shop.built == []

    assert shop.door[1] is shop.shelf
    assert shop.door is shop.door
    assert shop.built == ["door", "shelf"]


def test_two_containers__have_parts_of_their_own() -> None:
    assert Shop().shelf is not Shop().shelf


def test_threads__get_the_same_part() -> None:
    shop = Shop()
    got: list[list[str]] = []

    def ask() -> None:
        # As from a thread that found nothing there, and waited while another built it.
        got.append(Shop.shelf.__get__(shop, Shop))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got[0] is got[1]
    assert shop.built == ["shelf"]


def test_part_that_could_not_be_built__is_tried_again() -> None:
    shop = Shop(broken=True)
    with pytest.raises(RuntimeError, match="no wood"):
        _ = shop.door
    shop.broken = False

    assert shop.door == ("door", [])


def test_part__keeps_its_docstring() -> None:
    assert Shop.shelf.__doc__ == "Where things lie."
