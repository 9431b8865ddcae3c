"""Parts of a container that are built when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from chalicelib.kit.loading import uncollected

T = TypeVar("T")


class Container:
    """What holds lazy parts; they are built under its lock."""

    def __init__(self) -> None:
        self.building = threading.RLock()


class lazy(Generic[T]):
    """A part of a `Container`, built by the method that this decorates, once.

    Like `functools.cached_property`, but for many threads: Lambda runs one request at a time,
    `local/` runs many, and of a throttle there must not be two.
    """

    def __init__(self, build: Callable[[Any], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, container: None, owner: type[Any]) -> lazy[T]: ...

    @overload
    def __get__(self, container: Container, owner: type[Any]) -> T: ...

    def __get__(self, container: Container | None, owner: type[Any]) -> lazy[T] | T:
        if container is None:
            return self
        # Its module is loaded now, as a rule.
        with container.building, uncollected():
            # From now on it is found before this is asked.
            built: dict[str, Any] = container.__dict__
            if self._name not in built:
                built[self._name] = self._build(container)
            part: T = built[self._name]
            return part
