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
]
