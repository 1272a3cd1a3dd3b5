"""/users: who is there."""

from rest_framework.request import Request
from rest_framework.response import Response

from quintet.accounts.throttle import address_of
from quintet.core.errors import NotAllowed
from quintet.core.paging import page_answer
from quintet.services.annotation import actions, queries
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.api.pages import page_asked
from quintet.services.annotation.wire.people import Changes, OwnChanges, basic_user, full_user


class Users(View):
    """Everybody here, by number: in full for administrators, else what everybody may know."""

    http_method_names = ("get", "head")

    def get(self, request: Request) -> Response:
        people = queries.people()
        count = people.count()
        asked = page_asked(request, count)
        rows = people[asked.offset : asked.offset + asked.size]
        if person_asking(request).is_administrator:
            shown = [full_user(person, request._request) for person in queries.people_in_full(rows)]
        else:
            shown = [basic_user(user, request._request) for user in rows]
        return Response(page_answer(request._request, asked, count=count, results=shown))


class Self(View):
    """Whoever asks, in full."""

    http_method_names = ("get", "head")

    def get(self, request: Request) -> Response:
        return Response(full_user(person_asking(request), request._request))


class OneUser(View):
    """One person: in full for administrators and the person, else what everybody may know."""

    http_method_names = ("get", "patch", "delete", "head")

    def get(self, request: Request, user_id: int) -> Response:
        asker, person = person_asking(request), queries.somebody_here(user_id)
        if asker.is_administrator or asker.user.pk == person.user.pk:
            return Response(full_user(person, request._request))
        return Response(basic_user(person.user, request._request))

    def patch(self, request: Request, user_id: int) -> Response:
        """Administrators change anybody, others a little of themselves."""
        asker, person = person_asking(request), queries.somebody_here(user_id)
        if not asker.is_administrator and asker.user.pk != person.user.pk:
            raise NotAllowed("not this person's to change")
        said = (Changes if asker.is_administrator else OwnChanges)(data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        actions.change_person(asker, person, said.validated_data, ip=address_of(request._request))
        if asker.is_administrator:
            shown = full_user(queries.somebody_here(user_id), request._request)
            # In the order in which they were said, which is what programs written for CVAT compare with.
            order = {name: place for place, name in enumerate(said.validated_data.get("groups", ()))}
            return Response({**shown, "groups": sorted(shown["groups"], key=lambda name: order.get(name, -1))})
        return Response(basic_user(person.user, request._request))

    def delete(self, request: Request, user_id: int) -> Response:
        """Administrators remove anybody, others themselves."""
        person = queries.somebody_here(user_id)
        actions.remove_person(person_asking(request), person, ip=address_of(request._request))
        return Response(status=204)
