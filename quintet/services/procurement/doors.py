"""How this service knows people."""

from quintet.accounts.doors import Door

DOOR = Door("procurement", newcomer_level=2)
ADMINISTRATOR_LEVEL = 9
