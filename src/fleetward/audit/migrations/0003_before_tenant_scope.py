"""Row-level security of the trail. Entries without tenant are the installation's."""

from django.db import migrations

from fleetward.infra.rls import POLICY, protect


INSTALLATION = f"tenant_id IS NULL OR {POLICY}"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_initial"), ("infra", "0001_ground")]
    operations = [
        protect("audit_entry", using=INSTALLATION, check=INSTALLATION),
        protect("audit_seal"),
    ]
