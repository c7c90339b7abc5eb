"""What every test may ask for: installed weights, the fresh-machine pictures, the shared recordings."""

import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED_DATA = CHECKOUT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder that `menwei models install` filled."""
    return Path(sys.prefix) / "share" / "menwei" / "weights"


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The credited pictures that `menwei models install` took out of the pinned source archive."""
    return Path(sys.prefix) / "share" / "menwei" / "photographs"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings beside the checkout, where this machine has them."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real recordings beside the checkout: {SHARED_DATA}")
    return SHARED_DATA
