"""Row-level security of notifications."""

from django.db import migrations

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("infra", "0001_ground")]
    operations = [protect("notifications_notification")]
