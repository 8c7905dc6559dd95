"""Properties that are worked out once, for objects of which there are very many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Kept(Generic[T]):
    """A property that is worked out once; ``functools.cached_property`` without its lock, which costs more than the work."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self.func = make
        self._name = ""
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Kept[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Kept[T] | T:
        if instance is None:
            return self
        found = instance.__dict__[self._name] = self.func(instance)
        return found
