"""Settings of the mocks service."""

from quintet.core import conf

MOCKS_CREATE_LEVEL = conf.choice(
    "MOCKS_CREATE_LEVEL",
    "guest",
    "the weakest scope that may create mocks; everybody begins as guest",
    among=("guest", "member", "administrator"),
)
MOCKS_PASSWORD_CHARACTERS = conf.choice(
    "MOCKS_PASSWORD_CHARACTERS",
    "printable",
    "what passwords registered at /v1/user are made of: printable ASCII without space, or strict: letters, digits "
    "and _ . * & $ # @ alone",
    among=("printable", "strict"),
)
MOCKS_TEXT_MB = conf.number("MOCKS_TEXT_MB", 5, "the largest JSON text of a mock, in mebibytes")
MOCKS_LIST = conf.choice(
    "MOCKS_LIST",
    "public",
    "who may read the list of all mocks (names, no texts): everybody, or those with a token",
    among=("public", "token"),
)
