"""A task's data on the wire."""

from typing import Any

from rest_framework import serializers

from quintet.services.annotation.rules import step_of

_NAME, _MOST = 1024, 2**31 - 1


class DataBody(serializers.Serializer[Any]):
    """What frames a task is to have; the files that come with it are read apart."""

    image_quality = serializers.IntegerField(min_value=0, max_value=100)
    chunk_size = serializers.IntegerField(min_value=1, max_value=_MOST, required=False, allow_null=True)
    start_frame = serializers.IntegerField(min_value=0, max_value=_MOST, required=False)
    stop_frame = serializers.IntegerField(min_value=0, max_value=_MOST, required=False)
    frame_filter = serializers.CharField(max_length=256, required=False, allow_blank=True, default="")
    use_zip_chunks = serializers.BooleanField(required=False, default=False)
    server_files = serializers.ListField(child=serializers.CharField(max_length=_NAME), required=False, default=list)
    remote_files = serializers.ListField(child=serializers.CharField(max_length=_NAME), required=False, default=list)

    resumable_files = serializers.ListField(child=serializers.CharField(max_length=2048), required=False, default=list)

    def validate_resumable_files(self, said: list[str]) -> list[str]:
        """Keys, in whichever of their addresses they come."""
        keys = [each.rstrip("/").rpartition("/")[2] for each in said]
        if len(set(keys)) < len(keys):
            raise serializers.ValidationError("Each may be named once.")
        return keys

    def validate_frame_filter(self, said: str) -> str:
        if said and step_of(said) is None:
            raise serializers.ValidationError("Invalid frame filter expression")
        return said

    def validate_remote_files(self, addresses: list[str]) -> list[str]:
        for address in addresses:
            if not address.startswith(("http://", "https://")):
                raise serializers.ValidationError(f"{address[:100]} is no address of the web")
        names = [address.partition("?")[0].rstrip("/").rpartition("/")[2] for address in addresses]
        if len(set(names)) < len(names):
            raise serializers.ValidationError("The files' names must differ")
        return addresses

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        stop = attrs.get("stop_frame")
        if stop is not None and stop < attrs.get("start_frame", 0):
            raise serializers.ValidationError("Stop frame must be more or equal start frame")
        return attrs


def echo(told: dict[str, Any], names: list[str]) -> dict[str, object]:
    """What POST of data answers: what was sent, before anything was read."""
    return {
        "chunk_size": told.get("chunk_size"),
        "size": 0,
        "image_quality": told["image_quality"],
        "start_frame": told.get("start_frame", 0),
        "stop_frame": told.get("stop_frame", 0),
        "frame_filter": told["frame_filter"],
        "compressed_chunk_type": "imageset",
        "original_chunk_type": "imageset",
        "client_files": names,
        "server_files": told["server_files"],
        "remote_files": told["remote_files"],
        "use_zip_chunks": told["use_zip_chunks"],
    }
