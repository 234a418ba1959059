"""Whether a batch was asked about: only then its devices were tried, when their provider is over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warranty", "0008_before_what_was_asked")]
    operations = [
        migrations.AddField(
            model_name="batch", name="is_asked", field=models.BooleanField(db_default=False)
        )
    ]
