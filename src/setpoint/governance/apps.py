from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.governance"
    label = "governance"
    default_auto_field = "django.db.models.BigAutoField"
