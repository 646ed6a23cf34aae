"""The yardsticks of this field: kind and degree of collaboration."""
