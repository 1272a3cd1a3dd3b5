"""Ground truth, replicas, and how far jobs agree."""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from quintet.core.wire import json_response
from quintet.services.annotation import queries
from quintet.services.annotation.actions import quality as actions
from quintet.services.annotation.api.base import View, person_asking
from quintet.services.annotation.models import Job
from quintet.services.annotation.queries import quality as found
from quintet.services.annotation.wire import quality as wire


class GroundTruths(View):
    """Jobs that the others of a task are held against. No list of jobs, no merged view and no export shows them."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        found.task_to_judge(person_asking(request), task_id)
        rows = found.set_apart(task_id, Job.GROUND_TRUTH)
        return json_response([wire.job_set_apart(row, request._request) for row in rows])

    def post(self, request: Request, task_id: int) -> HttpResponse:
        """Make one: of `frames`, or of `count` that are drawn by `seed`. It is annotated like any job."""
        person = person_asking(request)
        queries.task_open_to(person, task_id, "change")
        said = wire.GroundTruthBody(data=request.data)
        said.is_valid(raise_exception=True)
        told = dict(said.validated_data)
        job = actions.create_ground_truth(person, task_id, assignee_id=told.pop("assignee", None), **told)
        return json_response(wire.job_set_apart(job, request._request), status=201)


class OneGroundTruth(View):
    """One of them."""

    def get(self, request: Request, task_id: int, job_id: int) -> HttpResponse:
        found.task_to_judge(person_asking(request), task_id)
        job = found.one_set_apart(task_id, job_id, Job.GROUND_TRUTH)
        return json_response(wire.job_set_apart(job, request._request))

    def delete(self, request: Request, task_id: int, job_id: int) -> Response:
        """Away with it and with what was marked in it."""
        actions.delete_ground_truth(person_asking(request), task_id, job_id)
        return Response(status=204)


class Replicas(View):
    """The same segment in other hands, apart from the job's own annotations; no list of CVAT 1.x's shows them."""

    def get(self, request: Request, job_id: int) -> HttpResponse:
        job = queries.job_open_to(person_asking(request), job_id)
        found.task_to_judge(person_asking(request), job.task.id)
        return json_response([wire.job_set_apart(row, request._request) for row in found.replicas_of(job_id)])

    def post(self, request: Request, job_id: int) -> HttpResponse:
        """Make one, for `assignee`. It is annotated like any job."""
        person = person_asking(request)
        queries.task_open_to(person, queries.job_open_to(person, job_id).task.id, "change")
        said = wire.ReplicaBody(data=request.data)
        said.is_valid(raise_exception=True)
        replica = actions.create_replica(person, job_id, assignee_id=said.validated_data.get("assignee"))
        return json_response(wire.job_set_apart(replica, request._request), status=201)


class OneReplica(View):
    """One of them."""

    http_method_names = ("delete", "options")

    def delete(self, request: Request, job_id: int, replica_id: int) -> Response:
        """Away with it and with what was marked in it."""
        actions.delete_replica(person_asking(request), job_id, replica_id)
        return Response(status=204)


class TaskAgreement(View):
    """How far the jobs of a task agree with its ground truth."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        """What was matched, missed and made up, by job and label; ?iou=0.5, ?pixels=10 for points and lines."""
        task = found.task_to_judge(person_asking(request), task_id)
        report = found.agreement_with_truth(task, wire.read_measure(request.query_params))
        return json_response(wire.agreement(report))


class TaskAgreementCsv(View):
    """The same as a table."""

    def get(self, request: Request, task_id: int) -> HttpResponse:
        task = found.task_to_judge(person_asking(request), task_id)
        report = found.agreement_with_truth(task, wire.read_measure(request.query_params))
        response = HttpResponse(wire.agreement_as_csv(report), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="task_{task_id}_agreement.csv"'
        return response


class JobsAgreement(View):
    """How far two jobs of a task agree on the frames that both have."""

    def get(self, request: Request, job_id: int, other_id: int) -> HttpResponse:
        """The first is taken for true; ?iou=0.5, ?pixels=10 for points and lines."""
        person = person_asking(request)
        one, other = queries.job_open_to(person, job_id), queries.job_open_to(person, other_id)
        measure = wire.read_measure(request.query_params)
        labels, tally = found.agreement_of_jobs(one, other, measure)
        return json_response(wire.agreement_of_two(job_id, other_id, labels, tally, measure))
