"""Lists of serials that name devices to delete, and what each of their rows names. Runs before new code."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0016_before_archive_indexes'),
        ('tenancy', '0006_before_archive'),
    ]

    operations = [
        migrations.CreateModel(
            name='SerialRow',
            fields=[
                ('pk', models.CompositePrimaryKey('list_id', 'row_no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.BigIntegerField()),
                ('list_id', models.BigIntegerField()),
                ('row_no', models.IntegerField()),
                ('serial', models.CharField(max_length=80)),
                ('manufacturer', models.CharField(max_length=80)),
                ('product_number', models.CharField(max_length=80)),
                ('outcome', models.CharField(max_length=9)),
                ('refusal', models.CharField(blank=True, db_default='', max_length=32)),
                ('device_id', models.BigIntegerField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['list_id', 'device_id'], name='devices_serialrow_device')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['FOUND', 'NOT_FOUND', 'DUPLICATE', 'AMBIGUOUS', 'REFUSED'])), name='devices_serialrow_outcome')],
            },
        ),
        migrations.CreateModel(
            name='SerialList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('user_id', models.BigIntegerField()),
                ('uploaded_by', models.CharField(max_length=320)),
                ('state', models.CharField(default='READING', max_length=8)),
                ('file_name', models.CharField(max_length=200)),
                ('columns', models.JSONField(default=dict)),
                ('batches', models.JSONField(null=True)),
                ('done_batches', models.IntegerField(default=0)),
                ('rows', models.IntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('problem', models.JSONField(null=True)),
                ('selection_id', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_index=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['READING', 'READY', 'REFUSED'])), name='devices_seriallist_state')],
            },
        ),
        *[protect(f'devices_{table}') for table in ('seriallist', 'serialrow')],
    ]
