"""Pins where `devices_search` looks: PostgreSQL reads temporary tables first unless told otherwise.

A temporary view of the same name would have run with the rights of the owner (SECURITY DEFINER).
"""

from django.db import migrations

FUNCTION = "ALTER FUNCTION devices_search(bigint, text, integer) SET search_path"


class Migration(migrations.Migration):
    dependencies = [("devices", "0006_before_import_lanes")]
    operations = [
        migrations.RunSQL(f"{FUNCTION} = public, pg_temp", f"{FUNCTION} = public"),
    ]
