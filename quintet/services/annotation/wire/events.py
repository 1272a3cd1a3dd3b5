"""What clients tell of themselves."""

from typing import Any

from rest_framework import serializers

_BIGINT = 2**63 - 1


def _number(**said: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=_BIGINT, **said)


class _Told(serializers.Serializer[Any]):
    # CVAT's page sends it as a text of digits.
    client_id = _number()
    time = serializers.DateTimeField()
    job_id = _number(required=False, allow_null=True)
    task_id = _number(required=False, allow_null=True)
    proj_id = _number(required=False, allow_null=True)


class ClientEvent(_Told):
    """Something that somebody did in a page."""

    name = serializers.CharField(max_length=64)
    message = serializers.CharField(max_length=4096, required=False, allow_blank=True)
    payload = serializers.DictField(required=False)
    is_active = serializers.BooleanField()


class ClientFault(_Told):
    """Something that broke in a page."""

    system = serializers.CharField(max_length=255)
    client = serializers.CharField(max_length=255)
    message = serializers.CharField(max_length=4096)
    # Machines of a house have names without a dot, which REST framework's own field takes for no address.
    filename = serializers.RegexField(
        r"^https?://\S+$", max_length=4096, error_messages={"invalid": "Enter a valid URL."}
    )
    line = _number()
    column = _number()
    stack = serializers.CharField(max_length=8192, allow_blank=True)
