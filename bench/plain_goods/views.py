"""The usual ModelViewSet; a second one fetches what it needs in advance, as one writes it after a first complaint."""

from django.contrib.auth.models import User
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils import timezone
from rest_framework import serializers, viewsets
from rest_framework.authentication import TokenAuthentication
from rest_framework.generics import RetrieveAPIView

from bench.plain_goods.models import Goods, Price


class GoodsSerializer(serializers.ModelSerializer):
    price = serializers.SerializerMethodField()
    start_time = serializers.SerializerMethodField()
    end_time = serializers.SerializerMethodField()
    unit = serializers.CharField(source="unit.name")

    class Meta:
        model = Goods
        fields = ("id", "name", "image", "description", "price", "start_time", "end_time", "unit")

    def current(self, goods):
        if not hasattr(goods, "current_price"):
            goods.current_price = goods.prices.filter(start_time__lte=timezone.now()).order_by("-start_time").first()
        return goods.current_price

    def get_price(self, goods):
        return float(self.current(goods).price)

    def get_start_time(self, goods):
        return timezone.localtime(self.current(goods).start_time).replace(tzinfo=None).isoformat()

    def get_end_time(self, goods):
        return timezone.localtime(self.current(goods).end_time).replace(tzinfo=None).isoformat()


class GoodsViewSet(viewsets.ModelViewSet):
    queryset = Goods.objects.order_by("id")
    serializer_class = GoodsSerializer


class FetchedGoodsSerializer(GoodsSerializer):
    def current(self, goods):
        return goods.current_prices[0]


class FetchedGoodsViewSet(viewsets.ModelViewSet):
    serializer_class = FetchedGoodsSerializer

    def get_queryset(self):
        latest = (
            Price.objects.filter(goods=OuterRef("goods"), start_time__lte=timezone.now())
            .order_by("-start_time")
            .values("pk")[:1]
        )
        current = Price.objects.filter(pk=Subquery(latest))
        return (
            Goods.objects.order_by("id")
            .select_related("unit")
            .prefetch_related(Prefetch("prices", queryset=current, to_attr="current_prices"))
        )


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = (
            "url", "id", "username", "first_name", "last_name", "email", "groups", "is_staff", "is_superuser",
            "is_active", "last_login", "date_joined",
        )  # fmt: skip
        extra_kwargs = {"url": {"view_name": "user"}}  # noqa: RUF012


class OwnUser(RetrieveAPIView):
    authentication_classes = [TokenAuthentication]  # noqa: RUF012
    serializer_class = UserSerializer

    def get_object(self):
        return self.request.user


class OneUser(RetrieveAPIView):
    queryset = User.objects.all()
    serializer_class = UserSerializer
