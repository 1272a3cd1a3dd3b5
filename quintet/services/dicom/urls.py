"""Every route, in the document's order; our additions below the line."""

from quintet.core.http import either_slash, endpoint
from quintet.services.dicom import api
from quintet.services.dicom.wire import AVATAR, CHANGE_PASSWORD, DIALECT, LOGIN, REGISTER

PREFIXES = ("/api/user/",)

urlpatterns = [
    # §1
    *either_slash("api/user/register", endpoint(REGISTER, POST=api.register)),
    *either_slash("api/user/login", endpoint(LOGIN, POST=api.login)),
    *either_slash("api/user/logout", endpoint(DIALECT, guard_get=True, GET=api.logout)),
    *either_slash("api/user/update/avatar", endpoint(AVATAR, POST=api.update_avatar)),
    *either_slash("api/user/update/info", endpoint(DIALECT, POST=api.update_info)),
    *either_slash("api/user/changepwd", endpoint(CHANGE_PASSWORD, POST=api.change_password)),
    # ---
    *either_slash("api/user/info", endpoint(DIALECT, GET=api.info)),
]
