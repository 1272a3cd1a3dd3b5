"""How this service knows people."""

from quintet.accounts.doors import Door

DOOR = Door("mocks", newcomer_level=3, identifier="email")
ADMINISTRATOR_LEVEL = 0
