"""When a webhook began to lose deliveries. Runs before new code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_before_webhooks")]
    operations = [
        migrations.AddField(
            model_name="webhook",
            name="given_up_at",
            field=models.DateTimeField(null=True),
        ),
    ]
