"""POST /v1/mock, GET /v1/mock/all, DELETE /v1/mock/id, and the link itself."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quintet.services.mocks.actions import save_mock
from quintet.services.mocks.demo import make_samples
from quintet.services.mocks.models import Mock
from quintet.services.mocks.rules import Scope
from quintet.services.mocks.tests.makers import PASSWORD, basic, carrying, create, make_mock, make_person, says

pytestmark = pytest.mark.django_db
OK, FORBIDDEN, NOBODY, NO_MOCK = "ok 😆", "forbidden, not in scope 🤭", "用户不存在 🙄", "mock不存在 🙄"
BAD_JSON = {"json": ["Json文本格式错误"]}


def test_tells_the_new_link_in_headers_and_keeps_the_body_exact(client: Client) -> None:
    answer = create(client, make_person("alice"))
    says(answer, 200, OK)
    assert answer["Location"] == f"/v1/mock/{answer['X-Mock-Id']}"
    assert client.get(answer["Location"]).content == b'{"a": 1}'


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,  "a":0.00, "a":1e2}\n',
        " 5 ",
        '"text"',
        "null",
        "[]",
        '{"名":"值 😆", "nul":"\\u0000"}',
        "\t[1,\r\n2]",
        "1" * 99,
    ],
)
@pytest.mark.parametrize("kind", ["multipart", "urlencoded", "json", "file"])
def test_a_text_answers_byte_for_byte(client: Client, text: str, kind: str) -> None:
    alice = make_person("alice")
    said: dict[str, Any] = {"email": alice.email, "name": "test", "json": text}
    more: dict[str, Any] = {"headers": carrying(client, alice)}
    if kind == "urlencoded":
        from urllib.parse import urlencode

        answer = client.post("/v1/mock", urlencode(said), content_type="application/x-www-form-urlencoded", **more)
    elif kind == "json":
        answer = client.post("/v1/mock", said, content_type="application/json", **more)
    else:
        if kind == "file":
            said["json"] = SimpleUploadedFile("a.json", text.encode(), content_type="application/json")
        answer = client.post("/v1/mock", said, **more)
    says(answer, 200, OK)
    linked = client.get(answer["Location"])
    assert (linked.content, linked["Content-Type"]) == (text.encode(), "application/json")
    assert linked["Content-Length"] == str(len(text.encode()))


def test_in_a_json_body_the_text_may_stand_for_itself(client: Client) -> None:
    alice = make_person("alice")
    said = {"email": alice.email, "name": "n", "json": {"a": [1, "名"]}}
    answer = client.post("/v1/mock", said, content_type="application/json", headers=carrying(client, alice))
    assert client.get(answer["Location"]).content == '{"a":[1,"名"]}'.encode()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "NaN",
        "1e400",
        "'a'",
        "\ufeff{}",
        '"\\ud800"',
        "[" * 5000,
        "[" * 1500 + "]" * 1500,
        '"\x00"',
        '"\ufffd"',
        "a b",
    ],
    ids=range(11),
)
def test_what_is_no_json_is_refused(client: Client, text: str) -> None:
    says(create(client, make_person("alice"), text=text), 400, BAD_JSON)
    assert not Mock.objects.exists()


@pytest.mark.parametrize("depth", [300, 1500])
def test_a_body_too_deep_to_write_anew_is_refused(client: Client, depth: int) -> None:
    alice = make_person("alice")
    body = f'{{"email": "{alice.email}", "name": "n", "json": {"[" * depth + "]" * depth}}}'
    answer = client.post("/v1/mock", body, content_type="application/json", headers=carrying(client, alice))
    assert answer.status_code == 400


def test_bytes_that_are_not_utf8_are_refused_and_not_mended(client: Client) -> None:
    alice = make_person("alice")
    for text in (b'"\xff"', b'"\xc3"'):
        file = SimpleUploadedFile("a.json", text)
        says(create(client, alice, json=file), 400, BAD_JSON)
    body = f'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n{alice.email}\r\n--x\r\n'.encode()
    body += b'Content-Disposition: form-data; name="name"\r\n\r\nn\r\n--x\r\n'
    body += b'Content-Disposition: form-data; name="json"\r\n\r\n"\xff"\r\n--x--\r\n'
    answer = client.post(
        "/v1/mock", body, content_type="multipart/form-data; boundary=x", headers=carrying(client, alice)
    )
    says(answer, 400, BAD_JSON)


def test_everything_that_is_missing_is_named(client: Client) -> None:
    answer = client.post("/v1/mock", {"json": " "}, headers=carrying(client, make_person("alice")))
    missing = {"email": ["邮箱不能为空"], "name": ["名称不能为空"], "json": ["Json文本不能为空"]}
    says(answer, 400, missing)


@pytest.mark.parametrize("name", ["x" * 201, "nul\x00"])
def test_a_bad_name_is_refused(client: Client, name: str) -> None:
    alice = make_person("alice")
    said = {"email": alice.email, "name": name, "json": "1"}
    answer = client.post("/v1/mock", said, content_type="application/json", headers=carrying(client, alice))
    says(answer, 400, {"name": ["名称长度应为1-200或名称包含不可用字符"]})


@pytest.mark.parametrize("as_file", [True, False])
def test_a_text_above_the_limit_is_refused(client: Client, settings: Any, as_file: bool) -> None:
    settings.QUINTET_MOCKS_TEXT_MB = 1
    alice = make_person("alice")
    for extra, status in ((0, 200), (1, 413)):
        text = '"' + "x" * (1024 * 1024 - 2 + extra) + '"'
        answer = create(client, alice, json=SimpleUploadedFile("a", text.encode()) if as_file else text)
        assert answer.status_code == status
    says(answer, 413, {"json": ["Json文本不能超过1MB"]})


def test_a_body_above_the_servers_limit_is_refused(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    alice = make_person("alice")
    says(create(client, alice, text="1" * 200), 413, "请求内容过大 😵")


def test_a_mock_belongs_to_its_creator_unless_an_administrator_says_otherwise(client: Client) -> None:
    alice, bob, root = make_person("alice"), make_person("bob"), make_person("root", Scope.ADMINISTRATOR)
    says(create(client, alice, email=bob.email), 403, FORBIDDEN)
    says(create(client, alice, email="nobody@example.com"), 403, FORBIDDEN)
    says(create(client, root, email="nobody@example.com"), 404, NOBODY)
    says(create(client, root, email="BOB@example.com"), 200, OK)
    assert Mock.objects.get().owner == bob


@pytest.mark.parametrize(("needed", "statuses"), [("guest", [200, 200]), ("member", [403, 200])])
def test_who_may_create_is_a_setting(client: Client, settings: Any, needed: str, statuses: list[int]) -> None:
    settings.QUINTET_MOCKS_CREATE_LEVEL = needed
    people = [make_person("alice"), make_person("bob", Scope.MEMBER)]
    assert [create(client, person).status_code for person in people] == statuses


def test_nothing_is_created_without_a_token(client: Client) -> None:
    make_person("alice")
    says(
        client.post("/v1/mock", {"email": "alice@example.com", "name": "n", "json": "1"}),
        401,
        "authorization failed 👿",
    )


def test_the_list_has_the_documents_five_keys_in_ascending_order(client: Client, monkeypatch: Any) -> None:
    from django.utils import timezone

    alice, bob = make_person("alice"), make_person("bob")
    for person, name, second in ((alice, "test", 11), (bob, "test again", 12)):
        said = datetime(2019, 7, 22, 12, 31, second, 999_999, tzinfo=UTC)
        with monkeypatch.context() as then:
            then.setattr(timezone, "now", lambda said=said: said)
            save_mock(owner_id=person.pk, name=name, text=b"1")
    answer = client.get("/v1/mock/all/")
    older, newer = Mock.objects.order_by("id")
    assert answer.json() == [
        {"create_time": "2019-07-22T12:31:11+00:00", "id": older.pk, "name": "test",
         "update_time": "2019-07-22T12:31:11+00:00", "user": alice.pk},
        {"create_time": "2019-07-22T12:31:12+00:00", "id": newer.pk, "name": "test again",
         "update_time": "2019-07-22T12:31:12+00:00", "user": bob.pk},
    ]  # fmt: skip
    assert list(answer.json()[0]) == ["create_time", "id", "name", "update_time", "user"]


def test_a_long_list_is_one_statement_and_never_reads_the_texts(client: Client) -> None:
    alice = make_person("alice")
    for n in range(50):
        save_mock(owner_id=alice.pk, name=f"mock {n}", text=b'{"text": true}')
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert len(client.get("/v1/mock/all").json()) == 50
    assert len(captured) == 1
    assert "text" not in captured[0]["sql"]


def test_a_page_is_part_of_the_same_list(client: Client) -> None:
    alice = make_person("alice")
    for n in range(5):
        save_mock(owner_id=alice.pk, name=f"mock {n}", text=b"1")
    whole = client.get("/v1/mock/all").json()
    answer = client.get("/v1/mock/all?page=2&page_size=2")
    assert answer.json() == whole[2:4]
    assert answer["X-Total-Count"] == "5"
    assert answer["Link"] == (
        '<http://testserver/v1/mock/all?page=3&page_size=2>; rel="next", '
        '<http://testserver/v1/mock/all?page_size=2>; rel="prev"'
    )
    assert client.get("/v1/mock/all?page=1").json() == whole
    for page in ("0", "4", "x", "-1", "9" * 30):
        says(client.get(f"/v1/mock/all?page={page}&page_size=2"), 404, "not found 🙄")


def test_an_empty_list_is_an_empty_array(client: Client) -> None:
    assert client.get("/v1/mock/all").json() == client.get("/v1/mock/all?page=1").json() == []


def test_the_list_may_be_kept_for_those_with_a_token(client: Client, settings: Any) -> None:
    settings.QUINTET_MOCKS_LIST = "token"
    says(client.get("/v1/mock/all"), 401, "authorization failed 👿")
    assert client.get("/v1/mock/all", headers=carrying(client, make_person("alice"))).json() == []


def test_the_owner_deletes_and_the_link_is_gone(client: Client) -> None:
    alice = make_person("alice")
    mock_id, headers = make_mock(client, alice), carrying(client, alice)
    says(client.delete(f"/v1/mock/{mock_id}", headers=headers), 200, OK)
    says(client.get(f"/v1/mock/{mock_id}"), 404, NO_MOCK)
    says(client.delete(f"/v1/mock/{mock_id}/", headers=headers), 404, NO_MOCK)
    assert client.get("/v1/mock/all").json() == []


def test_others_do_not_delete_but_administrators_do(client: Client) -> None:
    alice, bob, root = make_person("alice"), make_person("bob", Scope.MEMBER), make_person("root", Scope.ADMINISTRATOR)
    mock_id = make_mock(client, alice)
    says(client.delete(f"/v1/mock/{mock_id}"), 401, "authorization failed 👿")
    says(client.delete(f"/v1/mock/{mock_id}", headers=carrying(client, bob)), 403, FORBIDDEN)
    assert Mock.objects.exists()
    says(client.delete(f"/v1/mock/{mock_id}", headers=carrying(client, root)), 200, OK)


@pytest.mark.parametrize("path", ["/v1/mock/{}", "/v1/mock/{}/", "/v1/mock/{}/json", "/v1/mock/{}/json/"])
def test_the_link_is_one_statement_and_looks_at_no_cookie(client: Client, path: str) -> None:
    mock_id = make_mock(client, make_person("alice"))
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path.format(mock_id), headers={"Cookie": "sessionid=x"})
    assert (answer.content, len(captured)) == (b'{"a": 1}', 1)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer
    assert not hasattr(answer.wsgi_request, "session")


def test_the_link_answers_304_to_whoever_has_the_text(client: Client) -> None:
    mock_id = make_mock(client, make_person("alice"))
    etag = client.get(f"/v1/mock/{mock_id}")["ETag"]
    for said in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = client.get(f"/v1/mock/{mock_id}", headers={"If-None-Match": said})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
        assert "Content-Type" not in answer, "a cache would write it over the text's own"
    for said in ('"other"', etag.strip('"'), "nonsense"):
        assert client.get(f"/v1/mock/{mock_id}", headers={"If-None-Match": said}).status_code == 200


def test_the_same_bytes_have_the_same_etag_and_others_another(client: Client) -> None:
    alice = make_person("alice")
    etags = [client.get(f"/v1/mock/{make_mock(client, alice, text=text)}")["ETag"] for text in ("1", "1", " 1")]
    assert etags[0] == etags[1] != etags[2]
    assert all(etag[0] == etag[-1] == '"' for etag in etags)


def test_head_tells_the_length_and_sends_nothing(client: Client) -> None:
    answer = client.head(f"/v1/mock/{make_mock(client, make_person('alice'))}")
    assert (answer.status_code, answer.content, answer["Content-Length"]) == (200, b"", "8")


def test_a_page_of_another_site_may_ask_and_read(client: Client) -> None:
    mock_id = make_mock(client, make_person("alice"))
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "x-anything"}  # fmt: skip
    answer = client.options(f"/v1/mock/{mock_id}", headers=asked)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, "*")
    assert answer["Access-Control-Allow-Headers"] == "*"
    assert "DELETE" not in answer["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answer
    missing = client.get("/v1/mock/999999", headers={"Origin": "https://elsewhere.example"})
    assert missing["Access-Control-Allow-Origin"] == "*"


def test_a_page_of_another_site_does_nothing_with_a_persons_browser(client: Client) -> None:
    said = {"email": "mallory@example.com", "password": PASSWORD}
    says(client.post("/v1/user", said, headers={"Origin": "https://elsewhere.example"}), 403, FORBIDDEN)


@pytest.mark.parametrize(
    "path", ["/v1/", "/v1/nothing", "/v1/mock/", "/v1/mock/x/y", "/v1/mock/1" + "0" * 30, "/v1/mock/-1"]
)
def test_other_paths_answer_in_two_keys(client: Client, path: str) -> None:
    answer = client.get(path)
    expected = (405, "method not allowed 🙅") if path == "/v1/mock/" else (404, "not found 🙄")
    says(answer, *expected)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/token", "POST, OPTIONS"),
        ("/v1/user", "POST, OPTIONS"),
        ("/v1/user/promote", "POST, OPTIONS"),
        ("/v1/user/a@b.cn", "DELETE, OPTIONS"),
        ("/v1/mock", "POST, OPTIONS"),
        ("/v1/mock/all", "GET, HEAD, OPTIONS"),
        ("/v1/mock/1", "GET, DELETE, OPTIONS, HEAD"),
    ],
)
def test_other_verbs_answer_in_two_keys_and_name_those_that_are(client: Client, path: str, allowed: str) -> None:
    answer = client.generic("PATCH", path)
    says(answer, 405, "method not allowed 🙅")
    assert answer["Allow"] == allowed


def test_emoji_and_paths_are_written_as_they_are(client: Client) -> None:
    answer = client.get("/v1/邮/ü%00/?page=1")
    assert '"request":"GET /v1/邮/ü\\u0000"'.encode() in answer.content
    assert "🙄".encode() in answer.content


def test_samples_are_made_once(client: Client) -> None:
    root = make_person("root", Scope.ADMINISTRATOR)
    make_samples(root)
    make_samples(root)
    assert [row["name"] for row in client.get("/v1/mock/all").json()] == ["test", "weather", "empty page"]
    for row in client.get("/v1/mock/all").json():
        assert client.get(f"/v1/mock/{row['id']}").json() is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=60),
    kind=st.sampled_from(["application/json", "multipart/form-data; boundary=x", "x/y", ""]),
)
def test_whatever_is_sent_is_answered(client: Client, body: bytes, kind: str) -> None:
    from quintet.accounts.models import User

    if not User.objects.exists():
        make_person("alice")
    answer = client.post("/v1/mock", body, content_type=kind, headers=basic("alice@example.com", PASSWORD))
    assert answer.status_code == 400
    assert set(answer.json()) == {"msg", "request"}
