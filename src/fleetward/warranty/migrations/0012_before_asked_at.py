"""When providers were asked, so that the answer to the later question stands (W13).

Nullable, without defaults: nothing is rewritten, and the release before goes on beside it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0011_before_kept_pages")]
    operations = [
        migrations.AddField(
            model_name=model, name="asked_at", field=models.DateTimeField(null=True)
        )
        for model in ("batch", "coverage", "keptpage")
    ]
