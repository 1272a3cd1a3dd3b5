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
MODEL = conf.text(
    "MASKS_MODEL",
    "",
    "the model that looks at pictures: a name that `quintet model list` shows, or a folder; empty: what "
    "`quintet model use` chose, `accurate` before that",
)
MODEL_THREADS = conf.number("MASKS_MODEL_THREADS", 1, "threads that one picture may use")
RUNTIME = conf.choice(
    "MASKS_RUNTIME",
    "onnxruntime",
    "what runs the models; openvino where the extra `openvino` is installed, else onnxruntime does its work",
    among=("onnxruntime", "openvino"),
)
PROVIDERS = conf.words(
    "MASKS_PROVIDERS",
    ("CPUExecutionProvider",),
    "what onnxruntime runs models on, the first that it has: CUDAExecutionProvider, OpenVINOExecutionProvider, …; the "
    "CPU is always the last",
)
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
CAMERA_MODEL = conf.text(
    "MASKS_CAMERA_MODEL", "", "the model that looks at cameras: a name or a folder; empty: the same as looks at videos"
)
CAMERA_FPS = conf.number("MASKS_CAMERA_FPS", 5, "how many frames of a camera are looked at in a second, if time allows")
CAMERA_LOOKS = conf.number(
    "MASKS_CAMERA_LOOKS", 0, "how many frames, of all cameras, are looked at at once; 0: one per core"
)
CAMERA_STREAMS = conf.number(
    "MASKS_CAMERA_STREAMS", 8, "how many people may watch cameras at once, per web process; each holds a thread"
)
CAMERA_KEEP_DAYS = conf.number("MASKS_CAMERA_KEEP_DAYS", 30, "how long counts and events of cameras are kept")
CAMERA_QUIET_SECONDS = conf.number(
    "MASKS_CAMERA_QUIET_SECONDS", 10, "how long a camera is quiet after it told of somebody without a mask"
)
CAMERA_LEASE_SECONDS = conf.number(
    "MASKS_CAMERA_LEASE_SECONDS", 10, "how long who reads a camera may be silent before another process takes it over"
)
CAMERAS_PER_WATCHER = conf.number("MASKS_CAMERAS_PER_WATCHER", 16, "the most cameras that one process reads")
CAMERA_FILES = conf.text(
    "MASKS_CAMERA_FILES", "", "for tests: a folder whose files may be sources of cameras (file://…); empty: none may"
)
CAMERA_VERIFY_TLS = conf.flag(
    "MASKS_CAMERA_VERIFY_TLS",
    True,
    "https sources need a certificate that this machine trusts; rtsps sources, whose cameras sign their own, never do",
)
WATCHER = conf.text(
    "MASKS_WATCHER",
    "",
    "host:port at which this machine's watcher of cameras can be asked by web processes of other machines, inside a "
    "private network; empty: a socket in the data folder, for this machine alone",
)
WEBHOOK_PRIVATE = conf.flag(
    "MASKS_WEBHOOK_PRIVATE", False, "webhooks may call this machine and private networks; link-local never"
)
VIDEO_MB = conf.number("MASKS_VIDEO_MB", 2048, "the largest video that may be uploaded, in mebibytes")
VIDEO_MODEL = conf.text(
    "MASKS_VIDEO_MODEL",
    "",
    "the model that looks at videos: a name or a folder; empty: what `quintet model use --for video` chose, `fast` "
    "before that",
)
VIDEO_THREADS = conf.number(
    "MASKS_VIDEO_THREADS", 2, "threads that a worker may use to decode a video, and again to encode it"
)
VIDEO_PART_SECONDS = conf.number(
    "MASKS_VIDEO_PART_SECONDS", 15, "long videos are cut at key frames into parts at least so long, for many workers"
)
VIDEO_WAIT_SECONDS = conf.number(
    "MASKS_VIDEO_WAIT_SECONDS", 3600, "how long a download of a video that is still in work waits for it"
)
VIDEO_WAITERS = conf.number(
    "MASKS_VIDEO_WAITERS", 2, "how many downloads may wait at once, per web process; each holds one of its threads"
)
VIDEO_ORIGINAL_DAYS = conf.number(
    "MASKS_VIDEO_ORIGINAL_DAYS", 7, "how long an uploaded video is kept once it was looked at; 0: until it is deleted"
)
VIDEO_RESULT_DAYS = conf.number(
    "MASKS_VIDEO_RESULT_DAYS", 30, "how long a video with boxes and its data are kept; 0: until it is deleted"
)
