"""The latest errors, the test of a waiting secret, and where a simulator answered (W2, W3, W20)."""

from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [("connections", "0005_before_pace")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="earlier_errors",
            field=models.JSONField(db_default=Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="connection",
            name="next_error",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="connection",
            name="next_tested_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="simulated_at",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
    ]
