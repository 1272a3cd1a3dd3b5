"""§2: feedback."""

from django.http import HttpRequest, HttpResponse

from quintet.core.paging import page_answer, read_page
from quintet.core.wire import json_response, read_digits, read_fields, read_text
from quintet.services.masks import actions, queries, wire
from quintet.services.masks.api.people import person_of


def submit_feedback(request: HttpRequest) -> HttpResponse:
    """Tell the administrators something."""
    person, fields = person_of(request), read_fields(request)
    actions.submit_feedback(
        person,
        title=read_text(fields, "title", max_length=200),
        content=read_text(fields, "content", max_length=20_000),
        contact=read_text(fields, "contact", max_length=200, default="", blank=True),
    )
    return json_response(wire.OK_WITH_MESSAGE)


def list_feedback(request: HttpRequest) -> HttpResponse:
    """One's own feedback and the answers to it; administrators see everybody's."""
    rows, page = queries.feedback_shown_to(person_of(request)), read_page(request)
    shown = [wire.feedback(row) for row in rows[page.offset : page.offset + page.size]]
    return json_response({"state": "ok", **page_answer(request, page, count=rows.count(), results=shown)})


def reply_to_feedback(request: HttpRequest) -> HttpResponse:
    """Answer feedback; for administrators."""
    person, fields = person_of(request), read_fields(request)
    feedback_id = read_digits(fields, "feedback_id", least=1, most=10**18)
    actions.reply_to_feedback(person, feedback_id, reply=read_text(fields, "reply", max_length=20_000))
    return json_response(wire.OK_WITH_MESSAGE)
