"""Fixtures: one host and region for the whole folder, as new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .rig import Rig, opened


@pytest.fixture(scope="session")
def one_table() -> Iterator[Rig]:
    with opened(tables=1) as rig:
        yield rig


@pytest.fixture(scope="session")
def three_tables() -> Iterator[Rig]:
    with opened(tables=3) as rig:
        yield rig


@pytest.fixture
def rig(one_table: Rig) -> Iterator[Rig]:
    one_table.reset()
    yield one_table


@pytest.fixture
def three(three_tables: Rig) -> Iterator[Rig]:
    three_tables.reset()
    yield three_tables
