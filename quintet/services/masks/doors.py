"""How this service knows people."""

from quintet.accounts.doors import Door

DOOR = Door("masks", newcomer_level=0)
ADMINISTRATOR_LEVEL = 1
