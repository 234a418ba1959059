"""Addresses in lower case: sign-in looks for that, so that others could not be signed in with."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_before_password_mark'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE identity_user SET email = lower(email) WHERE email <> lower(email)",
            migrations.RunSQL.noop,
        ),
    ]
