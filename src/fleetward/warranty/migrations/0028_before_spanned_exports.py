"""Of which tenants the file of an export tells (T5); null: nobody has noted it. Runs before new code.

Locks: the table, for an instant.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0027_before_forgetting")]
    operations = [
        migrations.AddField("export", "tenants", ArrayField(models.BigIntegerField(), null=True))
    ]
