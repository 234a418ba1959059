"""When the rows of an import's file were removed. Nullable: nothing is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0012_before_wide_search")]
    operations = [
        migrations.AddField(
            model_name="importrun",
            name="rows_removed_at",
            field=models.DateTimeField(null=True),
        )
    ]
