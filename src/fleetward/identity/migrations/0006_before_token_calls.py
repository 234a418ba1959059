"""Calls of tokens in their present minute.

Locks: the new table alone, which is empty.
"""

import django.db.models.deletion
from django.db import migrations, models

# Unlogged: a call waits for no disk, and after a crash of PostgreSQL a minute begins anew.
FAST = "ALTER TABLE identity_tokencalls SET UNLOGGED"


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_before_must_change_password")]
    operations = [
        migrations.CreateModel(
            name="TokenCalls",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="identity.token",
                    ),
                ),
                ("minute", models.DateTimeField()),
                ("calls", models.IntegerField()),
            ],
        ),
        migrations.RunSQL(FAST, migrations.RunSQL.noop),
    ]
