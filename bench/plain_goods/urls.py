"""The usual router."""

from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView

from bench.plain_goods import views

router = DefaultRouter(trailing_slash=False)
router.register("goods", views.GoodsViewSet, basename="goods")
router.register("fetched-goods", views.FetchedGoodsViewSet, basename="fetched-goods")

urlpatterns = [
    path("api/", include(router.urls)),
    path("api/login/", TokenObtainPairView.as_view()),
    path("api/v1/auth/login", obtain_auth_token),
    path("api/v1/users/self", views.OwnUser.as_view()),
    path("api/v1/users/<int:pk>", views.OneUser.as_view(), name="user"),
]
