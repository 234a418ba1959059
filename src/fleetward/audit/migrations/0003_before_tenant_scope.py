"""Row-level security of the trail. Entries without tenant are the installation's: added, not read."""

from django.db import migrations

from fleetward.infra.rls import POLICY, protect


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_initial"), ("infra", "0001_ground")]
    operations = [
        protect("audit_entry", check=f"tenant_id IS NULL OR {POLICY}"),
        protect("audit_seal"),
    ]
