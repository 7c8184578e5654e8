"""A registry: named things of one kind, each defined in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from hwsim.errors import ConfigError, Fault, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """Maps names to things of one kind; an unknown name raises ConfigError with the nearest one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that stores the decorated thing under ``name`` (each name once)."""

        def keep(thing: T) -> T:
            if name in self._entries:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._entries[name] = thing
            return thing

        return keep

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            raise ConfigError(
                Fault(f"unknown {self.kind}", value=repr(name), allowed=", ".join(sorted(self._entries)),
                      nearest=nearest(name, self._entries))
            )
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
