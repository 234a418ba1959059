"""Transfers with their rows, and arrivals. Runs before new code.

A row is read by the tenant that its device came from and, once it has moved, by the one it came to.

Locks: the tenants, for the instant that references from empty tables take.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from fleetward.infra.rls import POLICY, protect


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0008_before_checked_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Row',
            fields=[
                ('pk', models.CompositePrimaryKey('transfer_id', 'row_no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.BigIntegerField()),
                ('transfer_id', models.BigIntegerField()),
                ('row_no', models.IntegerField()),
                ('given', models.CharField(max_length=80)),
                ('serial', models.CharField(db_collation='C', max_length=80)),
                ('manufacturer', models.CharField(db_collation='C', max_length=80)),
                ('outcome', models.CharField(max_length=13)),
                ('refusal', models.CharField(blank=True, db_default='', max_length=32)),
                ('device_id', models.BigIntegerField(null=True)),
                ('arrived_in', models.BigIntegerField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['FOUND', 'MOVED', 'MERGED', 'NOT_FOUND', 'DUPLICATE', 'AMBIGUOUS', 'REFUSED', 'TARGET_GONE', 'RIGHT_LOST', 'CANCELLED', 'STOPPED', 'RETURNED', 'CHANGED_SINCE'])), name='transfers_row_outcome')],
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('transfer_id', models.BigIntegerField()),
                ('partner', models.CharField(max_length=120)),
                ('devices', models.IntegerField()),
                ('merged', models.IntegerField()),
                ('is_return', models.BooleanField()),
                ('arrived_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-id'], name='transfers_arrival_latest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'transfer_id'), name='transfers_arrival_once')],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('state', models.CharField(max_length=10)),
                ('user_id', models.BigIntegerField()),
                ('started_by', models.CharField(max_length=320)),
                ('on_behalf', models.CharField(blank=True, max_length=320)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('request_key', models.CharField(max_length=80, null=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('only', models.CharField(blank=True, max_length=80)),
                ('selection_id', models.BigIntegerField(null=True)),
                ('reading', models.JSONField(default=dict)),
                ('groups', models.JSONField(default=list)),
                ('batches', models.JSONField(null=True)),
                ('done_batches', models.IntegerField(default=0)),
                ('rows', models.IntegerField(default=0)),
                ('done_to', models.IntegerField(default=0)),
                ('done_rows', models.IntegerField(default=0)),
                ('expected', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict)),
                ('refusals', models.JSONField(default=dict)),
                ('preview', models.JSONField(default=dict)),
                ('problem', models.JSONField(null=True)),
                ('outcome_digest', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('rows_removed_at', models.DateTimeField(null=True)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('split_of', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='transfers.transfer')),
                ('target', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.tenant')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
                ('undo_of', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='transfers.transfer')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-id'], name='transfers_transfer_latest'), models.Index(fields=['partner', '-id'], name='transfers_transfer_partner')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'request_key'), name='transfers_transfer_request'), models.UniqueConstraint(condition=models.Q(('state__in', ['REFUSED', 'DISCARDED', 'CANCELLED', 'STOPPED']), _negated=True), fields=('undo_of',), name='transfers_transfer_one_undo'), models.CheckConstraint(condition=models.Q(('kind__in', ['FILE', 'SELECTION', 'UNDO'])), name='transfers_transfer_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['READING', 'MATCHING', 'READY', 'RUNNING', 'CANCELLING', 'DONE', 'CANCELLED', 'STOPPED', 'REFUSED', 'DISCARDED'])), name='transfers_transfer_state'), models.CheckConstraint(condition=models.Q(('tenant', models.F('target')), _negated=True), name='transfers_transfer_two')],
            },
        ),
        protect("transfers_transfer"),
        protect("transfers_arrival"),
        protect(
            "transfers_row",
            using=f"{POLICY} OR arrived_in = ANY ((SELECT fleetward_tenants())::bigint[])",
        ),
    ]
