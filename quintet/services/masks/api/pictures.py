"""§3.6: pictures."""

from django.http import HttpRequest, HttpResponse

from quintet.services.masks import actions, wire
from quintet.services.masks.api.people import person_of


def calculate_picture(request: HttpRequest) -> HttpResponse:
    """Find faces and masks in a picture; the answer is the picture with boxes, or what Accept asks for."""
    person = person_of(request)
    return wire.calculated_picture(request, actions.calculate_picture(person, wire.read_picture(request)))
