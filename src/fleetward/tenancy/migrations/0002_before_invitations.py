"""Invitations of users who have an account already."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0001_initial'),
        ('infra', '0001_ground'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('role', models.CharField(max_length=16)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('invited_by', models.CharField(max_length=320)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'user'), name='tenancy_invitation_once'), models.CheckConstraint(condition=models.Q(('role__in', ['IT_ADMIN', 'DEVICE_ADMIN', 'REPORT_ADMIN'])), name='tenancy_invitation_role')],
            },
        ),
        protect('tenancy_invitation'),
    ]
