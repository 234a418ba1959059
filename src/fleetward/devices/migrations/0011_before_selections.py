"""Selections of devices, bulk changes, and who a change was made for. Runs before new code."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from fleetward.infra.rls import protect

TABLES = ("selection", "selectionitem", "bulkrun", "bulkitem")


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0010_before_views'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SelectionItem',
            fields=[
                ('pk', models.CompositePrimaryKey('selection_id', 'device_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.BigIntegerField()),
                ('selection_id', models.BigIntegerField()),
                ('device_id', models.BigIntegerField()),
                ('seen_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='change',
            name='bulk_run_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='change',
            name='on_behalf',
            field=models.CharField(blank=True, db_default='', max_length=320),
        ),
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('pk', models.CompositePrimaryKey('run_id', 'device_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.BigIntegerField()),
                ('run_id', models.BigIntegerField()),
                ('device_id', models.BigIntegerField()),
                ('outcome', models.CharField(max_length=13)),
                ('refusal', models.CharField(blank=True, db_default='', max_length=32)),
                ('manufacturer', models.CharField(blank=True, db_default='', max_length=80)),
                ('serial', models.CharField(blank=True, db_default='', max_length=80)),
                ('name', models.CharField(blank=True, db_default='', max_length=120)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['DONE', 'UNCHANGED', 'CHANGED_SINCE', 'GONE', 'REFUSED', 'SKIPPED'])), name='devices_bulkitem_outcome')],
            },
        ),
        migrations.CreateModel(
            name='Selection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('user_id', models.BigIntegerField()),
                ('query', models.TextField(blank=True)),
                ('is_whole', models.BooleanField()),
                ('devices', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='BulkRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('kind', models.CharField(max_length=12)),
                ('state', models.CharField(default='RUNNING', max_length=10)),
                ('user_id', models.BigIntegerField(null=True)),
                ('started_by', models.CharField(max_length=320)),
                ('on_behalf', models.CharField(blank=True, max_length=320)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('request_key', models.CharField(max_length=64, null=True)),
                ('selection_id', models.BigIntegerField()),
                ('query', models.TextField(blank=True)),
                ('is_whole', models.BooleanField()),
                ('params', models.JSONField(default=dict)),
                ('devices', models.IntegerField()),
                ('done_to', models.BigIntegerField(default=0)),
                ('done', models.IntegerField(default=0)),
                ('unchanged', models.IntegerField(default=0)),
                ('changed_since', models.IntegerField(default=0)),
                ('gone', models.IntegerField(default=0)),
                ('refused', models.IntegerField(default=0)),
                ('skipped', models.IntegerField(default=0)),
                ('problem', models.JSONField(null=True)),
                ('outcome_digest', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
                ('undo_of', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to='devices.bulkrun')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-id'], name='devices_bulkrun_latest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'request_key'), name='devices_bulkrun_request'), models.CheckConstraint(condition=models.Q(('kind__in', ['EDIT', 'GROUP_ADD', 'GROUP_REMOVE', 'DELETE', 'RESTORE'])), name='devices_bulkrun_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['RUNNING', 'CANCELLING', 'DONE', 'CANCELLED', 'FAILED'])), name='devices_bulkrun_state')],
            },
        ),
        *[protect(f'devices_{table}') for table in TABLES],
    ]
