"""Marks accounts whose password somebody else has set."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_before_lower_email'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='must_change_password',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
