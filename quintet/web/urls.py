"""The pages' paths. Below /api, /v1 and the documents' own paths nothing is a page."""

from django.urls import path

from quintet.web import views
from quintet.web.pages import page

urlpatterns = [
    path("", page(GET=views.home)),
    path("login", page(POST=views.sign_in)),
    path("logout", page(POST=views.sign_out)),
    path("language", page(POST=views.choose_language)),
    path("account", page(GET=views.account)),
    path("account/password", page(POST=views.change_password)),
    path("account/everywhere", page(POST=views.log_out_everywhere)),
    path("people", page(GET=views.people)),
    path("people/requests", page(GET=views.requests)),
    path("people/requests/<id:grant_id>", page(POST=views.settle)),
]
