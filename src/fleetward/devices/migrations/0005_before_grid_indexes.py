"""The orders that the grid offers, each with its index. Runs before new code."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0004_before_imports'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='device',
            name='devices_device_name',
        ),
        migrations.AddField(
            model_name='device',
            name='name_key',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower('name'), output_field=models.CharField(db_collation='C', max_length=120)),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('kind', 'DELETED')), fields=['tenant', 'request_id'], name='devices_change_deleted'),
        ),
        migrations.AddIndex(
            model_name='device',
            index=models.Index(fields=['tenant', 'name_key', 'id'], name='devices_device_name'),
        ),
        migrations.AddIndex(
            model_name='device',
            index=models.Index(fields=['tenant', 'model', 'id'], name='devices_device_model'),
        ),
        migrations.AddIndex(
            model_name='device',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['tenant', 'serial', 'manufacturer', 'product_number'], name='devices_device_inactive'),
        ),
    ]
