"""Settings of procurement."""

from quintet.core import conf

INITIAL_PASSWORD_LOCKS = conf.flag(
    "PROCUREMENT_INITIAL_PASSWORD_LOCKS",
    lambda: not conf.is_open(),
    "whoever still has the initial password may only change it; no: the client is told and nothing more",
)
RESETS_SHARED_ACCOUNTS = conf.flag(
    "PROCUREMENT_RESETS_SHARED_ACCOUNTS",
    conf.is_open,
    "procurement's administrator may reset the password of an account that serves another service as well",
)
SCHOOLS_SEE_ENDED_PRICES = conf.flag(
    "PROCUREMENT_SCHOOLS_SEE_ENDED_PRICES",
    conf.is_open,
    "schools see goods whose price has run out; the others always do",
)
ADMIN_WRITES_GOODS = conf.flag(
    "PROCUREMENT_ADMIN_WRITES_GOODS", False, "the administrator may write goods, prices and units like a grain company"
)
IMAGE_MB = conf.number("PROCUREMENT_IMAGE_MB", 10, "the largest picture of goods, in mebibytes")
IMAGE_MEGAPIXELS = conf.number(
    "PROCUREMENT_IMAGE_MEGAPIXELS", 40, "the most pixels of an uploaded picture, in millions"
)
IMAGE_SIDE = conf.number("PROCUREMENT_IMAGE_SIDE", 1600, "pictures of goods are kept at most this many pixels long")
