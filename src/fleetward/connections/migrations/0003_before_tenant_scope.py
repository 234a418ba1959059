"""Row-level security of connections and quotas."""

from django.db import migrations

from fleetward.infra.rls import protect


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_initial"), ("infra", "0001_ground")]
    operations = [protect("connections_connection"), protect("connections_quota")]
