"""The four groups that CVAT's clients know."""

from django.db import migrations


def make_groups(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    for name in ("admin", "user", "annotator", "observer"):
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    # They stay when this is undone: somebody may be in them.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
