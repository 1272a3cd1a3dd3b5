"""What the OpenAPI document says of annotation's views."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes


class Schema(AutoSchema):
    """Bodies as their serializers say; answers are objects, shown in full by the contract's stories."""

    def get_tags(self) -> list[str]:
        return ["annotation"]

    def get_operation_id(self) -> str:
        path = re.sub(r"[^a-z0-9]+", "_", self.path.lower()).strip("_")
        return f"annotation_{self.method.lower()}_{path}"

    def get_request_serializer(self) -> Any:
        if hasattr(self.view, "get_serializer"):
            return super().get_request_serializer()
        return OpenApiTypes.OBJECT if self.method in ("POST", "PUT", "PATCH") else None

    def get_response_serializers(self) -> Any:
        return OpenApiTypes.OBJECT if self.method != "DELETE" else {204: None}


class _Key(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    target_class = "quintet.services.annotation.authentication.ByKey"
    name = "annotationKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        said = "`Token <key>`, as /api/v1/auth/login answers it"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": said}


class _SignedAddress(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "quintet.services.annotation.authentication.BySignedAddress"
    name = "annotationSignedAddress"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "query", "name": "sign", "description": "as /api/v1/auth/signing answers it"}


class _Session(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "quintet.services.annotation.authentication.BySession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class _Password(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "quintet.services.annotation.authentication.ByPassword"
    name = "password"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "basic"}
