"""Resale feeds with their rows, and what partners ordered (T9). Runs before new code, which is alone in
using them.

Locks: references from empty tables hold tenancy_tenant for an instant each.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0032_before_forgetting'),
        ('tenancy', '0014_before_checked_owner'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedRow',
            fields=[
                ('pk', models.CompositePrimaryKey('feed_id', 'row_no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.BigIntegerField()),
                ('feed_id', models.BigIntegerField()),
                ('row_no', models.IntegerField()),
                ('location', models.CharField(max_length=40)),
                ('serial', models.CharField(db_collation='C', max_length=80)),
                ('manufacturer', models.CharField(db_collation='C', max_length=80)),
                ('product_number', models.CharField(db_collation='C', max_length=40)),
                ('model', models.CharField(max_length=160)),
                ('order_number', models.CharField(max_length=80)),
                ('outcome', models.CharField(max_length=16)),
                ('refusal', models.CharField(blank=True, max_length=32)),
                ('partner_id', models.BigIntegerField(null=True)),
                ('device_id', models.BigIntegerField(null=True)),
                ('holder_id', models.BigIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['feed_id', 'serial'], name='devices_feedrow_serial'), models.Index(fields=['feed_id', 'outcome', 'row_no'], name='devices_feedrow_kind')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['HELD', 'ALREADY_HELD', 'MOVED_ON', 'REMOVED', 'CLAIMED', 'HELD_ELSEWHERE', 'UNKNOWN_LOCATION', 'NO_HOLDING', 'DUPLICATE', 'REFUSED'])), name='devices_feedrow_outcome')],
            },
        ),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('state', models.CharField(default='READING', max_length=8)),
                ('user_id', models.BigIntegerField()),
                ('uploaded_by', models.CharField(max_length=320)),
                ('on_behalf', models.CharField(blank=True, max_length=320)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('request_key', models.CharField(max_length=200, null=True)),
                ('file_name', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('columns', models.JSONField(default=dict)),
                ('rows', models.IntegerField(default=0)),
                ('done_to', models.IntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('problem', models.JSONField(null=True)),
                ('outcome_digest', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('rows_removed_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-id'], name='devices_feed_latest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'request_key'), name='devices_feed_request'), models.CheckConstraint(condition=models.Q(('state__in', ['READING', 'RUNNING', 'DONE', 'STOPPED', 'REFUSED'])), name='devices_feed_state')],
            },
        ),
        migrations.CreateModel(
            name='Ordered',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('location', models.CharField(blank=True, max_length=40)),
                ('serial', models.CharField(db_collation='C', max_length=80)),
                ('manufacturer', models.CharField(db_collation='C', max_length=80)),
                ('product_number', models.CharField(blank=True, db_collation='C', max_length=40)),
                ('model', models.CharField(blank=True, max_length=160)),
                ('order_number', models.CharField(blank=True, db_collation='C', max_length=80)),
                ('ordered_on', models.DateField(null=True)),
                ('shipped_on', models.DateField(null=True)),
                ('feed_id', models.BigIntegerField(null=True)),
                ('told_by', models.CharField(blank=True, max_length=320)),
                ('first_seen_at', models.DateTimeField()),
                ('device_id', models.BigIntegerField(null=True)),
                ('held_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'id'], name='devices_ordered_list'), models.Index(fields=['tenant', 'order_number'], name='devices_ordered_order'), models.Index(condition=models.Q(('device_id__isnull', False)), fields=['device_id'], name='devices_ordered_device')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'serial', 'manufacturer', 'product_number'), name='devices_ordered_once')],
            },
        ),
        protect("devices_feed"),
        protect("devices_feedrow"),
        protect("devices_ordered"),
    ]
