"""Every route, in the document's order; what the document leaves empty stands where it left it."""

from django.urls import path

from quintet.core.http import either_slash, endpoint
from quintet.services.masks import api
from quintet.services.masks.wire import CAMERA, DIALECT, FILES, LOGIN, LOGOUT, REGISTER, UPLOAD

PREFIXES = ("/login_register/", "/mask_detect/", "/user_feedback/")

urlpatterns = [
    # §1
    *either_slash("login_register/register", endpoint(REGISTER, POST=api.register)),
    *either_slash("login_register/login", endpoint(LOGIN, POST=api.login)),
    *either_slash("login_register/logout", endpoint(LOGOUT, guard_get=True, GET=api.logout)),
    # §2
    *either_slash("user_feedback/submit", endpoint(REGISTER, POST=api.submit_feedback)),
    *either_slash("user_feedback/list", endpoint(REGISTER, GET=api.list_feedback)),
    *either_slash("user_feedback/reply", endpoint(REGISTER, POST=api.reply_to_feedback)),
    # §3
    *either_slash("mask_detect/get_user_resources", endpoint(DIALECT, GET=api.resources)),
    *either_slash("mask_detect/user_add_camera", endpoint(DIALECT, POST=api.add_camera)),
    *either_slash("mask_detect/create_camera", endpoint(DIALECT, POST=api.create_camera)),
    *either_slash("mask_detect/add_user_resources", endpoint(DIALECT, POST=api.add_resources)),
    *either_slash("mask_detect/picture_calculate", endpoint(UPLOAD, POST=api.calculate_picture)),
    *either_slash("mask_detect/video_calculate", endpoint(UPLOAD, POST=api.calculate_video)),
    # ours: what became of videos
    *either_slash("mask_detect/videos", endpoint(DIALECT, GET=api.list_videos)),
    *either_slash("mask_detect/videos/<id:video_id>", endpoint(DIALECT, GET=api.video, DELETE=api.delete_video)),
    *either_slash("mask_detect/videos/<id:video_id>/cancel", endpoint(DIALECT, POST=api.cancel_video)),
    *(
        path(f"mask_detect/videos/<id:video_id>/{name}", endpoint(FILES, GET=api.video_file), {"name": name})
        for name in ("result.mp4", "result.json", "events.csv", "original")
    ),
    # ours: pictures in number, what was seen before
    *either_slash("mask_detect/pictures", endpoint(UPLOAD, GET=api.list_pictures, POST=api.calculate_pictures)),
    *either_slash("mask_detect/pictures/export", endpoint(DIALECT, GET=api.export_pictures)),
    *either_slash(
        "mask_detect/pictures/<id:picture_id>", endpoint(DIALECT, GET=api.picture, DELETE=api.delete_picture)
    ),
    *either_slash("mask_detect/pictures/<id:picture_id>/original", endpoint(DIALECT, GET=api.original)),
    *either_slash("mask_detect/pictures/<id:picture_id>/result", endpoint(DIALECT, GET=api.result)),
    *either_slash("mask_detect/pictures/<id:picture_id>/thumbnail", endpoint(DIALECT, GET=api.thumbnail)),
    *either_slash("mask_detect/batches", endpoint(DIALECT, GET=api.list_batches)),
    *either_slash("mask_detect/batches/<id:batch_id>", endpoint(DIALECT, GET=api.batch)),
    *either_slash("mask_detect/batches/<id:batch_id>/cancel", endpoint(DIALECT, POST=api.cancel_batch)),
    # ours: cameras that see
    *either_slash("mask_detect/cameras", endpoint(CAMERA, GET=api.list_cameras)),
    *either_slash(
        "mask_detect/cameras/<id:camera_id>",
        endpoint(CAMERA, GET=api.camera, PATCH=api.change_camera, POST=api.change_camera, DELETE=api.delete_camera),
    ),
    *either_slash("mask_detect/cameras/<id:camera_id>/unbind", endpoint(CAMERA, POST=api.unbind_camera)),
    *either_slash("mask_detect/cameras/<id:camera_id>/history", endpoint(CAMERA, GET=api.camera_history)),
    *either_slash("mask_detect/cameras/<id:camera_id>/events", endpoint(CAMERA, GET=api.camera_events)),
    *either_slash(
        "mask_detect/cameras/<id:camera_id>/events/<id:event_id>/snapshot.jpg", endpoint(CAMERA, GET=api.event_snapshot)
    ),
    *either_slash("mask_detect/cameras/<id:camera_id>/deliveries", endpoint(CAMERA, GET=api.camera_deliveries)),
    *either_slash("mask_detect/cameras/<id:camera_id>/snapshot.jpg", endpoint(CAMERA, GET=api.camera_snapshot)),
    *either_slash("mask_detect/cameras/<id:camera_id>/stream.mjpeg", endpoint(CAMERA, GET=api.camera_stream)),
    *either_slash("mask_detect/cameras/<id:camera_id>/detections", endpoint(CAMERA, GET=api.camera_detections)),
    # ours: numbers
    *either_slash("mask_detect/statistics", endpoint(DIALECT, GET=api.statistics)),
    *either_slash("mask_detect/metrics", endpoint(DIALECT, GET=api.metrics)),
]
