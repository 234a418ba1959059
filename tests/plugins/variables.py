"""What an operator sets: variables of the environment, for one test and what it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from fleetward.config.env import env


class SetEnv(Protocol):
    """Sets variables; the product reads them from now to the end of the test."""

    def __call__(self, **variables: str) -> None: ...


@pytest.fixture
def set_env() -> Iterator[SetEnv]:
    """See `SetEnv`. What the product has read is forgotten before and after."""
    with pytest.MonkeyPatch.context() as patch:

        def set_env(**variables: str) -> None:
            for name, value in variables.items():
                patch.setenv(name, value)
            env.cache_clear()

        yield set_env
    env.cache_clear()
