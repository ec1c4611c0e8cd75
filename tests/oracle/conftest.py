"""The converter, fetched before any test moves the cache to a folder of its own."""

import pytest

from scripts.pinned_converter import PinnedConverter, open_converter


@pytest.fixture(scope="session")
def converter() -> PinnedConverter:
    return open_converter()
