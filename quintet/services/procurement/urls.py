"""Every route, in the document's order; ours below the line."""

from django.urls import URLPattern

from quintet.core.http import either_slash, endpoint
from quintet.services.procurement import api
from quintet.services.procurement.wire import DIALECT

PREFIXES = ("/api/accounts", "/api/login", "/api/goods", "/api/prices", "/api/units")
# A header alone says who asks.
TOKEN_PREFIXES = PREFIXES

urlpatterns: list[URLPattern] = [
    *either_slash("api/accounts", endpoint(DIALECT, POST=api.add_account, GET=api.list_accounts)),  # 账户 §1
    *either_slash(
        "api/accounts/<id:id>",  # 账户 §2, §3
        endpoint(DIALECT, PUT=api.change_own_password, PATCH=api.reset_password, DELETE=api.delete_account),
    ),
    *either_slash("api/login", endpoint(DIALECT, POST=api.log_in)),  # 账户 §4
    *either_slash("api/goods", endpoint(DIALECT, GET=api.list_goods, POST=api.add_goods)),  # 商品 §1, §2
    # ---- what the permissions speak of and no paragraph describes (003:10-19, 150)
    *either_slash("api/login/refresh", endpoint(DIALECT, POST=api.renew_access)),
    *either_slash(
        "api/goods/<id:id>",
        endpoint(DIALECT, GET=api.show_goods, PUT=api.replace_goods, PATCH=api.change_goods, DELETE=api.delete_goods),
    ),
    *either_slash("api/prices", endpoint(DIALECT, GET=api.list_prices, POST=api.add_price)),
    *either_slash("api/units", endpoint(DIALECT, GET=api.list_units, POST=api.add_unit)),
    *either_slash(
        "api/units/<id:id>",
        endpoint(DIALECT, GET=api.show_unit, PUT=api.rename_unit, PATCH=api.rename_unit, DELETE=api.delete_unit),
    ),
]
