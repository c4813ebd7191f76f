import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='CachedValue',
            fields=[
                ('cache_key', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('value', models.TextField()),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={
                'db_table': 'governance_cache',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('role', models.CharField(default='analyst', max_length=16)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('theme', models.CharField(default='system', max_length=8)),
                ('timezone', models.CharField(blank=True, default='', max_length=64)),
                ('notices_read_at', models.DateTimeField(blank=True, null=True)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('session_epoch', models.PositiveIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'marketer', 'analyst', 'support', 'dpo'])), name='governance_user_role'), models.CheckConstraint(condition=models.Q(('theme__in', ['system', 'light', 'dark'])), name='governance_user_theme'), models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='governance_user_email')],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(default='api', max_length=8)),
                ('prefix', models.CharField(max_length=12)),
                ('key_hash', models.CharField(max_length=64, unique=True)),
                ('scopes', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['api', 'write'])), name='governance_api_key_kind')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=250)),
                ('verb', models.CharField(max_length=100)),
                ('subject', models.CharField(max_length=250)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('at', models.DateTimeField()),
                ('origin', models.CharField(blank=True, default='', max_length=120)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'id'], name='governance_audit_subject'), models.Index(fields=['actor', 'id'], name='governance_audit_actor'), models.Index(fields=['verb', 'id'], name='governance_audit_verb'), models.Index(fields=['at', 'id'], name='governance_audit_at')],
            },
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(default='My company', max_length=200)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('timezone', models.CharField(default='UTC', max_length=64)),
                ('language', models.CharField(default='en', max_length=16)),
                ('physical_address', models.TextField(blank=True, default='')),
                ('from_name', models.CharField(blank=True, default='', max_length=200)),
                ('brand_colour', models.CharField(default='#1668DC', max_length=7)),
                ('quiet_start', models.CharField(blank=True, default='', max_length=5)),
                ('quiet_end', models.CharField(blank=True, default='', max_length=5)),
                ('logo', models.TextField(blank=True, default='')),
                ('second_factor_required', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='governance_one_company')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(max_length=16)),
                ('invited_by', models.CharField(max_length=250)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'marketer', 'analyst', 'support', 'dpo'])), name='governance_invitation_role')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('subject', models.CharField(max_length=250)),
                ('data', models.JSONField(default=dict)),
                ('scope', models.CharField(default='', max_length=40)),
                ('at', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['scope', 'id'], name='governance_notice_scope')],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100)),
                ('value', models.JSONField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='governance_preference_key')],
            },
        ),
    ]
