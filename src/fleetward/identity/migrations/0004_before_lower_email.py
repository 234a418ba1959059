"""Addresses in lower case: sign-in looks for that, so that others could not be signed in with.

Locks: the rows of users whose address has capital letters, for a moment; users are few.
"""

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
