"""A receiver in this process and a fake of the Odoo that it answers."""

import pytest

from dev.receiver import callback
from dev.receiver.core import Receiver

from .helpers import CATALOGUE, SECRET_IN, SECRET_OUT, FakeOdoo, serving


@pytest.fixture
def odoo():
    fake = FakeOdoo()
    yield fake
    fake.close()


@pytest.fixture
def receiver(odoo, monkeypatch):
    monkeypatch.setattr(callback, "RETRY_DELAYS", (0.01, 0.01))
    receiver = Receiver(SECRET_IN, SECRET_OUT, odoo.url, CATALOGUE)
    yield receiver
    receiver.stop()


@pytest.fixture
def url(receiver):
    with serving(receiver) as address:
        yield address
