"""Built-in policies, registered through the same entry points as anyone's."""
