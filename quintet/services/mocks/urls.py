"""Every route, in the document's order."""

from django.urls import path

from quintet.core.http import either_slash, endpoint
from quintet.services.mocks import api
from quintet.services.mocks.wire import DIALECT

PREFIXES = ("/v1/",)
# People are known by an Authorization header here; links of mocks are read by anybody.
TOKEN_PREFIXES = ("/v1/", "/m/")

urlpatterns = [
    *either_slash("v1/token", endpoint(DIALECT, POST=api.token)),
    *either_slash("v1/user", endpoint(DIALECT, POST=api.register)),
    *either_slash("v1/user/promote", endpoint(DIALECT, POST=api.promote)),
    # An address may hold a slash; the view drops the final one.
    path("v1/user/<path:email>", endpoint(DIALECT, DELETE=api.disable)),
    *either_slash("v1/mock", endpoint(DIALECT, POST=api.create_mock)),
    *either_slash("v1/mock/all", endpoint(DIALECT, GET=api.all_mocks)),
    *either_slash(
        "v1/mock/<id:mock_id>",
        endpoint(DIALECT, GET=api.linked, DELETE=api.delete_mock, OPTIONS=api.preflight),
    ),
    # Ours: the same link for those who want to see the ending.
    *either_slash("v1/mock/<id:mock_id>/json", endpoint(DIALECT, GET=api.linked, OPTIONS=api.preflight)),
]
