"""PINs that enrol, and how often enrolments were refused."""

import django.db.models.deletion
import fleetward.agents.contracts
import uuid
from django.db import migrations, models

from fleetward.infra.rls import protect


# An enrolment names no tenant before its PIN is known, so that there is no scope yet. Whoever runs the
# migrations may read the table; the function gives away nothing without the digest.
FIND = """
CREATE POLICY find_by_owner ON agents_enrolmentpin FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION agents_find_pin(wanted text) RETURNS TABLE (id bigint, tenant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
AS $$ SELECT p.id, p.tenant_id FROM agents_enrolmentpin p WHERE p.digest = wanted $$;
"""
UNDO = "DROP FUNCTION agents_find_pin; DROP POLICY find_by_owner ON agents_enrolmentpin"


class Migration(migrations.Migration):
    dependencies = [
        ("infra", "0001_ground"),
        ("tenancy", "0008_before_checked_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Refusals",
            fields=[
                ("word", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("refused", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="EnrolmentPin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "kind",
                    models.CharField(
                        default=fleetward.agents.contracts.PinKind["PIN"], max_length=12
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_by", models.CharField(max_length=320)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("most_uses", models.IntegerField(null=True)),
                ("uses", models.IntegerField(db_default=0, default=0)),
                ("latest_use_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "revoked_by",
                    models.CharField(blank=True, db_default="", default="", max_length=320),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "kind", "-id"], name="agents_enrolmentpin_list")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("tenant", "kind"),
                        name="agents_enrolmentpin_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["PIN"])), name="agents_enrolmentpin_kind"
                    ),
                ],
            },
        ),
        protect("agents_enrolmentpin"),
        migrations.RunSQL(FIND, UNDO),
    ]
