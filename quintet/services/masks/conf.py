"""Settings of masks."""

from quintet.core import conf

NEW_PICTURES = conf.number("MASKS_NEW_PICTURES", 10, "pictures a newcomer may have processed")
NEW_CAMERAS = conf.number("MASKS_NEW_CAMERAS", 1, "cameras a newcomer may bind")
NEW_VIDEOS = conf.number("MASKS_NEW_VIDEOS", 1, "videos a newcomer may have processed")
AUTHORITY = conf.choice(
    "MASKS_AUTHORITY",
    lambda: "open" if conf.is_open() else "approve",
    "what `authority: true` at registration does: makes an administrator of masks, asks for one, nothing",
    among=("open", "approve", "refuse"),
)
TOPUP = conf.choice(
    "MASKS_TOPUP",
    lambda: "open" if conf.is_open() else "capped",
    "who may add to their own quota: anybody, anybody up to MASKS_TOPUP_PER_DAY, administrators of masks",
    among=("open", "capped", "admin"),
)
TOPUP_PER_DAY = conf.number("MASKS_TOPUP_PER_DAY", 100, "with MASKS_TOPUP=capped: the most of each kind in 24 hours")
PICTURE_MB = conf.number("MASKS_PICTURE_MB", 64, "the largest picture that may be uploaded, in mebibytes")
MODEL = conf.text("MASKS_MODEL", "accurate", "the model that looks at pictures: a shipped name or a folder")
MODEL_THREADS = conf.number("MASKS_MODEL_THREADS", 1, "threads that one picture may use")
KEEP_PICTURES_DAYS = conf.number(
    "MASKS_KEEP_PICTURES_DAYS", 30, "how long pictures are kept to be seen again; 0: none is kept, only counts are"
)
BATCH_MB = conf.number("MASKS_BATCH_MB", 2048, "the largest batch of pictures, in mebibytes, packed and unpacked")
BATCH_PICTURES = conf.number("MASKS_BATCH_PICTURES", 2000, "the most pictures in one batch")
METRICS_TOKEN = conf.text(
    "MASKS_METRICS_TOKEN",
    "",
    "a bearer token that may read /mask_detect/metrics; without one administrators may, and on loopback anybody",
    secret=True,
)
