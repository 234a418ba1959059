"""Items that are about another tenant than the one whose users are told. Runs before new code.

Locks: the table for a moment, to add a column without default.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_before_mailing")]
    operations = [
        migrations.AddField(
            model_name="notification",
            name="about_tenant",
            field=models.BigIntegerField(null=True),
        ),
    ]
