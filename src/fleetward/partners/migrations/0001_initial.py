"""Locations, courses and certifications (T6). Runs before new code, which is alone in using them.

Locks: references from empty tables hold tenancy_tenant and identity_user for an instant each.
"""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from fleetward.infra.rls import protect


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0012_before_checked_owner'),
        ('infra', '0001_ground'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.CharField(max_length=12)),
                ('step', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=20, unique=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('programme', 'step'), name='partners_course_step'), models.CheckConstraint(condition=models.Q(('programme__in', ['RESELL', 'SERVICE'])), name='partners_course_programme')],
            },
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('added_by', models.CharField(max_length=320)),
                ('added_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Certification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.CharField(max_length=12)),
                ('certified_on', models.DateField()),
                ('certified_by', models.CharField(max_length=320)),
                ('certified_at', models.DateTimeField()),
                ('withdrawn_by', models.CharField(blank=True, max_length=320)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('tenant', 'user', 'programme'), name='partners_certification_once'), models.CheckConstraint(condition=models.Q(('programme__in', ['RESELL', 'SERVICE'])), name='partners_certification_programme')],
            },
        ),
        migrations.CreateModel(
            name='Completion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('course', models.CharField(max_length=20)),
                ('completed_on', models.DateField()),
                ('told_by', models.CharField(max_length=320)),
                ('told_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'user', 'course'), name='partners_completion_once')],
            },
        ),
        migrations.CreateModel(
            name='CourseFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('user_id', models.BigIntegerField()),
                ('uploaded_by', models.CharField(max_length=320)),
                ('file_name', models.CharField(max_length=200)),
                ('state', models.CharField(default='READING', max_length=8)),
                ('content', models.BinaryField(null=True)),
                ('rows', models.IntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('ends', models.JSONField(default=list)),
                ('problem', models.JSONField(null=True)),
                ('created_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenancy.tenant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['READING', 'DONE', 'REFUSED'])), name='partners_coursefile_state')],
            },
        ),
        protect("partners_location"),
        protect("partners_completion"),
        protect("partners_certification"),
        protect("partners_coursefile"),
        # As the programme says them today; operators change them on the page of certifications.
        migrations.RunSQL(
            """
            INSERT INTO partners_course (programme, step, code) VALUES
                ('RESELL', 1, '0001114751'),
                ('SERVICE', 1, '0001114748'),
                ('SERVICE', 2, '0001114825')
            """,
            "DELETE FROM partners_course",
        ),
    ]
