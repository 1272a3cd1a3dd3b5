"""The demonstration: an administrator whose password everybody knows, and something to look at in each service.

Only `quintet serve --demo` makes it, and only on loopback.
"""

import importlib

from quintet.accounts.actions import make_administrator
from quintet.accounts.doors import Door
from quintet.accounts.models import User
from quintet.server.services import SERVICES

USERNAME, PASSWORD, EMAIL = "admin", "admin8888", "admin@example.com"


def administrator_levels() -> dict[Door, int]:
    """Each service's door and its highest level, as the services' interfaces say."""
    interfaces = [importlib.import_module(f"quintet.services.{name}.interface") for name in SERVICES]
    return {interface.DOOR: interface.ADMINISTRATOR_LEVEL for interface in interfaces}


def make_demonstration_administrator() -> User:
    """admin / admin8888 (003:6-8), at home at all five doors. Idempotent."""
    return make_administrator(USERNAME, PASSWORD, email=EMAIL, doors=administrator_levels(), must_change=True)


def make_demonstration() -> None:
    """The administrator and each service's sample data. Idempotent: what is there stays as it is."""
    administrator = make_demonstration_administrator()
    for name in SERVICES:
        importlib.import_module(f"quintet.services.{name}.demo").make_samples(administrator)
