"""Every route, in the document's order; what the document leaves empty stands where it left it."""

from quintet.core.http import either_slash, endpoint
from quintet.services.masks import api
from quintet.services.masks.wire import DIALECT, LOGIN, LOGOUT, REGISTER, UPLOAD

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
    # ours: numbers
    *either_slash("mask_detect/statistics", endpoint(DIALECT, GET=api.statistics)),
    *either_slash("mask_detect/metrics", endpoint(DIALECT, GET=api.metrics)),
]
