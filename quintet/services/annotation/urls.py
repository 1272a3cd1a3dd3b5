"""Every route. Seed 1 shows five of them; the others are CVAT 1.x's. No path has a final slash: with one it is 404."""

from django.urls import path

from quintet.core.http import endpoint
from quintet.services.annotation.api import (
    annotations,
    auth,
    data,
    exports,
    frames,
    functions,
    imports,
    jobs,
    labels,
    projects,
    quality,
    server,
    tasks,
    users,
)
from quintet.services.annotation.wire import DIALECT

PREFIXES = ("/api/v1",)

urlpatterns = [
    # 身份验证
    path("api/v1/auth/login", auth.Login.as_view()),
    path("api/v1/auth/logout", auth.Logout.as_view()),
    path("api/v1/auth/register", auth.Register.as_view()),
    path("api/v1/users/self", users.Self.as_view()),
    # 任务
    path("api/v1/tasks", tasks.Tasks.as_view()),
    # ---
    path("api/v1/auth/password/change", auth.PasswordChange.as_view()),
    path("api/v1/auth/password/reset", auth.PasswordReset.as_view()),
    path("api/v1/auth/password/reset/confirm", auth.PasswordResetConfirm.as_view()),
    path("api/v1/auth/signing", auth.Signing.as_view()),
    path("api/v1/users", users.Users.as_view()),
    path("api/v1/users/<id:user_id>", users.OneUser.as_view()),
    path("api/v1/projects", projects.Projects.as_view()),
    path("api/v1/projects/<id:project_id>", projects.OneProject.as_view()),
    path("api/v1/projects/<id:project_id>/tasks", projects.ProjectTasks.as_view()),
    path("api/v1/tasks/<id:task_id>", tasks.OneTask.as_view()),
    path("api/v1/tasks/<id:task_id>/jobs", tasks.TaskJobs.as_view()),
    path("api/v1/tasks/<id:task_id>/data", data.TaskData.as_view()),
    path("api/v1/tasks/<id:task_id>/data/meta", frames.Meta.as_view()),
    path("api/v1/tasks/<id:task_id>/data/frames", frames.FrameTable.as_view()),
    path("api/v1/tasks/<id:task_id>/data/frames.csv", frames.FrameTableCsv.as_view()),
    path("api/v1/tasks/<id:task_id>/status", data.Status.as_view()),
    path("api/v1/tasks/<id:task_id>/annotations", annotations.TaskAnnotations.as_view()),
    path("api/v1/tasks/<id:task_id>/dataset", exports.TaskDataset.as_view()),
    path("api/v1/tasks/<id:task_id>/imports", imports.TaskImports.as_view()),
    path("api/v1/tasks/<id:task_id>/imports/<id:import_id>", imports.OneImport.as_view()),
    path("api/v1/tasks/<id:task_id>/labels", labels.TaskLabels.as_view()),
    path("api/v1/tasks/<id:task_id>/ground_truth", quality.GroundTruths.as_view()),
    path("api/v1/tasks/<id:task_id>/ground_truth/<id:job_id>", quality.OneGroundTruth.as_view()),
    path("api/v1/tasks/<id:task_id>/agreement", quality.TaskAgreement.as_view()),
    path("api/v1/tasks/<id:task_id>/agreement.csv", quality.TaskAgreementCsv.as_view()),
    path("api/v1/jobs/<id:job_id>/agreement/<id:other_id>", quality.JobsAgreement.as_view()),
    path("api/v1/jobs/<id:job_id>/replicas", quality.Replicas.as_view()),
    path("api/v1/jobs/<id:job_id>/replicas/<id:replica_id>", quality.OneReplica.as_view()),
    path("api/v1/labels/<id:label_id>", labels.OneLabel.as_view()),
    path("api/v1/labels/<id:label_id>/merge", labels.LabelMerge.as_view()),
    path("api/v1/projects/<id:project_id>/labels", labels.ProjectLabels.as_view()),
    path("api/v1/projects/<id:project_id>/labels/rename", labels.ProjectLabelRename.as_view()),
    path("api/v1/projects/<id:project_id>/labels/merge", labels.ProjectLabelMerge.as_view()),
    path("api/v1/jobs/<id:job_id>", jobs.OneJob.as_view()),
    path("api/v1/jobs/<id:job_id>/data/meta", frames.JobMeta.as_view()),
    path("api/v1/jobs/<id:job_id>/annotations", annotations.JobAnnotations.as_view()),
    path("api/v1/lambda/functions", functions.Functions.as_view()),
    path("api/v1/lambda/functions/<str:function_id>", functions.OneFunction.as_view()),
    path("api/v1/lambda/requests", functions.FunctionRequests.as_view()),
    path("api/v1/lambda/requests/<str:key>", functions.OneFunctionRequest.as_view()),
    path("api/v1/server/about", server.About.as_view()),
    path("api/v1/server/annotation/formats", server.Formats.as_view()),
    path("api/v1/server/share", server.Share.as_view()),
    path("api/v1/server/logs", server.Logs.as_view()),
    path("api/v1/server/exception", server.ClientException.as_view()),
    path("api/v1/restrictions/user-agreements", server.UserAgreements.as_view()),
    path("api/v1/restrictions/terms-of-use", endpoint(DIALECT, GET=server.terms_of_use)),
]
