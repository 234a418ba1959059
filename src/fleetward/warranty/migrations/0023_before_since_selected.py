"""What has become of selected devices by when an export or a run has read them. Runs before new code.

Empty in those of the release before, which goes on beside it: then nobody has looked.
Locks: warranty_export and warranty_run, for the instant in which columns are added.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0022_before_schedules")]
    operations = [
        migrations.AddField("export", "selected", models.IntegerField(null=True)),
        migrations.AddField("export", "changed_since", models.IntegerField(null=True)),
        migrations.AddField("export", "gone", models.IntegerField(null=True)),
        migrations.AddField("run", "changed_since", models.IntegerField(null=True)),
        migrations.AddField("run", "gone", models.IntegerField(null=True)),
    ]
