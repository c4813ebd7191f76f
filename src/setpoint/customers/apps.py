from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
